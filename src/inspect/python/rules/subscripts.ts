import type { Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { needsVariable } from '../../interpreter/environment.js';
import { environmentValue } from '../../interpreter/operators.js';
import {
  ArrayValue,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  type Symbolic,
  type Value,
} from '../../interpreter/values.js';

/** `start:stop:step` */
export class SliceHost {
  constructor(readonly parts: Value[]) {}

  /** A bound; undefined: none. */
  bound(index: number): number | undefined {
    const part = this.parts[index];
    return part?.type === 'primitive' && typeof part.value === 'number' ? part.value : undefined;
  }
}

/** `of[key]`; undefined: the field of that name. */
export function subscript(interpreter: Interpreter, of: Value, key: Value, span: Span): Value | undefined {
  if (key.type === 'object' && key.host instanceof SliceHost) return sliced(interpreter, of, key.host);
  if (isType(of)) return operation('at', of, key);
  if (key.type === 'primitive' && typeof key.value === 'number' && key.value < 0) return fromEnd(of, key.value);
  if (of.type === 'symbolic' && of.origin.kind === 'rows' && key.type === 'primitive')
    return of.origin.each ?? symbolic({ kind: 'row', lookup: of.origin.lookup, at: [] });
  if (of.type === 'object' && key.type === 'symbolic' && key.origin.kind === 'environment')
    return chosen(of, key, interpreter);
  if (of.type === 'object' && key.type === 'primitive' && of.host === undefined) {
    const own = of.fields.get(String(key.value));
    if (own) return own;
    if (of.trap?.name === 'environment') needsVariable(interpreter, String(key.value), span);
    if (!of.cls && !of.open && !of.trap && interpreter.path && !of.atLoad && interpreter.rules)
      return interpreter.throw(interpreter.rules.exception(interpreter, 'KeyError', String(key.value), span), span);
  }
  return undefined;
}

/** The environment chooses: what it does where the variable is not set; while loading, else the first that there is. */
function chosen(of: ObjectValue, key: Symbolic, interpreter: Interpreter): Value | undefined {
  const known = environmentValue(key);
  return of.fields.get(String(known)) ?? (interpreter.loading ? [...of.fields.values()][0] : undefined);
}

/** A generic class or alias: `Page[Order]`. What is made of it is known by its arguments. */
const isType = (of: Value): boolean =>
  of.type === 'class' ||
  of.type === 'native' ||
  (of.type === 'symbolic' && of.origin.kind === 'external') ||
  (of.type === 'symbolic' && of.origin.kind === 'op' && of.origin.op === 'at');

function sliced(interpreter: Interpreter, of: Value, slice: SliceHost): Value {
  const [start, stop] = [slice.bound(0), slice.bound(1)];
  const isKnown = slice.parts.slice(0, 2).every((part) => part.type === 'primitive');
  if (of.type === 'array') {
    if (!isKnown) return of;
    const items = of.items.slice(start, stop);
    return new ArrayValue(slice.bound(2) === -1 ? items.reverse() : items, interpreter.loading, of.more);
  }
  if (of.type === 'primitive' && typeof of.value === 'string' && isKnown) return primitive(of.value.slice(start, stop));
  if (of.type === 'symbolic' && of.origin.kind === 'rows') return of;
  return operation('slice', of, ...slice.parts.slice(0, 2));
}

function fromEnd(of: Value, index: number): Value | undefined {
  if (of.type === 'array') return of.items.at(index) ?? of.more;
  if (of.type === 'primitive' && typeof of.value === 'string') return primitive(of.value.at(index));
  if (of.type === 'symbolic' && of.origin.kind === 'op' && of.origin.op === 'split')
    return operation('item', of, primitive(index));
  if (of instanceof ObjectValue) return undefined;
  return undefined;
}
