import type { Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { type Symbolic, symbolic, type Value } from './values.js';

/** A value as it is answered: a collection that operations change is the list of its rows. `within`: what it is a part of. */
export function answered(interpreter: Interpreter, value: Value, span: Span, within = new Set<Value>()): Value {
  if (value.type === 'array' && value.atLoad) return interpreter.collection(value, 'values', [], span) ?? value;
  if (value.type === 'object' && interpreter.shared.isMap(value))
    return interpreter.collection(value, 'entries', [], span) ?? value;
  if (value.type === 'symbolic') return answeredRow(interpreter, value, span);
  if (within.has(value)) return value;
  within.add(value);
  if (value.type === 'object' && !value.atLoad && value.open && !value.fields.size && !value.getters)
    return answered(interpreter, value.open, span, within);
  if (value.type === 'array') {
    value.items = value.items.map((item) =>
      item.type === 'symbolic' ? answered(interpreter, item, span, within) : item,
    );
    return value;
  }
  if (value.type !== 'object' || value.atLoad || value.host) return value;
  for (const [name, field] of value.fields)
    if (
      field.type === 'array' ||
      field.type === 'symbolic' ||
      (field.type === 'object' && !field.atLoad) ||
      (field.type === 'object' && interpreter.shared.isMap(field))
    )
      value.fields.set(name, answered(interpreter, field, span, within));
  return value;
}

/** A stored row, or a list of them, as the service's own `toJSON` shows it. */
function answeredRow(interpreter: Interpreter, value: Symbolic, span: Span): Value {
  const { origin } = value;
  if (origin.kind === 'rows') {
    const each = origin.each ?? symbolic({ kind: 'row', lookup: origin.lookup, at: [] });
    const shown = answered(interpreter, each, span);
    return shown === each ? value : symbolic({ ...origin, each: shown });
  }
  if ((origin.kind !== 'row' && origin.kind !== 'written') || origin.at.length) return value;
  for (const library of interpreter.having('answer')) {
    const shown = library.answer?.(value, interpreter, span);
    if (shown) return shown;
  }
  return value;
}
