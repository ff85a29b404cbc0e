import type { Json, JsonSchema } from '../../model/index.js';
import { RegexHost } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { textOf, type Value } from '../interpreter/values.js';
import { chainOf } from './chain.js';
import { builtSchema } from './fluent-schema.js';
import { joiSchema } from './joi.js';
import { zodSchema } from './zod.js';

/** Finds a schema by the id under which the service has added it. */
export type SchemaById = (id: string) => Value | undefined;

const maxDepth = 12;

/**
 * A schema as the service's code has it → JSON Schema: an object that is one, whatever library built it, or a zod or Joi schema.
 * References are resolved, in the schema itself and by id; what recurs is open from its second level on.
 */
export function jsonSchema(interpreter: Interpreter, value: Value | undefined, byId: SchemaById): JsonSchema {
  return value ? new Reader(interpreter, byId).read(value, value, 0) : {};
}

const single = ['not', 'additionalProperties'] as const;
const lists = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const;
const plain = [
  'type',
  'enum',
  'const',
  'default',
  'description',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minLength',
  'maxLength',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
] as const;

class Reader {
  constructor(
    private readonly interpreter: Interpreter,
    private readonly byId: SchemaById,
  ) {}

  /** @param root the document that `#/…` refers to */
  read(given: Value, root: Value, depth: number): JsonSchema {
    if (given.type === 'symbolic') return this.foreign(given);
    const value = builtSchema(given);
    if (value.type !== 'object' || depth > maxDepth) return {};
    const reference = textOf(value.fields.get('$ref'));
    if (reference !== undefined) {
      const found = this.resolve(reference, root);
      return found ? this.read(found.value, found.root, depth + 1) : {};
    }
    const own = value.fields.has('$id') || value.fields.has('definitions') || value.fields.has('$defs') ? value : root;
    return this.object(value.fields, own, depth);
  }

  private foreign(value: Extract<Value, { type: 'symbolic' }>): JsonSchema {
    const { module } = chainOf(value);
    if (module && /^(@hapi\/)?joi$/.test(module)) return joiSchema(value);
    return zodSchema(this.interpreter, value);
  }

  private object(fields: Map<string, Value>, root: Value, depth: number): JsonSchema {
    const schema: Record<string, unknown> = {};
    for (const name of plain) {
      const json = toJson(fields.get(name));
      if (json !== undefined) schema[name] = json;
    }
    const pattern = fields.get('pattern');
    const source =
      pattern?.type === 'object' && pattern.host instanceof RegexHost ? pattern.host.pattern : textOf(pattern);
    if (source !== undefined) schema['pattern'] = source;
    this.children(schema, fields, root, depth);
    return this.normalized(schema, fields);
  }

  private children(schema: Record<string, unknown>, fields: Map<string, Value>, root: Value, depth: number): void {
    const properties = fields.get('properties');
    if (properties?.type === 'object')
      schema['properties'] = Object.fromEntries(
        [...properties.fields].map(([name, field]) => [name, this.read(field, root, depth + 1)]),
      );
    const required = toJson(fields.get('required'));
    if (Array.isArray(required) && required.length) schema['required'] = required;
    const items = fields.get('items');
    if (items?.type === 'array') schema['prefixItems'] = items.items.map((item) => this.read(item, root, depth + 1));
    else if (items) schema['items'] = this.read(items, root, depth + 1);
    for (const name of lists) {
      const list = fields.get(name);
      if (list?.type === 'array') schema[name] = list.items.map((item) => this.read(item, root, depth + 1));
    }
    for (const name of single) {
      const one = fields.get(name);
      if (one?.type === 'primitive') schema[name] = one.value;
      else if (one) schema[name] = this.read(one, root, depth + 1);
    }
  }

  /** `nullable`, and alternatives that are only constants, as one keyword says them. */
  private normalized(schema: JsonSchema & Record<string, unknown>, fields: Map<string, Value>): JsonSchema {
    const nullable = fields.get('nullable');
    if (nullable?.type === 'primitive' && nullable.value === true && schema.type)
      schema.type = [...new Set([schema.type, 'null' as const].flat())];
    const { anyOf, ...rest } = schema;
    const constants = anyOf?.every((one) => 'const' in one) ? anyOf.map((one) => one.const ?? null) : undefined;
    if (constants?.length) return { ...rest, ...typeOfAll(constants), enum: constants };
    if (anyOf?.length === 2) {
      const [real, none] = anyOf[0]?.type === 'null' ? [anyOf[1], anyOf[0]] : anyOf;
      if (real?.type && none?.type === 'null')
        return { ...rest, ...real, type: [...new Set([real.type, 'null' as const].flat())], ...nullableEnum(real) };
    }
    return schema;
  }

  /** `order#`, `order#/properties/id`, `#/definitions/id`, `https://shop.example/order.json#`. */
  private resolve(reference: string, root: Value): { value: Value; root: Value } | undefined {
    const [id = '', pointer = ''] = reference.split('#');
    const document = id ? this.byId(id) : root;
    if (!document) return undefined;
    let value: Value | undefined = builtSchema(document);
    for (const part of pointer.split('/').filter(Boolean)) {
      if (value?.type === 'object') value = value.fields.get(decodeURIComponent(part));
      else if (value?.type === 'array') value = value.items[Number(part)];
      if (value) value = builtSchema(value);
    }
    return value && { value, root: document };
  }
}

const nullableEnum = (schema: JsonSchema): JsonSchema => (schema.enum ? { enum: [...schema.enum, null] } : {});

function typeOfAll(values: Json[]): JsonSchema {
  const [type] = values.map((value) => typeof value);
  return (type === 'string' || type === 'number' || type === 'boolean') && values.every((one) => typeof one === type)
    ? { type }
    : {};
}

/** A plain value; undefined where some part of it is not known. */
export function toJson(value: Value | undefined): Json | undefined {
  if (!value) return undefined;
  if (value.type === 'primitive')
    return value.value === undefined ? undefined : typeof value.value === 'bigint' ? Number(value.value) : value.value;
  if (value.type === 'array') {
    const items = value.items.map(toJson);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (value.type === 'symbolic')
    return value.origin.kind === 'environment' && typeof value.origin.fallback !== 'bigint'
      ? value.origin.fallback
      : undefined;
  if (value.type !== 'object' || value.host) return undefined;
  const entries = [...value.fields].map(([name, field]) => [name, toJson(field)] as const);
  return entries.every(([, field]) => field !== undefined) ? (Object.fromEntries(entries) as Json) : undefined;
}
