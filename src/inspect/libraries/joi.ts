import type { Json, JsonSchema } from '../../model/index.js';
import { sourceRef, type Span, spanText } from '../core/language.js';
import { RegexHost } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { ObjectValue, PromiseValue, undefinedValue, type Value } from '../interpreter/values.js';
import { chainOf, type ChainStep } from './chain.js';
import { isEnvironment, literal, numberArg, parsedEnvironment, validate, validationError } from './validation.js';

const modules = new Set(['joi', '@hapi/joi', '@joi/date', 'celebrate']);
const validators = new Set(['validate', 'validateAsync', 'attempt', 'assert']);

/** Joi 13 to 18. */
export const joi: Library = {
  name: 'joi',
  call(callee, call) {
    if (
      callee.origin.kind === 'external' &&
      modules.has(callee.origin.module) &&
      ['attempt', 'assert', 'validate'].includes(callee.origin.path.at(-1) ?? '')
    )
      return check(
        call.interpreter,
        call.args[1],
        callee.origin.path.at(-1) ?? '',
        call.args[0] ?? undefinedValue,
        call.args[2],
        call.span,
      );
    if (callee.origin.kind !== 'member' || !validators.has(callee.origin.key)) return undefined;
    return modules.has(chainOf(callee.origin.of).module ?? '')
      ? check(
          call.interpreter,
          callee.origin.of,
          callee.origin.key,
          call.args[0] ?? undefinedValue,
          call.args[1],
          call.span,
        )
      : undefined;
  },
};

function check(
  interpreter: Interpreter,
  schemaValue: Value | undefined,
  method: string,
  value: Value,
  options: Value | undefined,
  span: Span,
): Value {
  const schema = checkedSchema(schemaValue, options);
  if (interpreter.loading)
    return outcome(method, true, isEnvironment(value) ? parsedEnvironment(interpreter, schema, span) : value, true);
  const holds = validate(interpreter, value, schema, span);
  if (!holds && (method === 'attempt' || method === 'assert'))
    interpreter.throw(validationError('ValidationError'), span);
  if (method === 'validateAsync')
    return new PromiseValue(
      holds
        ? { ok: true, value }
        : {
            ok: false,
            error: validationError('ValidationError'),
            guards: interpreter.path?.decisions.length ?? 0,
            span,
          },
      false,
    );
  return outcome(method, holds, value, false);
}

/** A schema with the options of the call that checks it. */
export const checkedSchema = (schema: Value | undefined, options: Value | undefined): JsonSchema =>
  withOptions(joiSchema(schema), flagsOf(schema, options));

function outcome(method: string, holds: boolean, value: Value, atLoad: boolean): Value {
  if (method === 'attempt' || method === 'assert') return value;
  const result = new ObjectValue(atLoad);
  result.fields.set('value', value);
  result.fields.set('error', holds ? undefinedValue : validationError('ValidationError'));
  return result;
}

interface Flags {
  convert: boolean;
  allowUnknown: boolean;
}

/** Options of the call, and of `.options()`, `.prefs()` and `.unknown()` in the chain. */
function flagsOf(schema: Value | undefined, options: Value | undefined): Flags {
  const flags: Flags = { convert: true, allowUnknown: false };
  const read = (value: Value | undefined): void => {
    if (value?.type !== 'object') return;
    if (literal(value.fields.get('convert')) === false) flags.convert = false;
    if (
      literal(value.fields.get('allowUnknown')) === true ||
      (value.fields.has('stripUnknown') && literal(value.fields.get('stripUnknown')) !== false)
    )
      flags.allowUnknown = true;
  };
  if (schema?.type === 'symbolic')
    for (const step of chainOf(schema).steps)
      if (['options', 'prefs', 'preferences'].includes(step.name)) read(step.args?.[0]);
  read(options);
  return flags;
}

/** Conversion and unknown keys are decided by the call, for the whole tree. */
function withOptions(schema: JsonSchema, flags: Flags): JsonSchema {
  const next: JsonSchema = { ...schema };
  if (
    flags.convert &&
    (next.type === 'number' || next.type === 'integer' || next.type === 'boolean' || next.format === 'date-time')
  )
    next['x-coerce'] = true;
  if (flags.allowUnknown && next.additionalProperties === false) delete next.additionalProperties;
  if (next.properties)
    next.properties = Object.fromEntries(
      Object.entries(next.properties).map(([name, field]) => [name, withOptions(field, flags)]),
    );
  if (next.items) next.items = withOptions(next.items, flags);
  return next;
}

const required = new WeakSet<JsonSchema>();

/** A Joi schema as JSON Schema. */
export function joiSchema(value: Value | undefined): JsonSchema {
  if (value?.type === 'object') return objectOf(value);
  if (value?.type !== 'symbolic') return value?.type === 'primitive' ? { const: (value.value ?? null) as Json } : {};
  const { steps } = chainOf(value);
  const span = value.origin.kind === 'call' ? value.origin.span : undefined;
  return steps.reduce<JsonSchema>((schema, step) => {
    if (!step.args) return schema;
    const next = apply(schema, step, span);
    if (required.has(schema) && step.name !== 'optional') required.add(next);
    return next;
  }, {});
}

const types: Record<string, JsonSchema> = {
  string: { type: 'string', minLength: 1 },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  bool: { type: 'boolean' },
  date: { type: 'string', format: 'date-time' },
};

