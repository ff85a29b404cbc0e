import type { JsonSchema } from '../../model/index.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { ObjectValue, type Part, primitive, type Value } from '../interpreter/values.js';
import { chainOf } from '../libraries/chain.js';
import { jsonSchema, toJson } from '../libraries/json-schema.js';
import { builtSchema } from '../libraries/fluent-schema.js';
import type { Registered } from './instance.js';
import { schemaById } from './members.js';

/** What a route's schemas say, as its validator and its serializer take them. */
export interface RouteSchemas {
  /** In the order in which Fastify validates. */
  parts: { part: Part; schema: JsonSchema }[];
  /** By `200`, `2xx` or `default`. */
  responses: Map<string, JsonSchema>;
}

/** How the validator treats what does not fit at once. */
interface Leniency {
  coerces: boolean;
  removes: boolean;
  fillsDefaults: boolean;
}

const order: [string, Part][] = [
  ['params', 'path'],
  ['body', 'body'],
  ['querystring', 'query'],
  ['query', 'query'],
  ['headers', 'header'],
];
const known = new WeakMap<Registered, RouteSchemas>();

export function schemasOf(interpreter: Interpreter, route: Registered, version: number): RouteSchemas {
  let schemas = known.get(route);
  if (!schemas) known.set(route, (schemas = readSchemas(interpreter, route, version)));
  return schemas;
}

function readSchemas(interpreter: Interpreter, route: Registered, version: number): RouteSchemas {
  const schemas: RouteSchemas = { parts: [], responses: new Map() };
  const given = route.options.fields.get('schema');
  if (given?.type !== 'object') return schemas;
  const read = (value: Value): JsonSchema =>
    jsonSchema(interpreter, complete(content(value), version), (id) => schemaById(route.instance, id));
  for (const [name, part] of order) {
    const value = getMember(interpreter, given, name);
    if (value.type !== 'object' && value.type !== 'symbolic') continue;
    const lenient = leniency(route, value, part);
    schemas.parts.push({ part, schema: asTaken(part === 'header' ? lowerCased(read(value)) : read(value), lenient) });
  }
  const responses = getMember(interpreter, given, 'response');
  if (responses.type === 'object')
    for (const [status, value] of responses.fields) schemas.responses.set(status.toLowerCase(), read(value));
  return schemas;
}

/** `{ content: { 'application/json': { schema } } }` → the schema. */
function content(value: Value): Value {
  const types = value.type === 'object' ? value.fields.get('content') : undefined;
  if (types?.type !== 'object') return value;
  const json = types.fields.get('application/json') ?? [...types.fields.values()][0];
  return (json?.type === 'object' && json.fields.get('schema')) || value;
}

/** Up to Fastify 4 the properties alone would do. */
function complete(value: Value, version: number): Value {
  const schema = builtSchema(value);
  if (version >= 5 || schema.type !== 'object') return value;
  const says = ['type', 'properties', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const'].some(
    (name) => schema.fields.get(name)?.type === 'primitive' || (name !== 'type' && schema.fields.has(name)),
  );
  if (says || !schema.fields.size) return value;
  const whole = new ObjectValue(true);
  whole.fields.set('type', primitive('object'));
  whole.fields.set('properties', schema);
  return whole;
}

const lowerCased = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  ...(schema.properties
    ? {
        properties: Object.fromEntries(
          Object.entries(schema.properties).map(([name, field]) => [name.toLowerCase(), field]),
        ),
      }
    : {}),
  ...(schema.required ? { required: schema.required.map((name) => name.toLowerCase()) } : {}),
});

/** Fastify's own Ajv converts, fills in defaults and drops what is not asked for; other validators do as they say. */
function leniency(route: Registered, schema: Value, part: Part): Leniency {
  const strict = { coerces: false, removes: false, fillsDefaults: false };
  if (schema.type === 'symbolic' && /zod|joi/.test(chainOf(schema).module ?? '')) return strict;
  const compiler =
    route.options.fields.get('validatorCompiler') ?? route.instance.find((scope) => scope.validatorCompiler);
  if (compiler?.type === 'native' && compiler.name === 'TypeBoxValidatorCompiler')
    return { ...strict, coerces: part !== 'body' };
  const setting = (name: string, byDefault: boolean): boolean => {
    const value = toJson(route.instance.app.option('ajv', 'customOptions', name));
    return value === undefined ? byDefault : !!value;
  };
  return {
    coerces: setting('coerceTypes', true),
    removes: setting('removeAdditional', true),
    fillsDefaults: setting('useDefaults', true),
  };
}

/** The schema as it decides what is refused. */
function asTaken(schema: JsonSchema, lenient: Leniency): JsonSchema {
  const deeper = (inner: JsonSchema): JsonSchema => asTaken(inner, lenient);
  const made: JsonSchema = { ...schema };
  if (lenient.coerces && schema.type && ![schema.type].flat().includes('object')) made['x-coerce'] = true;
  if (schema.properties)
    made.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, deeper(field)]),
    );
  if (lenient.removes && schema.additionalProperties === false) delete made.additionalProperties;
  if (lenient.fillsDefaults && schema.required) {
    made.required = schema.required.filter((name) => schema.properties?.[name]?.default === undefined);
    if (!made.required.length) delete made.required;
  }
  if (schema.items) made.items = deeper(schema.items);
  for (const name of ['anyOf', 'oneOf', 'allOf'] as const) if (schema[name]) made[name] = schema[name].map(deeper);
  return made;
}

/** May a request break this at all? A part that travels as text and is asked for nothing is never refused. */
export function canRefuse(schema: JsonSchema, part: Part): boolean {
  if (part === 'body') return true;
  if (schema.anyOf || schema.oneOf || schema.allOf || schema.additionalProperties === false) return true;
  if (part !== 'path' && schema.required?.length) return true;
  return Object.values(schema.properties ?? {}).some(
    ({ type, description: _described, default: _default, 'x-coerce': _coerce, ...rest }) => {
      void [_described, _default, _coerce];
      return (type !== undefined && type !== 'string') || Object.keys(rest).length > 0;
    },
  );
}

/** The schema that an answer of this status is written by. */
export const responseSchema = (schemas: RouteSchemas, status: number): JsonSchema | undefined =>
  schemas.responses.get(String(status)) ??
  schemas.responses.get(`${String(status)[0] ?? ''}xx`) ??
  schemas.responses.get('default');
