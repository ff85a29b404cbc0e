import type { Column, JsonSchema } from '../../../../model/index.js';
import type { Catalog, EntityEntry } from '../../../catalog.js';
import { sourceRef } from '../../../core/language.js';
import { ancestors, classesOf } from '../../../interpreter/ancestors.js';
import { evaluate } from '../../../interpreter/evaluate.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import { externalName } from '../../../interpreter/operators.js';
import { type ClassValue, isCallable, isNil, symbolic, textOf, type Value } from '../../../interpreter/values.js';
import { literal } from '../../validation.js';
import { isTrue, markerCall, type MarkerCall } from '../pydantic/constraints.js';
import { typeWorld } from '../pydantic/index.js';
import { readType } from '../pydantic/types.js';

/** A class whose instances are rows. */
export interface Mapped {
  cls: ClassValue;
  entity: EntityEntry;
  /** Of the class that knows all tables. */
  base: Value | undefined;
  flavour: 'sqlalchemy' | 'sqlmodel';
  columns: Map<string, MappedColumn>;
  /** Columns of the primary key. */
  keys: string[];
  /** Attributes that lead to other rows. */
  relations: Set<string>;
}

export interface MappedColumn {
  /** A constant that Python writes where the code gives none. */
  fallback?: Value;
  /** Called for each row. */
  factory?: Value;
}

const mapped = new WeakMap<ClassValue, Mapped>();
const bySymbol = new Map<string, Mapped>();

export const mappedOf = (value: Value | undefined): Mapped | undefined =>
  value?.type === 'class'
    ? classesOf(value)
        .map((cls) => mapped.get(cls))
        .find(Boolean)
    : undefined;

const columnModule = 'column';

/** The column that an expression is; undefined: it is none. */
export function columnOf(value: Value | undefined): { mapped: Mapped; name: string } | undefined {
  if (value?.type !== 'symbolic') return undefined;
  const { origin } = value;
  if (origin.kind !== 'external' || origin.module !== columnModule) return undefined;
  const [key = '', name] = origin.path;
  const found = bySymbol.get(key);
  return found && name !== undefined && origin.path.length === 2 ? { mapped: found, name } : undefined;
}

const columnCalls = new Set(['Column', 'mapped_column', 'Field']);
const relationCalls = new Set(['relationship', 'Relationship', 'association_proxy', 'backref', 'dynamic_loader']);

/** Reads a class that has been made, if it is a table. */
export function define(catalog: Catalog, interpreter: Interpreter, cls: ClassValue): void {
  const flavour = flavourOf(interpreter, cls);
  if (!flavour || isAbstract(cls)) return;
  const name = tableName(interpreter, cls, flavour);
  if (name === undefined) return;
  const entity = catalog.entity(name, '', cls.node ? sourceRef(cls.node.span) : undefined);
  entity.value = cls;
  const own: Mapped = {
    cls,
    entity,
    base: baseOf(cls, flavour),
    flavour,
    columns: new Map(),
    keys: [],
    relations: new Set(),
  };
  mapped.set(cls, own);
  bySymbol.set(String(cls.id), own);
  for (const current of classesOf(cls).toReversed()) readColumns(catalog, interpreter, own, current);
  keyOfSeveral(own);
  tableArguments(own, cls.fields.get('__table_args__'));
}

/** A key of several columns: no store makes its parts. */
function keyOfSeveral({ entity, keys }: Mapped): void {
  if (keys.length < 2) return;
  for (const name of keys) {
    const column = entity.columns[name];
    if (column?.default === undefined && column?.references) column.generated = false;
  }
  if (!entity.unique.some((columns) => columns.join() === keys.join())) entity.unique.push([...keys]);
}

function flavourOf(interpreter: Interpreter, cls: ClassValue): Mapped['flavour'] | undefined {
  const table = cls.node?.options?.find((option) => option.name === 'table');
  if (table && cls.scope && isTrue(evaluate(interpreter, table.value, cls.scope))) return 'sqlmodel';
  const parents = ancestors(cls);
  const isDeclarative = parents.some(
    (one) =>
      one.type === 'symbolic' &&
      (/^(DeclarativeBase|DeclarativeBaseNoMeta|MappedAsDataclass)$/.test(externalName(one) ?? '') ||
        /^(declarative_base|automap_base)$/.test(markerCall(one)?.name ?? '')),
  );
  if (isDeclarative) return 'sqlalchemy';
  // A class decorated by `as_declarative` has tables as children all the same.
  return cls.fields.has('__tablename__') &&
    [...cls.fields.values()].some((value) => columnCalls.has(markerCall(value)?.name ?? ''))
    ? 'sqlalchemy'
    : undefined;
}

