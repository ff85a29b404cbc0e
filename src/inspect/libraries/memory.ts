import type { Catalog } from '../catalog.js';
import { sourceRef, type Span, spanText } from '../core/language.js';
import { MapHost } from '../interpreter/collections.js';
import type { Interpreter, Library } from '../interpreter/interpreter.js';
import {
  type ArrayValue,
  type NativeCall,
  type ObjectValue,
  operation,
  primitive,
  symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { recordEffect, recordLookup, rowOf, rowsOf } from './record.js';

/** Arrays, Maps and objects of the service that operations change: a store in memory. */
export function memory(catalog: Catalog): Library {
  return {
    name: 'memory',
    collection: (of, method, call) =>
      of.type === 'array' ? list(catalog, of, method, call) : map(catalog, of, method, call),
    assign(of, key, value, interpreter, span) {
      if (!interpreter.path || of.origin.kind !== 'row') return false;
      const { lookup } = of.origin;
      const found = interpreter.path.lookups.find((one) => one.id === lookup);
      if (!found) return false;
      const values = key === '*' && value.type === 'object' ? value.fields : new Map([[key, value]]);
      recordEffect(interpreter, { kind: 'db-write', target: found.entity, verb: 'update', values, by: found.by }, span);
      return true;
    },
  };
}

function entityOf(catalog: Catalog, of: ArrayValue | ObjectValue, span: Span): string {
  const name = of.label ?? 'items';
  const store = catalog.store(of, () => ({ client: 'memory', dialect: 'memory', source: sourceRef(span) }));
  return catalog.entity(name, store.id, sourceRef(span)).name;
}

function list(catalog: Catalog, of: ArrayValue, method: string, call: NativeCall): Value | undefined {
  const { interpreter, args, span } = call;
  const entity = entityOf(catalog, of, span);
  switch (method) {
    case 'push':
    case 'unshift':
      insert(interpreter, entity, args[0], span);
      return symbolic({ kind: 'unknown', text: 'length', reads: [] });
    case 'find':
      return rowOf(lookupBy(interpreter, entity, args[0], false, span));
    case 'findIndex':
      return operation('index', rowOf(lookupBy(interpreter, entity, args[0], false, span)));
    case 'filter':
      return rowsOf(lookupBy(interpreter, entity, args[0], true, span));
    case 'some':
      return operation(
        '!',
        operation('===', rowOf(lookupBy(interpreter, entity, args[0], false, span)), undefinedValue),
      );
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
    case 'values':
    case 'forEach':
      return mapped(interpreter, entity, method, args[0], span);
    default:
      return undefined;
  }
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

function map(catalog: Catalog, of: ObjectValue, method: string, call: NativeCall): Value | undefined {
  if (!(of.host instanceof MapHost)) return undefined;
  const { interpreter, args, span } = call;
  const entity = entityOf(catalog, of, span);
  const [key = undefinedValue, value] = args;
  const by = new Map<string, Value>([[of.host.isSet ? '$value' : '$key', key]]);
  const lookup = (many: boolean): ReturnType<typeof recordLookup> =>
    recordLookup(interpreter, { entity, by: many ? new Map() : by, other: [], many }, span);
  switch (method) {
    case 'set':
    case 'add':
      insert(interpreter, entity, value ?? key, span, key);
      return of;
    case 'get':
      return rowOf(lookup(false));
    case 'has':
      return operation('!', operation('===', rowOf(lookup(false)), undefinedValue));
    case 'delete':
      remove(interpreter, entity, rowOf(lookup(false)), span);
      return primitive(true);
    case 'values':
    case 'entries':
    case 'keys':
      return rowsOf(lookup(true));
    default:
      return undefined;
  }
}

function insert(interpreter: Interpreter, entity: string, value: Value | undefined, span: Span, key?: Value): void {
  const values =
    value?.type === 'object' ? new Map(value.fields) : new Map<string, Value>(value ? [['$value', value]] : []);
  if (key && value?.type === 'object') values.set('$key', key);
  const overwrites = value?.type === 'symbolic' && value.origin.kind === 'row';
  recordEffect(interpreter, { kind: 'db-write', target: entity, verb: overwrites ? 'update' : 'insert', values }, span);
}

function remove(interpreter: Interpreter, entity: string, row: Value | undefined, span: Span): void {
  const lookup = row?.type === 'symbolic' && row.origin.kind === 'row' ? row.origin.lookup : undefined;
  const found = interpreter.path?.lookups.find((one) => one.id === lookup);
  recordEffect(
    interpreter,
    { kind: 'db-delete', target: entity, verb: 'delete', ...(found ? { by: found.by } : {}) },
    span,
  );
}

/** The equalities that a callback asks of an item: `(order) => order.id === id && order.ownerId === user.id`. */
function lookupBy(
  interpreter: Interpreter,
  entity: string,
  fn: Value | undefined,
  many: boolean,
  span: Span,
): ReturnType<typeof recordLookup> {
  const item = symbolic({ kind: 'row', lookup: '$item', at: [] });
  const by = new Map<string, Value>();
  const other: string[] = [];
  if (fn?.type === 'function') {
    const [statement] = fn.node.body;
    const result = statement?.kind === 'return' ? interpreter.call(fn, undefinedValue, [item], span) : undefined;
    if (result) conjuncts(result, by, other);
    else other.push(spanText(fn.node.span).slice(0, 80));
  }
  return recordLookup(interpreter, { entity, by, other, many }, span);
}

function conjuncts(value: Value, by: Map<string, Value>, other: string[]): void {
  if (value.type !== 'symbolic' || value.origin.kind !== 'op') return;
  const { op, args } = value.origin;
  if (op === '&&') for (const part of args) conjuncts(part, by, other);
  else if (op === '===') {
    const [column, wanted] = fieldFirst(args);
    if (column !== undefined && wanted) by.set(column, wanted);
    else other.push(op);
  } else other.push(op);
}

function fieldFirst(args: Value[]): [string | undefined, Value | undefined] {
  const isField = (value: Value | undefined): string | undefined =>
    value?.type === 'symbolic' && value.origin.kind === 'row' && value.origin.lookup === '$item'
      ? value.origin.at.join('.')
      : undefined;
  const [left, right] = args;
  return isField(left) !== undefined ? [isField(left), right] : [isField(right), left];
}
