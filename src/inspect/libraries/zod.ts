import type { Json, JsonSchema } from '../../model/index.js';
import { sourceRef, type Span } from '../core/language.js';
import { RegexHost } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  ObjectValue,
  primitive,
  PromiseValue,
  type Symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { chainOf, type ChainStep } from './chain.js';
import { isEnvironment, literal, numberArg, parsedEnvironment, validate, validationError } from './validation.js';
import { withRefinement } from './zod-refinement.js';

const parsers = new Set(['parse', 'safeParse', 'parseAsync', 'safeParseAsync', 'spa']);
const modules = new Set(['zod', 'zod/v4', 'zod/v3', 'zod/mini', '@hono/zod-openapi', '@asteasolutions/zod-to-openapi']);

/** zod 3 and 4. */
export const zod: Library = {
  name: 'zod',
  call(callee, call) {
    if (callee.origin.kind !== 'member' || !parsers.has(callee.origin.key)) return undefined;
    const chain = chainOf(callee.origin.of);
    if (!chain.module || !modules.has(chain.module)) return undefined;
    return parse(call.interpreter, callee.origin.of, callee.origin.key, call.args[0] ?? undefinedValue, call.span);
  },
  member(of, key, interpreter) {
    if (key !== 'shape' || of.origin.kind !== 'call' || !modules.has(chainOf(of).module ?? '')) return undefined;
    const shape = of.origin.args[0];
    void interpreter;
    return shape?.type === 'object' ? shape : undefined;
  },
};

function parse(interpreter: Interpreter, schemaValue: Symbolic, method: string, value: Value, span: Span): Value {
  const schema = zodSchema(interpreter, schemaValue);
  if (interpreter.loading)
    return isEnvironment(value)
      ? wrap(method, true, parsedEnvironment(interpreter, schema, span), interpreter)
      : wrap(method, true, value, interpreter);
  const holds = validate(interpreter, value, schema, span);
  if (!holds && !method.startsWith('safe') && method !== 'spa') {
    const error = validationError('ZodError');
    if (method === 'parseAsync')
      return new PromiseValue({ ok: false, error, guards: interpreter.path?.decisions.length ?? 0, span }, false);
    interpreter.throw(error, span);
  }
  return wrap(method, holds, holds ? transformed(interpreter, schemaValue, value, span) : value, interpreter);
}

/** What `transform` makes of the whole value. */
function transformed(interpreter: Interpreter, schema: Symbolic, value: Value, span: Span): Value {
  return chainOf(schema).steps.reduce((given, { name, args: [fn] = [] }) => {
    if (name !== 'transform' || fn?.type !== 'function') return given;
    const made = interpreter.call(fn, undefinedValue, [given], span);
    return made.type === 'promise' && made.state.ok ? made.state.value : made;
  }, value);
}

function wrap(method: string, holds: boolean, value: Value, interpreter: Interpreter): Value {
  const isAsync = method.endsWith('Async') || method === 'spa';
  let result = value;
  if (method.startsWith('safe') || method === 'spa') {
    const object = new ObjectValue(interpreter.loading);
    object.fields.set('success', primitive(holds));
    if (holds) object.fields.set('data', value);
    else object.fields.set('error', validationError('ZodError'));
    result = object;
  }
  return isAsync ? new PromiseValue({ ok: true, value: result }, interpreter.loading) : result;
}

/** A zod schema as JSON Schema; what can't be said is in `x-unread`. */
export function zodSchema(interpreter: Interpreter, value: Value | undefined): JsonSchema {
  if (value?.type === 'promise' && value.state.ok) return zodSchema(interpreter, value.state.value);
  if (value?.type !== 'symbolic') return {};
  if (value.origin.kind === 'op' && value.origin.op === 'cond') return zodSchema(interpreter, value.origin.args[1]);
  const { steps } = chainOf(value);
  const span = value.origin.kind === 'call' ? value.origin.span : undefined;
  let schema: JsonSchema = {};
  let coerce = false;
  let iso = false;
  for (const step of steps) {
    if (step.name === 'coerce') coerce = true;
    else if (step.name === 'iso') iso = true;
    else if (iso && step.args && formats[step.name] && !schema.type)
      schema = { type: 'string', format: formats[step.name] ?? 'date-time' };
    else if (step.args) schema = apply(interpreter, schema, step, coerce, span);
  }
  return schema;
}

/** Whether an object's field may be left out: kept beside the schema while it is built. */
const optional = new WeakSet<JsonSchema>();
const asOptional = (schema: JsonSchema): JsonSchema => {
  optional.add(schema);
  return schema;
};