const isAbstract = (cls: ClassValue): boolean => isTrue(cls.fields.get('__abstract__'));

function tableName(interpreter: Interpreter, cls: ClassValue, flavour: Mapped['flavour']): string | undefined {
  for (const current of classesOf(cls)) {
    const own = current.fields.get('__tablename__');
    const text = textOf(own);
    if (text !== undefined) return text;
    const made =
      own?.type === 'function' ? own : (current.methods.get('__tablename__') ?? current.getters.get('__tablename__'));
    if (made) return textOf(interpreter.call(made, cls, [], made.node.span)) ?? snake(cls.name);
  }
  if (flavour === 'sqlmodel') return cls.name.toLowerCase();
  return undefined;
}

const snake = (name: string): string => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

/** The class that the tables have in common: its `metadata` knows them. */
function baseOf(cls: ClassValue, flavour: Mapped['flavour']): Value | undefined {
  if (flavour === 'sqlmodel')
    return ancestors(cls).find((one) => one.type === 'symbolic' && externalName(one) === 'SQLModel');
  const chain = ancestors(cls);
  const outside = chain.find((one) => one.type === 'symbolic');
  if (outside && markerCall(outside)) return outside;
  return (
    chain.findLast(
      (one) => one.type === 'class' && one !== cls && ancestors(one).some((parent) => parent.type === 'symbolic'),
    ) ?? cls
  );
}

function readColumns(catalog: Catalog, interpreter: Interpreter, own: Mapped, cls: ClassValue): void {
  const declared = new Map((cls.node?.annotations ?? []).map((one) => [one.name, one]));
  const names = new Set([
    ...declared.keys(),
    ...[...cls.fields.keys()].filter(
      (name) =>
        columnCalls.has(markerCall(cls.fields.get(name))?.name ?? '') ||
        relationCalls.has(markerCall(cls.fields.get(name))?.name ?? ''),
    ),
  ]);
  for (const name of names) {
    if (name.startsWith('__') || name === 'model_config') continue;
    const value = cls.fields.get(name);
    const call = markerCall(value);
    const annotation = declared.get(name);
    const type = annotation && cls.scope ? evaluate(interpreter, annotation.annotation, cls.scope) : undefined;
    if (relationCalls.has(call?.name ?? '')) {
      own.relations.add(name);
      cls.fields.delete(name);
      continue;
    }
    if (isRelationType(type)) continue;
    if (own.columns.has(name)) continue;
    readColumn(catalog, interpreter, own, name, type, call, value);
    own.cls.fields.set(
      name,
      symbolic({ kind: 'external', module: columnModule, path: [String(own.cls.id), name] }, true),
    );
  }
}

const isRelationType = (type: Value | undefined): boolean =>
  type?.type === 'symbolic' &&
  type.origin.kind === 'op' &&
  type.origin.op === 'at' &&
  ['WriteOnlyMapped', 'DynamicMapped', 'ClassVar'].includes(externalName(type.origin.args[0]) ?? '');

const sqlTypes: Record<string, JsonSchema> = {
  Integer: { type: 'integer' },
  BigInteger: { type: 'integer' },
  SmallInteger: { type: 'integer' },
  String: { type: 'string' },
  Text: { type: 'string' },
  Unicode: { type: 'string' },
  UnicodeText: { type: 'string' },
  VARCHAR: { type: 'string' },
  Boolean: { type: 'boolean' },
  Float: { type: 'number' },
  Numeric: { type: 'number' },
  DECIMAL: { type: 'number' },
  DateTime: { type: 'string', format: 'date-time' },
  TIMESTAMP: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  Time: { type: 'string', format: 'time' },
  UUID: { type: 'string', format: 'uuid' },
  Uuid: { type: 'string', format: 'uuid' },
  GUID: { type: 'string', format: 'uuid' },
};

