import type { JsonSchema } from '../../../../model/index.js';
import { sourceRef, type Span } from '../../../core/language.js';
import { ancestors, classesOf } from '../../../interpreter/ancestors.js';
import { evaluate } from '../../../interpreter/evaluate.js';
import { externalName } from '../../../interpreter/operators.js';
import { Scope } from '../../../interpreter/scope.js';
import {
  type ClassValue,
  isCallable,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../../../interpreter/values.js';
import { literal } from '../../validation.js';
import { constrain, isEllipsis, markerCall, type MarkerCall } from './constraints.js';
import { readType, type TypeRef, type TypeWorld } from './types.js';

/** One field of a model, a dataclass or a TypedDict. */
export interface ModelField {
  name: string;
  /** The name under which it comes in. */
  alias: string;
  /** The name under which it goes out, where aliases are used for that. */
  type: TypeRef;
  isRequired: boolean;
  /** Undefined: none, or made anew each time. */
  fallback?: Value;
  /** `default_factory` */
  factory?: Value;
  marker?: MarkerCall;
  span: Span;
}

export type ModelKind = 'pydantic' | 'sqlmodel' | 'dataclass' | 'typed-dict' | 'settings' | 'named-tuple';

const bases: Record<string, ModelKind> = {
  BaseModel: 'pydantic',
  GenericModel: 'pydantic',
  RootModel: 'pydantic',
  SQLModel: 'sqlmodel',
  BaseSettings: 'settings',
  TypedDict: 'typed-dict',
  NamedTuple: 'named-tuple',
  Document: 'pydantic',
  CamelModel: 'pydantic',
  Schema: 'pydantic',
};

const kinds = new WeakMap<ClassValue, ModelKind | 'none'>();

/** What kind of declared data a class is; undefined: an ordinary class. */
export function modelKind(cls: ClassValue): ModelKind | undefined {
  const known = kinds.get(cls);
  if (known) return known === 'none' ? undefined : known;
  const kind = findKind(cls);
  kinds.set(cls, kind ?? 'none');
  return kind;
}

function findKind(cls: ClassValue): ModelKind | undefined {
  for (const parent of ancestors(cls)) {
    if (parent.type === 'class') {
      if (parent.decorations.some(({ value }) => isDataclass(value))) return 'dataclass';
      continue;
    }
    const outside = parent.origin.kind === 'op' && parent.origin.op === 'at' ? parent.origin.args[0] : parent;
    const kind = bases[externalName(outside) ?? ''];
    if (kind) return kind;
  }
  return undefined;
}

const dataclassDecorators = new Set(['dataclass', 'define', 'attrs', 's', 'frozen', 'mutable']);

/** `dataclasses.dataclass`, Pydantic's own, and `attrs`. */
const isDataclass = (value: Value): boolean =>
  dataclassDecorators.has(externalName(value) ?? markerCall(value)?.name ?? '');

export const isModel = (cls: ClassValue): boolean => {
  const kind = modelKind(cls);
  return kind !== undefined && kind !== 'settings';
};

/** Options of `model_config`, `class Config` and the class statement. */
export function modelOption(world: TypeWorld, cls: ClassValue, name: string): Value | undefined {
  for (const current of classesOf(cls)) {
    const config = current.fields.get('model_config') ?? current.fields.get('Config');
    const call = markerCall(config);
    const value =
      call?.keywords.get(name) ??
      (config?.type === 'object' || config?.type === 'class' ? config.fields.get(name) : undefined) ??
      (config?.type === 'class' ? methodOf(config, name) : undefined);
    if (value) return value;
    const option = current.node?.options?.find((one) => one.name === name);
    if (option && current.scope) return evaluate(world.interpreter, option.value, current.scope);
  }
  return undefined;
}

const methodOf = (config: ClassValue, name: string): Value | undefined => config.methods.get(name);

const known = new WeakMap<ClassValue, ModelField[]>();

/** The fields of a model, those of its parents first. */
export function modelFields(world: TypeWorld, cls: ClassValue): ModelField[] {
  const cached = world.bound ? undefined : known.get(cls);
  if (cached) return cached;
  const fields = readFields(world, cls);
  if (!world.bound && !world.active.length) known.set(cls, fields);
  return fields;
}

function readFields(outer: TypeWorld, cls: ClassValue): ModelField[] {
  const world = { ...outer, active: [...outer.active, cls] };
  const fields = new Map<string, ModelField>();
  const generator = modelOption(world, cls, 'alias_generator');
  for (const current of classesOf(cls).toReversed())
    for (const declared of current.node?.annotations ?? []) {
      if (declared.name.startsWith('_') || declared.name === 'model_config') continue;
      const field = readField(world, current, declared);
      if (!field) continue;
      const overridden = fields.get(declared.name);
      if (overridden) fields.delete(declared.name);
      fields.set(
        declared.name,
        field.marker?.keywords.has('alias') || !generator
          ? field
          : { ...field, alias: generated(world, generator, field) },
      );
    }
  return [...fields.values()];
}

type Declared = NonNullable<NonNullable<ClassValue['node']>['annotations']>[number];

function readField(world: TypeWorld, cls: ClassValue, declared: Declared): ModelField | undefined {
  const scope = scopeOf(world, cls);
  const annotation = evaluate(world.interpreter, declared.annotation, scope);
  if (isClassVariable(annotation)) return undefined;
  const type = readType({ ...world, active: [...world.active, cls] }, annotation);
  const attribute = cls.fields.get(declared.name);
  const value = declared.value
    ? attribute && !isColumn(attribute)
      ? attribute
      : evaluate(world.interpreter, declared.value, scope)
    : undefined;
  const marker = fieldCall(value) ?? type.extras.map(fieldCall).find(Boolean);
  const given = fieldCall(value) ? defaultOf(marker) : value;
  const fallback = (isEllipsis(given) ? undefined : given) ?? (fieldCall(value) ? undefined : defaultOf(marker, true));
  const factory = marker?.keywords.get('default_factory') ?? marker?.keywords.get('factory');
  const source = sourceRef(declared.span);
  let schema = fieldCall(value) && marker ? constrain(type.schema, marker.keywords, marker.source) : type.schema;
  const json = fallback ? literal(fallback) : undefined;
  if (json !== undefined && json !== null) schema = { ...schema, default: json };
  schema = { ...schema, 'x-source': { required: source, ...schema['x-source'] } };
  const alias =
    textOf(marker?.keywords.get('validation_alias')) ?? textOf(marker?.keywords.get('alias')) ?? declared.name;
  return {
    name: declared.name,
    alias,
    type: { ...type, schema },
    isRequired: !fallback && !factory && !isOptionalByKind(cls, annotation),
    ...(fallback ? { fallback } : {}),
    ...(factory ? { factory } : {}),
    ...(marker ? { marker } : {}),
    span: declared.span,
  };
}

/** The attribute of a table's class stands for its column, not for how it was declared. */
const isColumn = (value: Value): boolean =>
  value.type === 'symbolic' && value.origin.kind === 'external' && value.origin.module === 'column';

/** `NotRequired[…]`, and everything in a `TypedDict(total=False)`. */
const isOptionalByKind = (cls: ClassValue, annotation: Value): boolean =>
  (annotation.type === 'symbolic' &&
    annotation.origin.kind === 'op' &&
    annotation.origin.op === 'at' &&
    externalName(annotation.origin.args[0]) === 'NotRequired') ||
  (cls.node?.options?.some(
    (option) => option.name === 'total' && option.value.kind === 'literal' && option.value.value === false,
  ) ??
    false);

function isClassVariable(annotation: Value): boolean {
  const of =
    annotation.type === 'symbolic' && annotation.origin.kind === 'op' && annotation.origin.op === 'at'
      ? annotation.origin.args[0]
      : annotation;
  return ['ClassVar', 'InitVar', 'PrivateAttr'].includes(externalName(of) ?? '');
}

function fieldCall(value: Value | undefined): MarkerCall | undefined {
  const call = markerCall(value);
  return call &&
    [
      'Field',
      'field',
      'ib',
      'attrib',
      'mapped_column',
      'Query',
      'Form',
      'Header',
      'Cookie',
      'Path',
      'Body',
      'Depends',
    ].includes(call.name)
    ? call
    : undefined;
}

const defaultOf = (marker: MarkerCall | undefined, onlyNamed = false): Value | undefined => {
  const value =
    marker?.keywords.get('default') ?? (onlyNamed || marker?.name === 'Depends' ? undefined : marker?.args[0]);
  return isEllipsis(value) ? undefined : value;
};

function generated(world: TypeWorld, generator: Value, field: ModelField): string {
  const name = externalName(generator);
  const camel = field.name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (name === 'to_camel') return camel;
  if (name === 'to_pascal') return camel.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  if (!isCallable(generator)) return field.name;
  const result = world.interpreter.call(generator, undefinedValue, [primitive(field.name)], field.span);
  return textOf(result) ?? field.name;
}

/** Where annotations of a class are looked up: among its own attributes, what stands for its type variables, then outwards. */
function scopeOf(world: TypeWorld, cls: ClassValue): Scope {
  const scope = new Scope(cls.scope, true, cls.scope?.file ?? '');
  for (const [name, value] of world.bound ?? []) scope.declare(name, value);
  return scope;
}

/** The JSON Schema of what comes in. */
export function modelSchema(world: TypeWorld, cls: ClassValue): JsonSchema {
  const fields = modelFields(world, cls);
  const root = fields.find((field) => field.name === 'root');
  if (root && isRootModel(cls)) return root.type.schema;
  const properties: Record<string, JsonSchema> = {};
  for (const field of fields) properties[field.alias] = field.type.schema;
  const required = fields.filter((field) => field.isRequired).map((field) => field.alias);
  const extra = textOf(modelOption(world, cls, 'extra')) ?? extraName(modelOption(world, cls, 'extra'));
  return {
    type: 'object',
    properties,
    ...(required.length ? { required } : {}),
    ...(extra === 'forbid' ? { additionalProperties: false } : {}),
    ...(cls.node ? { 'x-source': { schema: sourceRef(cls.node.span) } } : {}),
  };
}

/** Pydantic 1: `Extra.forbid`. */
const extraName = (value: Value | undefined): string | undefined => externalName(value);

const isRootModel = (cls: ClassValue): boolean =>
  ancestors(cls).some(
    (one) =>
      one.type === 'symbolic' &&
      externalName(one.origin.kind === 'op' && one.origin.op === 'at' ? one.origin.args[0] : one) === 'RootModel',
  );