function apply(
  interpreter: Interpreter,
  schema: JsonSchema,
  step: ChainStep,
  coerce: boolean,
  span: Span | undefined,
): JsonSchema {
  const args = step.args ?? [];
  const made = create(interpreter, step.name, args, coerce, schema);
  if (made) return made;
  const wasOptional = optional.has(schema);
  const next = refine(interpreter, schema, step.name, args, span);
  if (wasOptional && next !== schema && step.name !== 'default') optional.add(next);
  return next;
}

const formats: Record<string, string> = {
  email: 'email',
  uuid: 'uuid',
  uuidv4: 'uuid',
  guid: 'uuid',
  url: 'uri',
  datetime: 'date-time',
  date: 'date',
  time: 'time',
  ipv4: 'ipv4',
  ip: 'ipv4',
  cuid: 'cuid',
  cuid2: 'cuid2',
  ulid: 'ulid',
  nanoid: 'nanoid',
  base64: 'base64',
  jwt: 'jwt',
};

function create(
  interpreter: Interpreter,
  name: string,
  args: Value[],
  coerce: boolean,
  before: JsonSchema,
): JsonSchema | undefined {
  const first = args[0];
  const fresh = Object.keys(before).length === 0 && !optional.has(before);
  if (!fresh) return undefined;
  const coerced = coerce ? { 'x-coerce': true } : {};
  switch (name) {
    case 'string':
      return { type: 'string', ...coerced };
    case 'number':
      return { type: 'number', ...coerced };
    case 'int':
    case 'int32':
      return { type: 'integer', ...coerced };
    case 'bigint':
      return { type: 'integer', ...coerced };
    case 'boolean':
      return { type: 'boolean', ...coerced };
    case 'date':
      return { type: 'string', format: 'date-time', ...coerced };
    case 'null':
      return { type: 'null' };
    case 'object':
    case 'strictObject':
    case 'looseObject':
      return objectSchema(interpreter, first, name === 'strictObject');
    case 'array':
      return { type: 'array', items: zodSchema(interpreter, first) };
    case 'tuple':
      return {
        type: 'array',
        prefixItems: first?.type === 'array' ? first.items.map((item) => zodSchema(interpreter, item)) : [],
      };
    case 'enum':
      return { type: 'string', enum: enumValues(first) };
    case 'nativeEnum':
      return { enum: enumValues(first) };
    case 'literal': {
      const value = literal(first);
      return Array.isArray(value) ? { enum: value } : { const: value ?? null };
    }
    case 'union':
      return { anyOf: first?.type === 'array' ? first.items.map((item) => zodSchema(interpreter, item)) : [] };
    case 'discriminatedUnion':
      return { oneOf: args[1]?.type === 'array' ? args[1].items.map((item) => zodSchema(interpreter, item)) : [] };
    case 'intersection':
      return { allOf: [zodSchema(interpreter, first), zodSchema(interpreter, args[1])] };
    case 'record':
      return { type: 'object', additionalProperties: zodSchema(interpreter, args[1] ?? first) };
    case 'optional':
      return first ? asOptional({ ...zodSchema(interpreter, first) }) : undefined;
    case 'preprocess':
      return { ...zodSchema(interpreter, args[1]), 'x-coerce': true };
    case 'lazy':
      return first && first.type === 'function' ? {} : {};
    default:
      return formats[name] && !first ? { type: 'string', format: formats[name] } : undefined;
  }
}

function objectSchema(interpreter: Interpreter, shape: Value | undefined, strict: boolean): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  if (shape?.type === 'object') {
    for (const [name, field] of shape.fields) {
      const schema = zodSchema(interpreter, field);
      properties[name] = schema;
      if (!optional.has(schema) && schema.default === undefined) required.push(name);
    }
  }
  return {
    type: 'object',
    properties,
    ...(required.length ? { required } : {}),
    ...(strict ? { additionalProperties: false } : {}),
  };
}

const enumValues = (value: Value | undefined): Json[] => {
  if (value?.type === 'array') return (literal(value) as Json[] | undefined) ?? [];
  return value?.type === 'object'
    ? [...value.fields.values()].flatMap((field) => (field.type === 'primitive' ? [field.value as Json] : []))
    : [];
};

const bounds: Record<string, { string: keyof JsonSchema; array: keyof JsonSchema; number: keyof JsonSchema }> = {
  min: { string: 'minLength', array: 'minItems', number: 'minimum' },
  max: { string: 'maxLength', array: 'maxItems', number: 'maximum' },
  gte: { string: 'minLength', array: 'minItems', number: 'minimum' },
  lte: { string: 'maxLength', array: 'maxItems', number: 'maximum' },
  gt: { string: 'minLength', array: 'minItems', number: 'exclusiveMinimum' },
  lt: { string: 'maxLength', array: 'maxItems', number: 'exclusiveMaximum' },
};

