import type { Interpreter } from '../interpreter/interpreter.js';
import type { RecordedLookup } from '../interpreter/path.js';
import { type ArrayValue, symbolic, type Value } from '../interpreter/values.js';

const keptNote = (of: ArrayValue): string => `kept in ${of.id}`;

/** From here on the collection is what a filter has kept of it. */
export const keep = (interpreter: Interpreter, of: ArrayValue, rows: Value): void =>
  void interpreter.path?.notes.set(keptNote(of), rows);

/** How many rows a collection has, once a filter has replaced it. */
export function lengthKept(interpreter: Interpreter, of: ArrayValue): Value | undefined {
  const rows = interpreter.path?.notes.get(keptNote(of)) as Value | undefined;
  return rows?.type === 'symbolic' && rows.origin.kind === 'rows'
    ? symbolic({ kind: 'count', lookup: rows.origin.lookup })
    : undefined;
}

/** `rest.length < items.length`: what was left out when `rest` was filtered from a collection. */
export function leftOut(interpreter: Interpreter, fewer: Value, more: Value): RecordedLookup | undefined {
  if (fewer.type !== 'symbolic' || fewer.origin.kind !== 'count' || more.type !== 'symbolic') return undefined;
  const { lookup: id } = fewer.origin;
  const isWhole = more.origin.kind === 'op' && more.origin.op === 'length' && more.origin.args[0]?.type === 'array';
  const filtered = interpreter.path?.lookups.find((one) => one.id === id);
  return isWhole && filtered && interpreter.path?.notes.has(`not ${id}`) ? filtered : undefined;
}
