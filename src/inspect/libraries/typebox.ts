import type { Library } from '../interpreter/library.js';
import { getMember } from '../interpreter/access.js';
import { iterate } from '../interpreter/iterate.js';
import {
  ArrayValue,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';

type Build = (call: NativeCall) => Value;

const modules = new Set([
  '@sinclair/typebox',
  'typebox',
  '@fastify/type-provider-typebox',
  '@sinclair/typebox/type',
  'typebox/type',
]);

/** TypeBox: its functions build plain JSON Schema, so they are run, and what they give is a JSON Schema. */
export const typebox: Library = {
  name: 'typebox',
  provide: (module) => (modules.has(module) ? namespace() : undefined),
};

/** Fields of an object that may be left out. Kept beside the schema, as TypeBox does with a symbol. */
const optional = new WeakSet<ObjectValue>();

function objectOf(fields: Record<string, Value | undefined>, options?: Value): ObjectValue {
  const object = new ObjectValue(true);
  for (const [name, value] of Object.entries(fields)) if (value) object.fields.set(name, value);
  if (options?.type === 'object') for (const [name, value] of options.fields) object.fields.set(name, value);
  return object;
}

function copy(of: Value | undefined, options?: Value): ObjectValue {
  const made = objectOf({}, of);
  if (of?.type === 'object') {
    made.open = of.open;
    if (optional.has(of)) optional.add(made);
  }
  if (options?.type === 'object') for (const [name, value] of options.fields) made.fields.set(name, value);
  return made;
}

const list = (items: Value[]): ArrayValue => new ArrayValue(items, true);
const texts = (items: string[]): ArrayValue => list(items.map((item) => primitive(item)));
const itemsOf = (value: Value | undefined): Value[] => (value?.type === 'array' ? value.items : []);

/** `Type.String({ minLength: 1 })` and the like. */
const scalar =
  (type: string, more: Record<string, Value> = {}): Build =>
  ({ args: [options] }) =>
    objectOf({ type: primitive(type), ...more }, options);

const propertiesOf = (value: Value | undefined): Map<string, Value> => {
  const properties = value?.type === 'object' ? value.fields.get('properties') : undefined;
  return properties?.type === 'object' ? properties.fields : new Map<string, Value>();
};
const requiredOf = (value: Value | undefined): string[] =>
  value?.type === 'object' ? itemsOf(value.fields.get('required')).flatMap((item) => textOf(item) ?? []) : [];

function objectSchema(properties: Map<string, Value>, required: string[], options?: Value): ObjectValue {
  const fields = new ObjectValue(true);
  for (const [name, value] of properties) fields.fields.set(name, value);
  return objectOf(
    { type: primitive('object'), properties: fields, ...(required.length ? { required: texts(required) } : {}) },
    options,
  );
}

const object: Build = ({ args: [properties, options] }) => {
  if (properties?.type !== 'object') return objectOf({ type: primitive('object') }, options);
  const required = [...properties.fields].flatMap(([name, field]) =>
    field.type === 'object' && optional.has(field) ? [] : [name],
  );
  return objectSchema(properties.fields, required, options);
};

const union: Build = ({ args: [variants, options], interpreter, span }) =>
  objectOf({ anyOf: list(variants ? iterate(interpreter, variants, 'of', span) : []) }, options);

function enumeration({ args: [values, options] }: NativeCall): Value {
  const items =
    values?.type === 'array'
      ? values.items
      : values?.type === 'object'
        ? [...values.fields].filter(([name]) => !/^\d+$/.test(name)).map(([, value]) => value)
        : [];
  return objectOf({ enum: list(items) }, options);
}

/** Field names given as texts, a union of literals, or the fields of an object. */
function namesOf(value: Value | undefined): string[] {
  if (value?.type === 'primitive') return [String(value.value)];
  if (value?.type === 'array') return value.items.flatMap(namesOf);
  if (value?.type !== 'object') return [];
  const constant = value.fields.get('const');
  if (constant) return namesOf(constant);
  return itemsOf(value.fields.get('anyOf') ?? value.fields.get('enum')).flatMap(namesOf);
}

const selection =
  (keeps: (name: string, names: string[]) => boolean): Build =>
  ({ args: [of, keys, options] }) => {
    const names = namesOf(keys);
    const kept = new Map([...propertiesOf(of)].filter(([name]) => keeps(name, names)));
    return objectSchema(
      kept,
      requiredOf(of).filter((name) => kept.has(name)),
      options,
    );
  };

/** All fields of several objects in one. */
const composite: Build = ({ args: [parts, options] }) => {
  const items = itemsOf(parts);
  if (!items.length || !items.every((part) => propertiesOf(part).size))
    return objectOf({ allOf: list(items) }, options);
  const properties = new Map(items.flatMap((part) => [...propertiesOf(part)]));
  return objectSchema(properties, [...new Set(items.flatMap(requiredOf))], options);
};

const optionally: Build = ({ args: [of, enabled] }) => {
  const made = copy(of);
  if (enabled?.type === 'primitive' && enabled.value === false) optional.delete(made);
  else optional.add(made);
  return made;
};

const partial: Build = ({ args: [of, options] }) => objectSchema(propertiesOf(of), [], options);
const required: Build = ({ args: [of, options] }) =>
  objectSchema(propertiesOf(of), [...propertiesOf(of).keys()], options);

const record: Build = ({ args: [key, value, options] }) => {
  const names = namesOf(key);
  return names.length
    ? objectSchema(new Map(names.map((name) => [name, value ?? undefinedValue])), names, options)
    : objectOf({ type: primitive('object'), ...(value ? { additionalProperties: value } : {}) }, options);
};

const reference: Build = ({ args: [of, options] }) => {
  const id = of?.type === 'object' ? of.fields.get('$id') : of;
  return objectOf({ $ref: id ?? undefinedValue }, options);
};

const indexed: Build = ({ args: [of, key], interpreter }) => {
  const [name = ''] = namesOf(key);
  const items = of?.type === 'object' ? of.fields.get('items') : undefined;
  return propertiesOf(of).get(name) ?? items ?? (of ? getMember(interpreter, of, name) : undefinedValue);
};

const recursive: Build = ({ args: [fn, options], interpreter, span }) => {
  const self = objectOf({});
  return fn ? copy(interpreter.call(fn, undefinedValue, [self], span), options) : self;
};

const same: Build = ({ args: [of, options] }) => copy(of, options);
const anything: Build = ({ args: [options] }) => copy(options);

const builders: Record<string, Build> = {
  String: scalar('string'),
  Number: scalar('number'),
  Integer: scalar('integer'),
  BigInt: scalar('integer'),
  Boolean: scalar('boolean'),
  Null: scalar('null'),
  Undefined: scalar('null'),
  Void: scalar('null'),
  Date: scalar('string', { format: primitive('date-time') }),
  RegExp: ({ args: [source, options] }) => objectOf({ type: primitive('string'), pattern: source }, options),
  Any: anything,
  Unknown: anything,
  Never: ({ args: [options] }) => objectOf({ not: new ObjectValue(true) }, options),
  Object: object,
  Array: ({ args: [items, options] }) => objectOf({ type: primitive('array'), items }, options),
  Tuple: ({ args: [items, options] }) => objectOf({ type: primitive('array'), prefixItems: items }, options),
  Union: union,
  Literal: ({ args: [value, options] }) => objectOf({ const: value, type: literalType(value) }, options),
  Const: ({ args: [value, options] }) => objectOf({ const: value }, options),
  Enum: enumeration,
  Optional: optionally,
  Readonly: same,
  ReadonlyOptional: optionally,
  Intersect: composite,
  Composite: composite,
  Evaluate: same,
  Partial: partial,
  Required: required,
  Pick: selection((name, names) => names.includes(name)),
  Omit: selection((name, names) => !names.includes(name)),
  Record: record,
  Ref: reference,
  Unsafe: anything,
  Not: ({ args: [of, options] }) => objectOf({ not: of }, options),
  KeyOf: ({ args: [of, options] }) => objectOf({ enum: texts([...propertiesOf(of).keys()]) }, options),
  Index: indexed,
  Recursive: recursive,
  Clone: same,
  TemplateLiteral: scalar('string'),
};

const literalType = (value: Value | undefined): Value | undefined =>
  value?.type === 'primitive' && ['string', 'number', 'boolean'].includes(typeof value.value)
    ? primitive(typeof value.value)
    : undefined;

function namespace(): ObjectValue {
  const type = new ObjectValue(true);
  type.label = 'Type';
  for (const [name, build] of Object.entries(builders)) type.fields.set(name, new NativeValue(`Type.${name}`, build));
  type.fields.set('Type', type);
  type.fields.set('TypeBoxValidatorCompiler', new NativeValue('TypeBoxValidatorCompiler', () => undefinedValue));
  type.fields.set('FormatRegistry', registry());
  return type;
}

/** `FormatRegistry.Set(…)`: formats are known by name. */
function registry(): ObjectValue {
  const object = new ObjectValue(true);
  object.fields.set('Set', new NativeValue('FormatRegistry.Set', () => undefinedValue));
  return object;
}
