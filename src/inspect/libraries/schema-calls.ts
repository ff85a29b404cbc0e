import type { Json, JsonSchema } from '../../model/index.js';
import { RegexHost } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Value } from '../interpreter/values.js';
import type { Span } from '../core/language.js';
import { literal, numberArg, validate, validationError } from './validation.js';

const formats: Record<string, string> = {
  email: 'email',
  url: 'uri',
  uuid: 'uuid',
  ip: 'ipv4',
  isodate: 'date',
  isodatetime: 'date-time',
  isotimestamp: 'date-time',
  datetime: 'date-time',
};

/** A schema, with whether the field may be missing from the object that holds it. */
export interface Field {
  schema: JsonSchema;
  optional: boolean;
}

/** `object({ port: string() })`: the fields of the argument, each read by `read`. */
export const objectOfFields = (of: Value | undefined, read: (field: Value) => Field, isStrict: boolean): JsonSchema =>
  objectSchema(
    of?.type === 'object' ? [...of.fields].map(([key, one]): [string, Field] => [key, read(one)]) : [],
    isStrict,
  );

/** An object of fields as JSON Schema. */
export function objectSchema(fields: [string, Field][], isStrict: boolean): JsonSchema {
  const required = fields.flatMap(([name, { optional, schema }]) =>
    optional || schema.default !== undefined ? [] : [name],
  );
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, { schema }]) => [name, schema])),
    ...(required.length ? { required } : {}),
    ...(isStrict ? { additionalProperties: false } : {}),
  };
}

/** `min(3)` on a text is a length, on a list a number of items, on a number a bound. */
export function bound(schema: JsonSchema, side: 'min' | 'max', arg: Value | undefined): JsonSchema {
  const number = numberArg(arg);
  if (number === undefined) return schema;
  const type = [schema.type].flat()[0];
  if (type === 'string') return { ...schema, [`${side}Length`]: number };
  if (type === 'array') return { ...schema, [`${side}Items`]: number };
  return { ...schema, [`${side}imum`]: number };
}

export const length = (schema: JsonSchema, arg: Value | undefined): JsonSchema =>
  bound(bound(schema, 'min', arg), 'max', arg);

export const pattern = (schema: JsonSchema, arg: Value | undefined): JsonSchema =>
  arg?.type === 'object' && arg.host instanceof RegexHost ? { ...schema, pattern: arg.host.pattern } : schema;

export function oneOf(schema: JsonSchema, args: Value[]): JsonSchema {
  const values = args
    .flatMap((arg) => (arg.type === 'array' ? arg.items : arg.type === 'object' ? [...arg.fields.values()] : [arg]))
    .map(literal);
  if (!values.length || values.some((value) => value === undefined)) return schema;
  const { minLength: _least, ...rest } = schema;
  void _least;
  return { ...rest, enum: values as Json[] };
}

export const nullable = (schema: JsonSchema): JsonSchema =>
  schema.type ? { ...schema, type: [...new Set([schema.type, 'null' as const].flat())] } : schema;

/** The format of a rule by its name, in whatever spelling: `isUUID`, `uuid`. */
export const formatOf = (name: string): string | undefined => formats[name.toLowerCase().replace(/^is(?!o)/, '')];

/** Puts a value through a schema; what does not hold is thrown. */
export function check(interpreter: Interpreter, value: Value, schema: JsonSchema, name: string, span: Span): Value {
  if (!interpreter.loading && !validate(interpreter, value, schema, span))
    interpreter.throw(validationError(name), span);
  return value;
}
