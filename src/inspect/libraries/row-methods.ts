import { type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isCallable, symbolic, type Symbolic, type Value } from '../interpreter/values.js';
import { spelledOut } from './table.js';
import { shownColumns } from './shown-rows.js';
import { type Model, tableOf, valuesOf } from './model.js';

/** A method of a row: the service's own, or one that writes it back. */
export interface RowVerbs {
  save: Set<string>;
  update: Set<string>;
  remove: Set<string>;
  plain: Set<string>;
  reload: Set<string>;
}

/** A method called on a stored row or on what was just written. */
export function rowMethod(
  model: Model,
  verbs: RowVerbs,
  row: Symbolic,
  name: string,
  args: Value[],
  interpreter: Interpreter,
  span: Span,
): Value | undefined {
  const own = model.methods.get(name);
  if (own && isCallable(own)) return interpreter.call(own, row, args, span);
  if (verbs.plain.has(name)) return spelledOut(row, shownColumns(model));
  if (verbs.reload.has(name)) return row;
  const by = conditionsOfRow(model, row, interpreter);
  if (!by) return undefined;
  const table = tableOf(model, interpreter, span);
  if (verbs.remove.has(name)) {
    table.change('delete', { by, other: [] }, undefined, false);
    return row;
  }
  if (!verbs.save.has(name) && !verbs.update.has(name)) return undefined;
  const values = new Map([...(row.changes ?? []), ...(verbs.update.has(name) ? valuesOf(model, args[0]) : [])]);
  if (!values.size) return row;
  row.changes = values;
  for (const hook of model.beforeUpdate) hook(interpreter, row, span);
  table.change('update', { by, other: [] }, new Map(row.changes), false);
  return row;
}

/** The conditions under which the row was found; of what was written, its key. */
function conditionsOfRow(model: Model, row: Symbolic, interpreter: Interpreter): Map<string, Value> | undefined {
  const { origin } = row;
  if (origin.kind === 'row' && !origin.at.length) {
    const lookup = interpreter.path?.lookups.find((one) => one.id === origin.lookup);
    if (lookup && !lookup.many && lookup.by.size) return lookup.by;
    return new Map([[model.entity.key ?? 'id', symbolic({ ...origin, at: [model.entity.key ?? 'id'] })]]);
  }
  if (origin.kind === 'written' && !origin.at.length)
    return new Map([[model.entity.key ?? 'id', symbolic({ ...origin, at: [model.entity.key ?? 'id'] })]]);
  return undefined;
}

/** The entity that a symbolic row belongs to. */
export function entityOfRow(value: Value, interpreter: Interpreter): string | undefined {
  if (value.type !== 'symbolic' || !('at' in value.origin) || value.origin.at.length) return undefined;
  const { origin } = value;
  if (origin.kind === 'row') return interpreter.path?.lookups.find((one) => one.id === origin.lookup)?.entity;
  if (origin.kind === 'written') return interpreter.path?.effects.find((one) => one.id === origin.effect)?.target;
  return undefined;
}