function apply(schema: JsonSchema, step: ChainStep, span: Span | undefined): JsonSchema {
  const args = step.args ?? [];
  const [first] = args;
  const fresh = Object.keys(schema).length === 0;
  if (fresh && types[step.name]) return { ...types[step.name] };
  if (fresh && step.name === 'object')
    return first?.type === 'object' ? objectOf(first) : { type: 'object', additionalProperties: false };
  if (fresh && step.name === 'compile') return joiSchema(first);
  if (fresh && step.name === 'array') return { type: 'array' };
  if (fresh && step.name === 'any') return {};
  if (fresh && (step.name === 'compile' || step.name === 'build')) return joiSchema(first);
  if (fresh && step.name === 'alternatives')
    return { anyOf: args.flatMap((arg) => (arg.type === 'array' ? arg.items : [arg])).map(joiSchema) };
  const source = span ? { 'x-source': { ...schema['x-source'], [step.name]: sourceRef(span) } } : {};
  const next = { ...rule(schema, step.name, args, span), ...source };
  if (step.name === 'required' || step.name === 'exist') required.add(next);
  return next;
}

function objectOf(shape: ObjectValue): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const names: string[] = [];
  for (const [name, field] of shape.fields) {
    const schema = joiSchema(field);
    properties[name] = schema;
    if (required.has(schema)) names.push(name);
  }
  return { type: 'object', properties, ...(names.length ? { required: names } : {}), additionalProperties: false };
}

const formats: Record<string, string> = {
  email: 'email',
  uuid: 'uuid',
  guid: 'uuid',
  uri: 'uri',
  isoDate: 'date-time',
  iso: 'date-time',
  ip: 'ipv4',
  hostname: 'hostname',
};

function rule(schema: JsonSchema, name: string, args: Value[], span: Span | undefined): JsonSchema {
  const [first] = args;
  const number = numberArg(first);
  const kind = schema.type === 'array' ? 'Items' : schema.type === 'string' ? 'Length' : undefined;
  switch (name) {
    case 'min':
      return number === undefined
        ? schema
        : kind
          ? { ...schema, [`min${kind}`]: number }
          : { ...schema, minimum: number };
    case 'max':
      return number === undefined
        ? schema
        : kind
          ? { ...schema, [`max${kind}`]: number }
          : { ...schema, maximum: number };
    case 'length':
      return number === undefined || !kind ? schema : { ...schema, [`min${kind}`]: number, [`max${kind}`]: number };
    case 'greater':
      return number === undefined ? schema : { ...schema, exclusiveMinimum: number };
    case 'less':
      return number === undefined ? schema : { ...schema, exclusiveMaximum: number };
    case 'positive':
      return { ...schema, exclusiveMinimum: 0 };
    case 'negative':
      return { ...schema, exclusiveMaximum: 0 };
    case 'integer':
      return { ...schema, type: 'integer' };
    case 'multiple':
      return number === undefined ? schema : { ...schema, multipleOf: number };
    case 'port':
      return { ...schema, type: 'integer', minimum: 0, maximum: 65_535 };
    case 'pattern':
    case 'regex':
      return first?.type === 'object' && first.host instanceof RegexHost
        ? { ...schema, pattern: first.host.pattern }
        : schema;
    case 'alphanum':
      return { ...schema, pattern: '^[a-zA-Z0-9]+$' };
    case 'hex':
      return { ...schema, pattern: '^[a-fA-F0-9]+$' };
    case 'valid':
    case 'equal':
    case 'only': {
      const values = args
        .flatMap((arg) => (arg.type === 'array' ? arg.items : [arg]))
        .flatMap((arg) => literal(arg) ?? []);
      const { minLength: _least, ...rest } = schema;
      void _least;
      return { ...rest, enum: values };
    }
    case 'allow':
      return allow(schema, args);
    case 'default': {
      const value = literal(first);
      return value === undefined ? schema : { ...schema, default: value };
    }
    case 'items':
      return first ? { ...schema, items: joiSchema(first) } : schema;
    case 'keys':
    case 'append':
      return first?.type === 'object' ? extended(schema, objectOf(first)) : schema;
    case 'unknown':
      return literal(first) === false ? schema : { ...schema, additionalProperties: true };
    case 'trim':
    case 'lowercase':
    case 'uppercase':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), name] };
    case 'custom':
    case 'external':
    case 'when':
    case 'and':
    case 'or':
    case 'xor':
    case 'nand':
    case 'with':
    case 'without':
      return unread(schema, name, span);
    default:
      return formats[name] ? { ...schema, format: formats[name] } : schema;
  }
}

function allow(schema: JsonSchema, args: Value[]): JsonSchema {
  const values = args.flatMap((arg) => (arg.type === 'array' ? arg.items : [arg])).map(literal);
  let next = schema;
  if (values.includes('')) {
    const { minLength: _least, ...rest } = next;
    void _least;
    next = rest;
  }
  return values.includes(null) && next.type
    ? { ...next, type: [...new Set([next.type, 'null' as const].flat())] }
    : next;
}

const extended = (left: JsonSchema, right: JsonSchema): JsonSchema => {
  const names = [...(left.required ?? []).filter((name) => !right.properties?.[name]), ...(right.required ?? [])];
  return {
    ...left,
    properties: { ...left.properties, ...right.properties },
    ...(names.length ? { required: names } : {}),
  };
};

const unread = (schema: JsonSchema, name: string, span: Span | undefined): JsonSchema =>
  span
    ? {
        ...schema,
        'x-unread': [
          ...(schema['x-unread'] ?? []),
          { text: `${name}: ${spanText(span).replace(/\s+/g, ' ').slice(-120)}`, source: sourceRef(span) },
        ],
      }
    : schema;
