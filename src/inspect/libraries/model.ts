import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import { type Span, spanText } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  isCallable,
  isNil,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { fieldsOf } from './record.js';
import { storedAlong } from './stored-along.js';
import { columnOf, everything, field, listOf, type Manner, objectOf, spelledOut, Table, type Where } from './table.js';

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

const placed = (args: Value[], place: Place | undefined): Value | undefined => {
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

/** Columns that a read shows. */
export const shownColumns = (model: Model): string[] =>
  Object.keys(model.entity.columns).filter((name) => !model.hidden.has(name));

/** A row as a read shows it: all columns, those that are chosen, or all but some; what is joined is not looked into. */
export function shown(model: Model, row: Symbolic, options: Value | undefined): Value {
  const chosen = chosenColumns(model, options);
  const joined = joinedNames(model, options);
  if (!chosen && !joined.length) return model.hidden.size ? visible(model, row) : row;
  const result = spelledOut(row, chosen ?? shownColumns(model));
  for (const name of joined) result.fields.set(name, unknown(name, [row]));
  return result;
}

/** The row itself; where some columns are left out, the others. */
const visible = (model: Model, row: Symbolic): Value => spelledOut(row, shownColumns(model));

function chosenColumns(model: Model, options: Value | undefined): string[] | undefined {
  const all = Object.keys(model.entity.columns);
  const attributes = field(options, 'attributes') ?? field(options, 'select') ?? field(options, 'columns');
  const omitted = field(options, 'omit');
  if (omitted?.type === 'object') return all.filter((name) => !omitted.fields.has(name));
  if (attributes?.type === 'array') return attributes.items.flatMap((item) => textOf(item) ?? []);
  if (attributes?.type === 'object') {
    const excluded = field(attributes, 'exclude');
    if (excluded?.type === 'array') return all.filter((name) => !excluded.items.some((item) => textOf(item) === name));
    if (field(attributes, 'include')) return undefined;
    return [...attributes.fields.keys()];
  }
  return undefined;
}

function joinedNames(model: Model, options: Value | undefined): string[] {
  const include = field(options, 'include') ?? field(options, 'relations') ?? field(options, 'populate');
  if (include?.type === 'object' && !field(include, 'model') && !field(include, 'association') && !model.modelOf)
    return [...include.fields.keys()];
  const items = include?.type === 'array' ? include.items : include ? [include] : [];
  return items.flatMap((item) => {
    const other = model.modelOf?.(field(item, 'model') ?? item);
    return textOf(item) ?? textOf(field(item, 'as')) ?? (other && model.joins.get(other)) ?? [];
  });
}

/** Does what the verb says. */
export function perform(model: Model, verb: Verb, args: Value[], interpreter: Interpreter, span: Span): Value {
  const table = tableOf(model, interpreter, span);
  const where = conditions(model, placed(args, verb.where), span, verb.where?.key);
  const options = placed(args, verb.options);
  const show = (row: Symbolic): Value => shown(model, row, options);
  const none = (): Value => {
    if (verb.throws) interpreter.throw(verb.throws(interpreter), span);
    return model.manner.absent ?? primitive(null);
  };
  switch (verb.does) {
    case 'one': {
      const found = table.one(where, show);
      return isNil(found) ? none() : found;
    }
    case 'list':
      return table.list(where, show);
    case 'count':
      return table.count(where);
    case 'exists':
      return table.exists(where);
    case 'page':
      return objectOf({ rows: table.list(where, show), count: table.count(where) });
    case 'insert':
      return inserted(model, table, placed(args, verb.values), span, options);
    case 'insertAll': {
      const given = placed(args, verb.values);
      const items = given?.type === 'array' ? [...given.items, ...(given.more ? [given.more] : [])] : [given];
      return listOf(...items.map((item) => inserted(model, table, item ?? undefinedValue, span, undefined)));
    }
    case 'findOrInsert': {
      const found = table.one(where, show);
      if (!isNil(found)) return listOf(found, primitive(false));
      const defaults = valuesOf(model, field(args[0], 'defaults'));
      return listOf(table.insert(new Map([...where.by, ...defaults])).row, primitive(true));
    }
    case 'upsert': {
      const found = table.change('update', where, valuesOf(model, placed(args, verb.values)), true);
      if (found.found) return found.after;
      return inserted(model, table, field(args[0], 'create') ?? placed(args, verb.values), span, options);
    }
    case 'update':
    case 'delete':
      return changed(model, table, verb, where, args, span, none, show);
  }
}

function inserted(model: Model, table: Table, given: Value | undefined, span: Span, options: Value | undefined): Value {
  const document = given?.type === 'object' ? draft(given) : given && wholeInput(given);
  if (document?.type === 'object') document.host = new DocumentHost(model);
  if (document?.type === 'object') for (const hook of model.beforeInsert) hook(table.interpreter, document, span);
  const { row } = table.insert(valuesOf(model, document));
  if (document?.type === 'object')
    for (const along of storedAlong(model, document, row, joinedNames(model, options)))
      inserted(along.model, tableOf(along.model, table.interpreter, span), along.values, span, undefined);
  return shown(model, row, options);
}

/** The body as it is: what hooks change of it comes before what it holds. */
function wholeInput(given: Value): Value {
  if (given.type !== 'symbolic' || given.origin.kind !== 'input') return given;
  const document = new ObjectValue(false);
  document.open = given;
  return document;
}

/** A copy that hooks may change. */
export function draft(given: ObjectValue): ObjectValue {
  const copy = objectOf(Object.fromEntries(given.fields));
  copy.open = given.open;
  return copy;
}

function changed(
  model: Model,
  table: Table,
  verb: Verb,
  where: Where,
  args: Value[],
  span: Span,
  none: () => Value,
  show: (row: Symbolic) => Value,
): Value {
  const values = verb.does === 'update' ? valuesOf(model, placed(args, verb.values)) : undefined;
  const sees = verb.gives === 'before' || verb.gives === 'after' || verb.throws !== undefined;
  const result = table.change(verb.does as 'update' | 'delete', where, values, sees || table.isSingle(where.by));
  if (!result.found && sees) return none();
  if (verb.gives === 'before') return show(result.before);
  if (verb.gives === 'after') return show(result.after);
  const single = table.isSingle(where.by);
  const count = !result.found
    ? primitive(0)
    : single
      ? primitive(1)
      : symbolic({ kind: 'count', lookup: result.lookup.id });
  return verb.gives ? verb.gives(table.interpreter, count) : unknown(`${verb.does} result`, [], span);
}

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
export function conditionsOfRow(model: Model, row: Symbolic, interpreter: Interpreter): Map<string, Value> | undefined {
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
