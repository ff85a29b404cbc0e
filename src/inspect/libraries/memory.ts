import path from 'node:path/posix';
import { isHeld, type Catalog } from '../catalog.js';
import { sourceRef, type Span, spanText } from '../core/language.js';
import { MapHost } from '../interpreter/collections.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import type { RecordedLookup } from '../interpreter/path.js';
import {
  type ArrayValue,
  keyOf,
  type NativeCall,
  type ObjectValue,
  operation,
  primitive,
  type Symbolic,
  symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { keep, leftOut, lengthKept } from './memory-lengths.js';
import { fieldsOf, recordEffect, recordLookup, rowOf, rowsOf } from './record.js';

type Collection = ArrayValue | ObjectValue;

/** Arrays, Maps and objects of the service that operations change: a store in memory. */
export function memory(catalog: Catalog): Library {
  return {
    name: 'memory',
    collection: (of, method, call) =>
      of.type === 'array' ? list(catalog, of, method, call) : keyed(catalog, of, method, call),
    rows: (of, method, call) => ofRows(of, method, call),
    lengthOf: (of, interpreter) => lengthKept(interpreter, of),
    fewer(left, right, interpreter, span) {
      const filtered = leftOut(interpreter, left, right);
      return filtered && present(rowWhere(interpreter, filtered.entity, notesOf(interpreter, filtered), span));
    },
    replace: (before, value, interpreter, span) => replaced(catalog, before, value, interpreter, span),
    assign(of, key, value, interpreter, span) {
      const found = lookupOfRow(interpreter, of);
      const store = found && catalog.storeById(catalog.entities.get(found.entity)?.store ?? '');
      if (!found || of.origin.kind !== 'row' || !store || !isHeld(store)) return false;
      const values = key === '*' ? written(value) : new Map([[key, value]]);
      if (of.origin.at.length === 0) of.changes = new Map([...(of.changes ?? []), ...values]);
      update(interpreter, found.entity, found.by, values, span);
      return true;
    },
  };
}

const general =
  /^_?(rows|items?|data|stores?|map|records?|entries|list|cache|db|database|values|all|state|memory|by_?id)$/i;
const layers = /(Repository|Repo|Store|Storage|Service|Dao|Manager|Model|Database|Db|Collection|Cache|Registry)$/;

/** `orders`; where the code's own name says nothing (`items`), the class or the file that holds it names it. */
function nameOf(of: Collection, span: Span): string {
  const label = of.label?.replace(/^[_#]+/, '') ?? 'items';
  if (!general.test(label)) return label;
  const owner = of.owner?.replace(/^(InMemory|Memory)/, '').replace(layers, '');
  if (owner) return plural(`${owner[0]?.toLowerCase() ?? ''}${owner.slice(1)}`);
  const { file } = sourceRef(span);
  const base = path.basename(file).replace(/\..*$/, '');
  const names = [base, path.basename(path.dirname(file))].map((name) =>
    name.replace(/[.-]?(repository|repo|store|service|model|data|db|dao)s?$/i, ''),
  );
  return (
    names.find((name) => name !== '' && !general.test(name) && !/^(src|lib|app|index|server|main|\.)$/.test(name)) ??
    label
  );
}

const plural = (noun: string): string =>
  /s$/.test(noun) ? noun : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;

function entityOf(catalog: Catalog, of: Collection, span: Span): string {
  const store = catalog.store(of, () => ({ client: 'memory', dialect: 'memory', source: sourceRef(span) }));
  return (catalog.entityIn(store.id) ?? catalog.entity(nameOf(of, span), store.id, sourceRef(span))).name;
}

const lookupOfRow = (interpreter: Interpreter, row: Value | undefined): RecordedLookup | undefined => {
  const id = row?.type === 'symbolic' && row.origin.kind === 'row' ? row.origin.lookup : undefined;
  return id === undefined ? undefined : interpreter.path?.lookups.find((one) => one.id === id);
};

/** The same conditions find the same row: one lookup, one value, whatever the request has assigned to it. */
function rowWhere(interpreter: Interpreter, entity: string, by: Map<string, Value>, span: Span): Symbolic {
  const known = interpreter.path?.lookups.find(
    (one) => one.entity === entity && !one.many && !one.other.length && sameBy(one.by, by),
  );
  return rowIn(interpreter, known ?? recordLookup(interpreter, { entity, by, other: [], many: false }, span));
}

const sameBy = (left: Map<string, Value>, right: Map<string, Value>): boolean =>
  left.size === right.size &&
  [...left].every(([name, value]) => right.has(name) && keyOf(right.get(name) ?? undefinedValue) === keyOf(value));

function rowIn(interpreter: Interpreter, lookup: RecordedLookup): Symbolic {
  const notes = interpreter.path?.notes;
  const known = notes?.get(`row ${lookup.id}`) as Symbolic | undefined;
  const row = known ?? rowOf(lookup);
  notes?.set(`row ${lookup.id}`, row);
  return row;
}

const present = (row: Value): Value => operation('!', operation('===', row, undefinedValue));

function list(catalog: Catalog, of: ArrayValue, method: string, call: NativeCall): Value | undefined {
  const { interpreter, args, span } = call;
  const entity = entityOf(catalog, of, span);
  const one = (): Symbolic => rowIn(interpreter, lookupBy(interpreter, entity, args[0], false, span));
  switch (method) {
    case 'push':
    case 'unshift':
    case 'append':
      for (const value of args) insert(interpreter, entity, written(value), span);
      return symbolic({ kind: 'unknown', text: 'length', reads: [] });
    case 'find':
    case 'findLast':
      return one();
    case 'findIndex':
      return operation('index', one());
    case 'some':
      return present(one());
    case 'indexOf':
      return args[0] && lookupOfRow(interpreter, args[0]) ? operation('index', args[0]) : undefined;
    case 'filter':
      return rowsOf(lookupBy(interpreter, entity, args[0], true, span));
    case 'splice': {
      const [index] = args;
      const row =
        index?.type === 'symbolic' && index.origin.kind === 'op' && index.origin.op === 'index'
          ? index.origin.args[0]
          : undefined;
      remove(interpreter, entity, row, span);
      return undefinedValue;
    }
    case 'map':
    case 'slice':
    case 'sort':
    case 'toSorted':
    case 'reverse':
    case 'values':
    case 'forEach':
      return mapped(interpreter, entity, method, args[0], span);
    default:
      return undefined;
  }
}

/** Rows that were read, filtered further: `all().filter((ticket) => ticket.ownerId === id)`. */
function ofRows(of: Symbolic, method: string, { interpreter, args, span }: NativeCall): Value | undefined {
  if (of.origin.kind !== 'rows' || of.origin.each || !['filter', 'find', 'some'].includes(method)) return undefined;
  const { lookup: id } = of.origin;
  const read = interpreter.path?.lookups.find((one) => one.id === id);
  if (!read || read.other.length) return undefined;
  const lookup = lookupBy(interpreter, read.entity, args[0], method === 'filter', span, read.by);
  if (method === 'filter') return rowsOf(lookup);
  const row = rowIn(interpreter, lookup);
  return method === 'find' ? row : present(row);
}

function mapped(interpreter: Interpreter, entity: string, method: string, fn: Value | undefined, span: Span): Value {
  const lookup = recordLookup(interpreter, { entity, by: new Map(), other: [], many: true }, span);
  if (method !== 'map' || !fn) return rowsOf(lookup);
  return symbolic({
    kind: 'rows',
    lookup: lookup.id,
    each: interpreter.call(fn, undefinedValue, [rowOf(lookup)], span),
  });
}

/** A Map, a Set, or an object that is used as one. The key is a column of its own, `$key`, until it is known which. */
function keyed(catalog: Catalog, of: ObjectValue, method: string, call: NativeCall): Value | undefined {
  if (!(of.host instanceof MapHost) && !call.interpreter.shared.isMap(of)) return undefined;
  const { interpreter, args, span } = call;
  const entity = entityOf(catalog, of, span);
  const [key = undefinedValue, value] = args;
  const isSet = of.host instanceof MapHost && of.host.isSet;
  const by = new Map<string, Value>([[isSet ? '$value' : '$key', key]]);
  switch (method) {
    case 'set':
    case 'add':
      put(interpreter, entity, by, value ?? key, span);
      return of;
    case 'get':
      return rowWhere(interpreter, entity, by, span);
    case 'has':
      return present(rowWhere(interpreter, entity, by, span));
    case 'delete':
      return taken(interpreter, entity, by, span);
    case 'values':
    case 'entries':
    case 'keys':
    case 'forEach':
      return rowsOf(recordLookup(interpreter, { entity, by: new Map(), other: [], many: true }, span));
    default:
      return undefined;
  }
}

/** `set`: another row, or new values for the one that this path knows to be there. */
function put(interpreter: Interpreter, entity: string, by: Map<string, Value>, value: Value, span: Span): void {
  const known = interpreter.path?.lookups.find((one) => one.entity === entity && !one.many && sameBy(one.by, by));
  const row = known && rowIn(interpreter, known);
  const isThere = row && interpreter.path?.knows({ kind: 'nil', of: row }) === false;
  const spread = lookupOfRow(interpreter, value.type === 'object' ? value.open : value);
  const values = written(value);
  if (!isThere && spread?.entity !== entity) return insert(interpreter, entity, new Map([...values, ...by]), span);
  if (row) row.changes = new Map([...(row.changes ?? []), ...values]);
  if (values.size) update(interpreter, entity, (isThere ? known : spread)?.by ?? by, values, span);
}

/** `delete`: tells whether there was such a row. */
function taken(interpreter: Interpreter, entity: string, by: Map<string, Value>, span: Span): Value {
  const [[, key] = []] = by;
  const own = lookupOfRow(interpreter, key?.type === 'symbolic' ? rowItself(key) : undefined);
  if (own?.entity === entity) {
    remove(interpreter, entity, rowOf(own), span);
    return primitive(true);
  }
  const row = rowWhere(interpreter, entity, by, span);
  if (interpreter.path && interpreter.decide({ kind: 'nil', of: row }, span, false)) return primitive(false);
  remove(interpreter, entity, row, span);
  return primitive(true);
}

/** The row whose field this is. */
const rowItself = (field: Symbolic): Symbolic | undefined =>
  field.origin.kind === 'row' ? symbolic({ ...field.origin, at: [] }) : undefined;

/** `orders = orders.filter((order) => order.id !== id)`, `[...orders, order]`, `orders.map(…)`. */
function replaced(catalog: Catalog, before: Collection, value: Value, interpreter: Interpreter, span: Span): boolean {
  const entity = entityOf(catalog, before, span);
  if (value.type === 'array' && (value.more || !value.items.length)) {
    if (!value.items.length) remove(interpreter, entity, undefined, span);
    for (const item of value.items) insert(interpreter, entity, written(item), span);
    return true;
  }
  if (value.type !== 'symbolic' || value.origin.kind !== 'rows') return false;
  const { lookup: id, each } = value.origin;
  const lookup = interpreter.path?.lookups.find((one) => one.id === id);
  if (lookup?.entity !== entity) return false;
  const left = notesOf(interpreter, lookup);
  if (left.size) {
    if (before.type === 'array') keep(interpreter, before, value);
    const isGone = interpreter.decide({ kind: 'nil', of: rowWhere(interpreter, entity, left, span) }, span, false);
    if (!isGone) recordEffect(interpreter, { kind: 'db-delete', target: entity, verb: 'delete', by: left }, span);
  }
  if (each?.type === 'symbolic' && each.origin.kind === 'op' && each.origin.op === 'cond') {
    const [condition, then] = each.origin.args;
    const by = new Map<string, Value>();
    if (condition) conjuncts(condition, lookup.id, { by, not: new Map(), other: [] });
    if (then?.type === 'object' && by.size) update(interpreter, entity, by, written(then), span);
  }
  return true;
}

const notesOf = (interpreter: Interpreter, lookup: RecordedLookup): Map<string, Value> =>
  (interpreter.path?.notes.get(`not ${lookup.id}`) as Map<string, Value> | undefined) ?? new Map<string, Value>();

/** What a stored object holds, without what it takes over from the row itself. */
function written(value: Value | undefined): Map<string, Value> {
  if (value?.type === 'symbolic' && value.origin.kind === 'row') return new Map(value.changes);
  if (value?.type !== 'object' && value?.type !== 'symbolic') return new Map(value ? [['$value', value]] : []);
  const fields = fieldsOf(value);
  const rest = fields.get('*');
  if (rest?.type === 'symbolic' && rest.origin.kind === 'row') fields.delete('*');
  return fields;
}

function insert(interpreter: Interpreter, entity: string, values: Map<string, Value>, span: Span): void {
  recordEffect(interpreter, { kind: 'db-write', target: entity, verb: 'insert', values }, span);
}

function update(
  interpreter: Interpreter,
  entity: string,
  by: Map<string, Value>,
  values: Map<string, Value>,
  span: Span,
): void {
  recordEffect(interpreter, { kind: 'db-write', target: entity, verb: 'update', values, by }, span);
}

function remove(interpreter: Interpreter, entity: string, row: Value | undefined, span: Span): void {
  const found = lookupOfRow(interpreter, row);
  recordEffect(
    interpreter,
    { kind: 'db-delete', target: entity, verb: 'delete', ...(found ? { by: found.by } : {}) },
    span,
  );
}

interface Conditions {
  by: Map<string, Value>;
  /** What must differ: a filter that keeps everything else. */
  not: Map<string, Value>;
  other: string[];
}

/** The equalities that a callback asks of an item: `(order) => order.id === id && order.ownerId === user.id`. */
function lookupBy(
  interpreter: Interpreter,
  entity: string,
  fn: Value | undefined,
  many: boolean,
  span: Span,
  given = new Map<string, Value>(),
): RecordedLookup {
  const item = symbolic({ kind: 'row', lookup: '$item', at: [] });
  const found: Conditions = { by: new Map(given), not: new Map(), other: [] };
  if (fn?.type === 'function') {
    const [statement] = fn.node.body;
    const result = statement?.kind === 'return' ? interpreter.call(fn, undefinedValue, [item], span) : undefined;
    if (result) conjuncts(result, '$item', found);
    else found.other.push(spanText(fn.node.span).slice(0, 80));
  }
  const other = found.not.size ? [...found.other, '!'] : found.other;
  const same = other.length
    ? undefined
    : interpreter.path?.lookups.find(
        (one) => one.entity === entity && one.many === many && !one.other.length && sameBy(one.by, found.by),
      );
  const lookup = same ?? recordLookup(interpreter, { entity, by: found.by, other, many }, span);
  if (found.not.size && !found.other.length) interpreter.path?.notes.set(`not ${lookup.id}`, found.not);
  return lookup;
}

function conjuncts(value: Value, item: string, found: Conditions): void {
  if (value.type !== 'symbolic' || value.origin.kind !== 'op') return;
  const { op, args } = value.origin;
  const [inner] = args;
  if (op === '&&') for (const part of args) conjuncts(part, item, found);
  else if (op === '===') compare(args, item, found.by, found.other);
  else if (op === '!' && inner?.type === 'symbolic' && inner.origin.kind === 'op' && inner.origin.op === '===')
    compare(inner.origin.args, item, found.not, found.other);
  else found.other.push(op);
}

function compare([left, right]: Value[], item: string, into: Map<string, Value>, other: string[]): void {
  const fieldOf = (value: Value | undefined): string | undefined =>
    value?.type === 'symbolic' && value.origin.kind === 'row' && value.origin.lookup === item
      ? value.origin.at.join('.') || '$value'
      : undefined;
  const column = fieldOf(left) ?? fieldOf(right);
  const wanted = fieldOf(left) === undefined ? left : right;
  if (column !== undefined && wanted) into.set(column, wanted);
  else other.push('===');
}
