import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import { type Span, spanText } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isNil, ObjectValue, primitive, textOf, unknown, type Value } from '../interpreter/values.js';
import { fieldsOf } from './record.js';
import { columnOf, everything, field, type Manner, Table, type Where } from './table.js';

/** Where a method finds its conditions or values: an argument, or a field of one. */
export interface Place {
  arg: number;
  at?: string;
  /** The argument is the key itself. */
  key?: boolean;
}

/** What a method of a model, repository or delegate does, in the engine's words. */
export interface Verb {
  does:
    | 'one'
    | 'list'
    | 'count'
    | 'exists'
    | 'page'
    | 'insert'
    | 'insertAll'
    | 'update'
    | 'delete'
    | 'upsert'
    | 'findOrInsert';
  where?: Place;
  values?: Place;
  /** What the code gets: the row as it was, as it is now, or how many there were, in the library's own shape. */
  gives?: 'before' | 'after' | ((interpreter: Interpreter, count: Value) => Value);
  /** No such row is an error of this name, not an empty answer. */
  throws?: (interpreter: Interpreter) => Value;
  /** Field of the options that chooses columns; place of the options. */
  options?: Place;
}

/** A model with what the service adds to it. */
export interface Model {
  catalog: Catalog;
  store: StoreEntry;
  entity: EntityEntry;
  /** Columns that a read leaves out. */
  hidden: Set<string>;
  /** Functions of the service on the model itself, and on each row. */
  statics: Map<string, Value>;
  methods: Map<string, Value>;
  /** Run before a row is written, with the values as `this`. */
  beforeInsert: ((interpreter: Interpreter, document: Value, span: Span) => void)[];
  beforeUpdate: ((interpreter: Interpreter, document: Value, span: Span) => void)[];
  manner: Manner;
  /** Fields that hold a row of another model → the column that refers to it. */
  relations: Map<string, string>;
  /** Column that says when a row was removed, where rows are only marked. */
  softDeletes?: string;
  /** Fields that are not columns are dropped when they are written. */
  strict: boolean;
  /** The model's own name. */
  name?: string;
  /** Under which name rows of another model are joined; the model that a value in an option stands for. */
  joins: Map<Model, string>;
  modelOf?: (value: Value) => Model | undefined;
  /** Another name that rows answer their key to. */
  alias?: string;
}

/** A row that the code has made and not yet written. */
export class DocumentHost {
  constructor(readonly model: Model) {}
}

export function newModel(
  catalog: Catalog,
  store: StoreEntry,
  entity: EntityEntry,
  manner: Manner,
  strict = true,
): Model {
  return {
    catalog,
    store,
    entity,
    hidden: new Set(),
    statics: new Map(),
    methods: new Map(),
    joins: new Map(),
    relations: new Map(),
    beforeInsert: [],
    beforeUpdate: [],
    manner,
    strict,
  };
}

export const tableOf = (model: Model, interpreter: Interpreter, span: Span): Table =>
  new Table(model.catalog, interpreter, model.store, model.entity, span, model.manner);

export const placed = (args: Value[], place: Place | undefined): Value | undefined => {
  if (!place) return undefined;
  const arg = args[place.arg];
  return place.at === undefined ? arg : field(arg, place.at);
};

/** Conditions in an object: plain values are equalities, the rest is named as written. */
export function conditions(model: Model, value: Value | undefined, span: Span, isKey = false): Where {
  const where = everything();
  if (!value || isNil(value)) return where;
  const { key = 'id' } = model.entity;
  if (isKey) return { by: new Map([[key, value]]), other: [] };
  if (value.type === 'array') return { by: new Map(), other: ['one of several conditions'] };
  if (value.type !== 'object') {
    if (value.type === 'symbolic' && ['input', 'row', 'written', 'principal', 'op'].includes(value.origin.kind))
      where.other.push(spanText(span).replace(/\s+/g, ' ').slice(0, 80));
    return where;
  }
  for (const [name, wanted] of value.fields) {
    const column = name === model.alias && !(name in model.entity.columns) ? key : name;
    if (wanted.type === 'primitive' && wanted.value === undefined) continue;
    if (column.startsWith('$') || wanted.type === 'array') where.other.push(column);
    else if (wanted.type === 'object' && !wanted.cls) {
      const equals = field(wanted, '$eq') ?? field(wanted, 'equals');
      if (equals) where.by.set(column, equals);
      else if (column in model.entity.columns || [...wanted.fields.keys()].some((one) => one.startsWith('$')))
        where.other.push(`${column}${amongText(wanted)}`);
      else for (const [inner, one] of wanted.fields) where.by.set(inner, one);
    } else where.by.set(column, wanted);
  }
  if (value.open) where.other.push('more conditions');
  return where;
}

/** ` in "editor", "admin"`, where an operator lists constants. */
function amongText(wanted: ObjectValue): string {
  const set = field(wanted, '$in') ?? field(wanted, 'in');
  const values = set?.type === 'array' ? set.items.map(textOf) : [];
  return values.length && values.every((value) => value !== undefined)
    ? ` in ${values.map((value) => JSON.stringify(value)).join(', ')}`
    : '';
}

/** `{ increment: 1 }`, `{ set: value }`: a change of a column rather than its value. */
const isStep = (value: Value): boolean =>
  value.type === 'object' &&
  value.fields.size === 1 &&
  ['increment', 'decrement', 'multiply', 'divide', 'push', 'set'].some((name) => value.fields.has(name));

/** What is written: operators of document stores are unwrapped, unknown fields dropped. */
export function valuesOf(model: Model, value: Value | undefined): Map<string, Value> {
  const given = fieldsOf(value);
  const values = new Map<string, Value>();
  for (const [name, one] of given) {
    if (name === '$set' || name === '$setOnInsert') for (const [inner, each] of fieldsOf(one)) values.set(inner, each);
    else if (name === '$inc')
      for (const inner of fieldsOf(one).keys()) values.set(inner, unknown(`incremented ${inner}`));
    else if (name === '$unset') for (const inner of fieldsOf(one).keys()) values.set(inner, primitive(null));
    else if (name.startsWith('$')) for (const inner of fieldsOf(one).keys()) values.set(inner, unknown(inner));
    else if (isStep(one)) values.set(name, field(one, 'set') ?? unknown(`changed ${name}`));
    else if (!(one.type === 'primitive' && one.value === undefined)) values.set(name, one);
  }
  for (const [name, column] of model.relations) {
    const related = values.get(name);
    if (!related) continue;
    values.delete(name);
    values.set(column, keyOfRelated(model, column, related));
  }
  const columns = Object.keys(model.entity.columns);
  if (model.strict && columns.length)
    for (const name of [...values.keys()]) if (name !== '*' && !columns.includes(name)) values.delete(name);
  return values;
}

/** `author: user`, `author: { id }`, `author: id`. */
function keyOfRelated(model: Model, column: string, related: Value): Value {
  const key = model.entity.columns[column]?.references?.column ?? 'id';
  const connected = field(related, 'connect');
  if (connected) return keyOfRelated(model, column, connected);
  if (related.type === 'object')
    return related.fields.get(key) ?? (related.open ? columnOf(related.open, key) : unknown(key));
  const whole = related.type === 'symbolic' && 'at' in related.origin && !related.origin.at.length;
  return whole && related.type === 'symbolic' ? columnOf(related, key) : related;
}