function refine(
  interpreter: Interpreter,
  schema: JsonSchema,
  name: string,
  args: Value[],
  span: Span | undefined,
): JsonSchema {
  const first = args[0];
  const bound = bounds[name];
  const number = numberArg(first);
  const source = span ? { 'x-source': { ...schema['x-source'], [name]: sourceRef(span) } } : {};
  if (bound && number !== undefined) {
    const kind = schema.type === 'array' ? 'array' : schema.type === 'string' ? 'string' : 'number';
    return { ...schema, [bound[kind]]: number, ...source };
  }
  switch (name) {
    case 'int':
      return { ...schema, type: 'integer' };
    case 'positive':
      return { ...schema, exclusiveMinimum: 0 };
    case 'negative':
      return { ...schema, exclusiveMaximum: 0 };
    case 'nonnegative':
      return { ...schema, minimum: 0 };
    case 'nonpositive':
      return { ...schema, maximum: 0 };
    case 'multipleOf':
    case 'step':
      return number === undefined ? schema : { ...schema, multipleOf: number };
    case 'length':
      return number === undefined
        ? schema
        : schema.type === 'array'
          ? { ...schema, minItems: number, maxItems: number }
          : { ...schema, minLength: number, maxLength: number };
    case 'nonempty':
      return schema.type === 'array' ? { ...schema, minItems: 1 } : { ...schema, minLength: 1 };
    case 'regex':
      return first?.type === 'object' && first.host instanceof RegexHost
        ? { ...schema, pattern: first.host.pattern }
        : schema;
    case 'startsWith':
      return first?.type === 'primitive' ? { ...schema, pattern: `^${String(first.value)}` } : schema;
    case 'trim':
    case 'toLowerCase':
    case 'toUpperCase':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), name] };
    case 'optional':
      return asOptional({ ...schema });
    case 'nullable':
      return asNullable(schema);
    case 'nullish':
      return asOptional(asNullable(schema));
    case 'default':
    case 'catch':
    case 'prefault': {
      const value = literal(first);
      return value === undefined ? asOptional({ ...schema }) : { ...schema, default: value };
    }
    case 'array':
      return { type: 'array', items: schema };
    case 'transform':
    case 'pipe':
    case 'overwrite':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), 'function'] };
    case 'refine':
    case 'superRefine':
    case 'check':
      return withRefinement(interpreter, schema, first, span);
    default:
      return formats[name] ? { ...schema, format: formats[name] } : objectMethod(interpreter, schema, name, args);
  }
}

const asNullable = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  ...(schema.type ? { type: [...new Set([schema.type, 'null' as const].flat())] } : {}),
  ...(schema.enum ? { enum: [...schema.enum, null] } : {}),
});

function objectMethod(interpreter: Interpreter, schema: JsonSchema, name: string, args: Value[]): JsonSchema {
  const first = args[0];
  switch (name) {
    case 'strict':
      return { ...schema, additionalProperties: false };
    case 'passthrough':
    case 'loose':
      return { ...schema, additionalProperties: true };
    case 'strip': {
      const { additionalProperties: _dropped, ...rest } = schema;
      void _dropped;
      return rest;
    }
    case 'partial':
      return withoutRequired(schema, first?.type === 'object' ? [...first.fields.keys()] : undefined);
    case 'required':
      return { ...schema, required: Object.keys(schema.properties ?? {}) };
    case 'extend':
    case 'safeExtend':
    case 'augment':
      return combine(schema, objectSchema(interpreter, first, false));
    case 'merge':
      return combine(schema, zodSchema(interpreter, first));
    case 'and':
      return { allOf: [schema, zodSchema(interpreter, first)] };
    case 'or':
      return { anyOf: [schema, zodSchema(interpreter, first)] };
    case 'pick':
      return only(schema, (key) => first?.type === 'object' && first.fields.has(key));
    case 'omit':
      return only(schema, (key) => !(first?.type === 'object' && first.fields.has(key)));
    default:
      return schema;
  }
}

function withoutRequired(schema: JsonSchema, names: string[] | undefined): JsonSchema {
  const required = names ? (schema.required ?? []).filter((name) => !names.includes(name)) : [];
  const { required: _all, ...rest } = schema;
  void _all;
  return required.length ? { ...rest, required } : rest;
}

const combine = (left: JsonSchema, right: JsonSchema): JsonSchema => {
  const properties = { ...left.properties, ...right.properties };
  const required = [...(left.required ?? []).filter((name) => !right.properties?.[name]), ...(right.required ?? [])];
  return { ...left, properties, ...(required.length ? { required } : {}) };
};

function only(schema: JsonSchema, keep: (key: string) => boolean): JsonSchema {
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([key]) => keep(key)));
  const required = (schema.required ?? []).filter(keep);
  const { required: _all, ...rest } = schema;
  void _all;
  return { ...rest, properties, ...(required.length ? { required } : {}) };
}
