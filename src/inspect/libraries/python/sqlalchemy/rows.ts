import type { Span } from '../../../core/language.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import type { RecordedLookup } from '../../../interpreter/path.js';
import { nullValue, symbolic, type Symbolic, type Value } from '../../../interpreter/values.js';
import { rowOf } from '../../record.js';

/** One object for one row, so that what is assigned to it stays with it. */
export function cached(interpreter: Interpreter, lookup: RecordedLookup): Symbolic {
  const notes = interpreter.path?.notes;
  const key = `row ${lookup.id}`;
  const known = notes?.get(key) as Symbolic | undefined;
  const row = known ?? rowOf(lookup);
  notes?.set(key, row);
  return row;
}

/** The one row of a query. */
export function single(interpreter: Interpreter, rows: Symbolic, span: Span): Value {
  return ofRows(interpreter, rows, 'first', span) ?? rows;
}

/** Methods of what a query answers. */
export function ofRows(interpreter: Interpreter, rows: Symbolic, key: string, span: Span): Value | undefined {
  const { origin } = rows;
  if (origin.kind === 'count') return rows;
  if (origin.kind !== 'rows') return undefined;
  switch (key) {
    case 'scalars':
    case 'unique':
    case 'mappings':
    case 'tuples':
    case 'columns':
    case 'all':
    case 'fetchall':
    case 'partitions':
    case 'yield_per':
      return rows;
    case 'first':
    case 'one_or_none':
    case 'scalar_one_or_none':
    case 'scalar':
    case 'fetchone':
      return rowAlone(interpreter, rows, span);
    case 'one':
    case 'scalar_one': {
      const row = rowAlone(interpreter, rows);
      const lookup = origin.lookup;
      required(interpreter, symbolic({ kind: 'row', lookup, at: [] }), span);
      return row;
    }
    case 'close':
      return nullValue;
    case 'rowcount':
      return symbolic({ kind: 'count', lookup: origin.lookup });
    default:
      return undefined;
  }
}

export function rowAlone(interpreter: Interpreter, rows: Symbolic, span?: Span): Value {
  if (rows.origin.kind !== 'rows') return rows;
  const { lookup: id, each } = rows.origin;
  const lookup = interpreter.path?.lookups.find((one) => one.id === id);
  if (!lookup) return rows;
  lookup.many = false;
  if (!each) return cached(interpreter, lookup);
  const isThere = span === undefined || each.type !== 'object' || ![...each.fields.values()].some(isOfRow);
  return isThere || !interpreter.decide({ kind: 'nil', of: cached(interpreter, lookup) }, span, false)
    ? each
    : nullValue;
}

/** What is selected side by side can be missing as a whole, unless all of it is counted or summed up. */
export const isOfRow = (value: Value): boolean => value.type === 'symbolic' && value.origin.kind === 'row';

/** A query that must find its row raises where it does not. */
export function required(interpreter: Interpreter, row: Symbolic, span: Span): void {
  if (interpreter.decide({ kind: 'nil', of: row }, span, false))
    interpreter.throw(symbolic({ kind: 'failure', of: 'query', name: 'NoResultFound', at: [] }), span);
}
