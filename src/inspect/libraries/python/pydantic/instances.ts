import type { JsonSchema } from '../../../../model/index.js';
import type { Span } from '../../../core/language.js';
import { classesOf } from '../../../interpreter/ancestors.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import { externalName } from '../../../interpreter/operators.js';
import {
  type ClassValue,
  type FunctionValue,
  type Keywords,
  nullValue,
  ObjectValue,
  type Part,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../../interpreter/values.js';
import { markerCall } from './constraints.js';
import { modelFields, type ModelField } from './models.js';
import type { TypeRef, TypeWorld } from './types.js';

const maxDepth = 6;

/** A model made of a request's part: every field is the place where it comes in. Its own validators run on it. */
export function inputInstance(
  world: TypeWorld,
  cls: ClassValue,
  part: Part,
  at: string[],
  span: Span,
  depth = 0,
): ObjectValue {
  const object = new ObjectValue(false);
  object.cls = cls;
  object.host = new InputHost(part, at);
  for (const field of modelFields(world, cls))
    object.fields.set(field.name, inputValue(world, field.type, part, [...at, field.alias], span, depth + 1));
  if (depth === 0) runValidators(world, object, cls, span);
  return object;
}

/** Marks a model that came in whole. */
export class InputHost {
  constructor(
    readonly part: Part,
    readonly at: string[],
  ) {}
}

export function inputValue(world: TypeWorld, type: TypeRef, part: Part, at: string[], span: Span, depth = 0): Value {
  if (type.cls && !type.isNullable && depth < maxDepth && type.schema.type === 'object')
    return inputInstance(world, type.cls, part, at, span, depth);
  return symbolic({ kind: 'input', part, at });
}

/** `Model(**values)`: named values, else the defaults that the fields have. */
export function newInstance(
  world: TypeWorld,
  cls: ClassValue,
  self: ObjectValue,
  args: Value[],
  keywords: Keywords,
  span: Span,
): ObjectValue {
  const fields = modelFields(world, cls);
  const more = keywords.get('**');
  fields.forEach((field, index) => {
    const given = keywords.get(field.name) ?? keywords.get(field.alias) ?? args[index];
    const spread = more?.type === 'symbolic' ? fromSpread(more, field) : undefined;
    const value =
      given ?? spread ?? field.fallback ?? (field.factory ? made(world.interpreter, field.factory, span) : undefined);
    if (value) self.fields.set(field.name, value);
    else if (!field.isRequired) self.fields.set(field.name, nullValue);
  });
  for (const [name, value] of keywords)
    if (name !== '**' && !fields.some((field) => field.name === name || field.alias === name))
      self.fields.set(name, value);
  if (more?.type === 'symbolic') self.open ??= more;
  const after = classesOf(cls)
    .map((one) => one.methods.get('__post_init__') ?? one.methods.get('__attrs_post_init__'))
    .find(Boolean);
  if (after) world.interpreter.call(after, self, [], span);
  return self;
}

const fromSpread = (more: Extract<Value, { type: 'symbolic' }>, field: ModelField): Value | undefined =>
  'at' in more.origin
    ? symbolic({ ...more.origin, at: [...more.origin.at, field.name] } as typeof more.origin)
    : undefined;

const made = (interpreter: Interpreter, factory: Value, span: Span): Value =>
  interpreter.call(factory, undefinedValue, [], span);

interface Validator {
  fn: FunctionValue;
  /** Fields; empty: the whole model. */
  fields: string[];
  isBefore: boolean;
}

/** Runs the validators that the class declares: what they raise refuses the input, like any condition of a handler. */
export function runValidators(world: TypeWorld, object: ObjectValue, cls: ClassValue, span: Span): void {
  const { interpreter } = world;
  for (const validator of validatorsOf(cls)) {
    if (validator.fields.length) {
      for (const name of validator.fields.includes('*') ? [...object.fields.keys()] : validator.fields) {
        const value = object.fields.get(name);
        if (!value) continue;
        const result = interpreter.call(validator.fn, cls, argumentsFor(validator.fn, value, object), span);
        if (!isNothing(result)) object.fields.set(name, result);
      }
      continue;
    }
    const isOnInstance =
      !validator.isBefore &&
      validator.fn.node.params[0]?.target.kind === 'name' &&
      validator.fn.node.params[0].target.name === 'self';
    if (isOnInstance) interpreter.call(validator.fn, object, [], span);
    else interpreter.call(validator.fn, cls, [valuesOf(object)], span);
  }
}

const isNothing = (value: Value): boolean =>
  value.type === 'primitive' && (value.value === undefined || value.value === null);

/** A field's validator gets the value, and where it asks for them the others: `values` of Pydantic 1, `info` of Pydantic 2. */
function argumentsFor(fn: FunctionValue, value: Value, object: ObjectValue): Value[] {
  const rest = fn.node.params.slice(fn.node.takesSelf ? 2 : 1);
  return [
    value,
    ...rest.map((param) => {
      const name = param.target.kind === 'name' ? param.target.name : '';
      if (name === 'values') return valuesOf(object);
      const info = new ObjectValue(false);
      info.fields.set('data', valuesOf(object));
      info.fields.set('field_name', primitive(name));
      return info;
    }),
  ];
}

function valuesOf(object: ObjectValue): ObjectValue {
  const values = new ObjectValue(false);
  for (const [name, value] of object.fields) values.fields.set(name, value);
  return values;
}

const fieldValidators = new Set(['field_validator', 'validator']);
const modelValidators = new Set(['model_validator', 'root_validator']);

function validatorsOf(cls: ClassValue): Validator[] {
  const found: Validator[] = [];
  for (const current of classesOf(cls).toReversed())
    for (const fn of [...current.methods.values(), ...current.fields.values()]) {
      if (fn.type !== 'function') continue;
      for (const decoration of fn.decorations ?? []) {
        const call = markerCall(decoration);
        const name = call?.name ?? externalName(decoration) ?? '';
        const isBefore = textOf(call?.keywords.get('mode')) === 'before' || call?.keywords.has('pre') === true;
        if (fieldValidators.has(name))
          found.push({ fn, fields: (call?.args ?? []).map((arg) => textOf(arg) ?? '').filter(Boolean), isBefore });
        else if (modelValidators.has(name)) found.push({ fn, fields: [], isBefore });
      }
    }
  return found;
}

/** A model's fields as a dict; with `only`, those of them. */
export function dumped(world: TypeWorld, object: ObjectValue, keywords: Keywords | undefined): Value {
  const flag = (name: string): boolean => {
    const value = keywords?.get(name);
    return value?.type === 'primitive' && value.value === true;
  };
  if ((flag('exclude_unset') || flag('exclude_none')) && object.host instanceof InputHost)
    return onlyGiven(object.host);
  const names = (name: string): string[] | undefined => {
    const value = keywords?.get(name);
    const items =
      value?.type === 'array'
        ? value.items
        : value?.type === 'object'
          ? [...value.fields.keys()].map((key) => primitive(key))
          : undefined;
    return items?.map((item) => textOf(item) ?? '');
  };
  const include = names('include');
  const exclude = names('exclude');
  const aliases =
    flag('by_alias') && object.cls
      ? new Map(modelFields(world, object.cls).map((field) => [field.name, field.alias]))
      : undefined;
  const dict = new ObjectValue(world.interpreter.loading);
  for (const [name, value] of object.fields) {
    if (include && !include.includes(name)) continue;
    if (exclude?.includes(name)) continue;
    dict.fields.set(
      aliases?.get(name) ?? name,
      value.type === 'object' && value.cls ? dumped(world, value, undefined) : value,
    );
  }
  dict.open = object.open;
  return dict;
}

/** Only the fields that the request has: which they are is up to it. */
function onlyGiven(host: InputHost): ObjectValue {
  const dict = new ObjectValue(false);
  dict.open = symbolic({ kind: 'input', part: host.part, at: host.at });
  return dict;
}

/** The instance as what a field's schema says goes out: fields by the names of the response. */
export function projected(
  world: TypeWorld,
  type: TypeRef,
  value: Value,
  get: (of: Value, name: string) => Value,
  depth = 0,
): Value {
  if (depth > maxDepth) return value;
  const schema: JsonSchema = type.schema;
  if (type.item && [schema.type].flat().includes('array')) {
    const item = type.item;
    if (value.type === 'symbolic' && value.origin.kind === 'rows') {
      const row = value.origin.each ?? symbolic({ kind: 'row', lookup: value.origin.lookup, at: [] });
      return symbolic({ ...value.origin, each: projected(world, item, row, get, depth + 1) });
    }
    if (value.type === 'array') {
      for (const [index, one] of value.items.entries())
        value.items[index] = projected(world, item, one, get, depth + 1);
      if (value.more) value.more = projected(world, item, value.more, get, depth + 1);
    }
    return value;
  }
  if (!type.cls || value.type === 'primitive') return value;
  if (value.type !== 'object' && !(value.type === 'symbolic' && hasFields(value))) return value;
  const out = new ObjectValue(false);
  for (const field of modelFields(world, type.cls)) {
    const own = get(value, field.name);
    const one = isAbsent(own) ? get(value, field.alias) : own;
    const known = isAbsent(one) ? (field.fallback ?? (field.isRequired ? one : nullValue)) : one;
    out.fields.set(outputName(field), projected(world, field.type, known, get, depth + 1));
  }
  return out;
}

const isAbsent = (value: Value): boolean => value.type === 'primitive' && value.value === undefined;

/** FastAPI sends aliases by default. */
const outputName = (field: ModelField): string =>
  textOf(field.marker?.keywords.get('serialization_alias')) ??
  textOf(field.marker?.keywords.get('alias')) ??
  field.alias;

const hasFields = (value: Extract<Value, { type: 'symbolic' }>): boolean =>
  ['row', 'written', 'input', 'upstream', 'principal'].includes(value.origin.kind);