function readColumn(
  catalog: Catalog,
  interpreter: Interpreter,
  own: Mapped,
  name: string,
  type: Value | undefined,
  call: MarkerCall | undefined,
  value: Value | undefined,
): void {
  const { entity } = own;
  const column: Column = catalog.column(entity, name);
  const read = type && readType(typeWorld(interpreter), type);
  const inner = call?.keywords.get('sa_column');
  const marker = markerCall(inner) ?? call;
  column.schema = read && Object.keys(read.schema).length ? read.schema : sqlType(marker);
  const isKey = isTrue(marker?.keywords.get('primary_key')) || isTrue(call?.keywords.get('primary_key'));
  const nullable = marker?.keywords.get('nullable') ?? call?.keywords.get('nullable');
  column.nullable =
    nullable?.type === 'primitive' ? nullable.value === true : !isKey && (read ? read.isNullable : true);
  if (isKey) {
    entity.key = name;
    own.keys.push(name);
    column.nullable = false;
    const types = [column.schema.type].flat().filter((one) => one !== 'null' && one !== undefined);
    if (types.length === 1 && types[0]) column.schema = { ...column.schema, type: types[0] };
    if (types.includes('integer')) column.generated = true;
  }
  if (isTrue(marker?.keywords.get('unique')) || isTrue(call?.keywords.get('unique'))) entity.unique.push([name]);
  const dbName = textOf(marker?.args[0]) ?? textOf(marker?.keywords.get('name'));
  if (dbName !== undefined && dbName !== name) column.dbName = dbName;
  own.columns.set(name, defaultsOf(column, call, marker, value));
  references(column, marker, call);
}

function sqlType(marker: MarkerCall | undefined): JsonSchema {
  for (const arg of marker?.args ?? []) {
    const name = markerCall(arg)?.name ?? externalName(arg);
    const schema = name === undefined ? undefined : sqlTypes[name];
    if (schema) return { ...schema };
    const values = name === 'Enum' ? (markerCall(arg)?.args ?? []).map((one) => literal(one)) : [];
    const texts = values.filter((one) => typeof one === 'string');
    if (name === 'Enum') return { type: 'string', ...(texts.length ? { enum: texts } : {}) };
  }
  return {};
}

function defaultsOf(
  column: Column,
  call: MarkerCall | undefined,
  marker: MarkerCall | undefined,
  value: Value | undefined,
): MappedColumn {
  if (marker?.keywords.has('server_default') || isTrue(marker?.keywords.get('autoincrement'))) column.generated = true;
  const factory = call?.keywords.get('default_factory');
  if (factory) {
    column.generated = true;
    return { factory };
  }
  const given =
    call?.name === 'Field'
      ? (call.keywords.get('default') ?? call.args[0])
      : (marker?.keywords.get('default') ?? (call ? undefined : value));
  if (!given || isNil(given)) return {};
  if (isCallable(given) || given.type === 'symbolic') {
    column.generated = true;
    return isCallable(given) || given.type === 'symbolic' ? { factory: given } : {};
  }
  const json = literal(given);
  if (json !== undefined) column.default = json;
  return { fallback: given };
}

/** `ForeignKey("users.id")`, `foreign_key="users.id"` */
function references(column: Column, marker: MarkerCall | undefined, call: MarkerCall | undefined): void {
  const texts = [
    textOf(call?.keywords.get('foreign_key')),
    ...(marker?.args ?? []).map((arg) => {
      const key = markerCall(arg);
      return key?.name === 'ForeignKey' ? (textOf(key.args[0]) ?? columnText(key.args[0])) : undefined;
    }),
  ];
  const [table, name] =
    texts
      .find((text) => text !== undefined)
      ?.split('.')
      .slice(-2) ?? [];
  if (table && name) column.references = { entity: table, column: name };
}

const columnText = (value: Value | undefined): string | undefined => {
  const column = columnOf(value);
  return column && `${column.mapped.entity.name}.${column.name}`;
};

/** `__table_args__ = (UniqueConstraint("a", "b"),)` */
function tableArguments(own: Mapped, value: Value | undefined): void {
  for (const item of value?.type === 'array' ? value.items : []) {
    const call = markerCall(item);
    const isUnique =
      call?.name === 'UniqueConstraint' || (call?.name === 'Index' && isTrue(call.keywords.get('unique')));
    if (!call || !isUnique) continue;
    const columns = call.args
      .flatMap((arg) => textOf(arg) ?? columnOf(arg)?.name ?? [])
      .filter((name) => own.columns.has(name));
    if (columns.length) own.entity.unique.push(columns);
  }
}

/** The mapped class of a stored row's entity. */
export const mappedEntity = (catalog: Catalog, name: string): Mapped | undefined =>
  mappedOf(catalog.entities.get(name)?.value);
