import type { Json, JsonSchema } from '../../model/index.js';
import { sourceRef, type Span, spanText } from '../core/language.js';
import { RegexHost } from '../interpreter/evaluate.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { iterate } from '../interpreter/iterate.js';
import {
  ArrayValue,
  NativeValue,
  ObjectValue,
  type Part,
  primitive,
  PromiseValue,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';
import { chainOf, type ChainStep, externalCall } from './chain.js';
import { literal, validationError } from './validation.js';

const parts: Record<string, Part> = {
  body: 'body',
  check: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
  cookie: 'cookie',
};

/** What the chains that ran on this request ask of its parts. */
type Asked = Partial<Record<Part, { schema: JsonSchema; span: Span }>>;
const note = 'express-validator';

/** express-validator 6 and 7: chains as middleware, `run(req)`, `validationResult(req)`. */
export const expressValidator: Library = {
  name: 'express-validator',
  call(callee, call) {
    const { interpreter, args, span } = call;
    const external = externalCall(callee);
    if (external?.module === 'express-validator') {
      if (external.name === 'validationResult') return interpreter.path ? resultOf(interpreter, span) : undefined;
      if (external.name === 'matchedData') return interpreter.path ? input('body') : undefined;
      return undefined;
    }
    if (!interpreter.path) return undefined;
    const chain = callee.origin.kind === 'member' && callee.origin.key === 'run' ? callee.origin.of : callee;
    if (!isChain(chain)) return undefined;
    ask(interpreter, chain, span);
    if (chain !== callee) return new PromiseValue({ ok: true, value: resultOf(interpreter, span) }, false);
    const next = args[2];
    return next ? interpreter.call(next, undefinedValue, [], span) : undefinedValue;
  },
};

function isChain(value: Symbolic): boolean {
  if (value.origin.kind !== 'call') return false;
  const { module, steps } = chainOf(value);
  return module === 'express-validator' && steps.some((step) => step.args && parts[step.name] !== undefined);
}

function ask(interpreter: Interpreter, chain: Symbolic, span: Span): void {
  const { steps } = chainOf(chain);
  const head = steps.find((step) => step.args && parts[step.name] !== undefined);
  const part = parts[head?.name ?? ''];
  const [names] = head?.args ?? [];
  if (!part || !names || !interpreter.path) return;
  const asked = (interpreter.path.notes.get(note) as Asked | undefined) ?? {};
  interpreter.path.notes.set(note, asked);
  const entry = (asked[part] ??= { schema: { type: 'object', properties: {} }, span });
  const place = chain.origin.kind === 'call' ? chain.origin.span : span;
  for (const name of names.type === 'array'
    ? names.items
    : iterate(interpreter, new ArrayValue([names], false), 'of', span)) {
    const text = textOf(name);
    if (text !== undefined) addField(entry.schema, text.split('.'), fieldSchema(steps, place));
  }
}

interface Field {
  schema: JsonSchema;
  optional: boolean;
}

/** `items.*.quantity` stands in each item. */
function addField(schema: JsonSchema, at: string[], field: Field): void {
  const [name = '', ...rest] = at;
  if (name === '*') {
    schema.type = 'array';
    schema.items ??= {};
    if (rest.length) addField(schema.items, rest, field);
    else schema.items = field.schema;
    return;
  }
  schema.type ??= 'object';
  schema.properties ??= {};
  if (rest.length) return addField((schema.properties[name] ??= {}), rest, field);
  schema.properties[name] = { ...schema.properties[name], ...field.schema };
  if (!field.optional && !schema.required?.includes(name)) (schema.required ??= []).push(name);
}

function fieldSchema(steps: readonly ChainStep[], span: Span): Field {
  let schema: JsonSchema = { type: 'string', 'x-coerce': true };
  let optional = false;
  let negated = false;
  for (const step of steps) {
    if (!step.args) continue;
    if (step.name === 'not') negated = true;
    else if (step.name === 'optional') optional = true;
    else if (negated) {
      schema = step.name === 'isEmpty' ? { ...schema, minLength: 1 } : unread(schema, `not ${step.name}`, span);
      negated = false;
    } else schema = { ...rule(schema, step, span), ...sourced(schema, step.name, span) };
  }
  return { schema, optional };
}

const sourced = (schema: JsonSchema, name: string, span: Span): JsonSchema =>
  /^(is|matches|notEmpty|exists)/.test(name) ? { 'x-source': { ...schema['x-source'], [name]: sourceRef(span) } } : {};

const unread = (schema: JsonSchema, name: string, span: Span): JsonSchema => ({
  ...schema,
  'x-unread': [
    ...(schema['x-unread'] ?? []),
    { text: `${name}: ${spanText(span).replace(/\s+/g, ' ').slice(0, 120)}`, source: sourceRef(span) },
  ],
});

const formats: Record<string, string> = {
  isEmail: 'email',
  isUUID: 'uuid',
  isURL: 'uri',
  isISO8601: 'date-time',
  isRFC3339: 'date-time',
  isDate: 'date',
  isIP: 'ipv4',
  isMongoId: 'objectid',
};

function rule(schema: JsonSchema, step: ChainStep, span: Span): JsonSchema {
  const [first] = step.args ?? [];
  const option = (name: string): number | undefined => {
    const value = first?.type === 'object' ? literal(first.fields.get(name)) : undefined;
    return typeof value === 'number' ? value : undefined;
  };
  const bounds = (
    least: 'minLength' | 'minimum' | 'minItems',
    most: 'maxLength' | 'maximum' | 'maxItems',
  ): JsonSchema => ({
    ...(option('min') === undefined ? {} : { [least]: option('min') }),
    ...(option('max') === undefined ? {} : { [most]: option('max') }),
  });
  switch (step.name) {
    case 'isInt':
      return { ...schema, type: 'integer', 'x-coerce': true, ...bounds('minimum', 'maximum') };
    case 'isFloat':
    case 'isNumeric':
    case 'isDecimal':
      return { ...schema, type: 'number', 'x-coerce': true, ...bounds('minimum', 'maximum') };
    case 'isBoolean':
      return { ...schema, type: 'boolean', 'x-coerce': true };
    case 'isArray':
      return { type: 'array', ...bounds('minItems', 'maxItems') };
    case 'isObject':
      return { ...schema, type: 'object' };
    case 'isString': {
      const { 'x-coerce': _any, ...rest } = schema;
      void _any;
      return { ...rest, type: 'string' };
    }
    case 'isLength':
      return { ...schema, ...bounds('minLength', 'maxLength') };
    case 'notEmpty':
      return { ...schema, minLength: Math.max(schema.minLength ?? 0, 1) };
    case 'isIn': {
      const values = literal(first);
      return Array.isArray(values) ? { ...schema, enum: values as Json[] } : schema;
    }
    case 'matches':
      return first?.type === 'object' && first.host instanceof RegexHost
        ? { ...schema, pattern: first.host.pattern }
        : schema;
    case 'isAlphanumeric':
      return { ...schema, pattern: '^[a-zA-Z0-9]+$' };
    case 'isAlpha':
      return { ...schema, pattern: '^[a-zA-Z]+$' };
    case 'custom':
    case 'isStrongPassword':
    case 'if':
      return unread(schema, step.name, span);
    case 'trim':
    case 'escape':
    case 'normalizeEmail':
    case 'toLowerCase':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), step.name] };
    default:
      return formats[step.name] ? { ...schema, format: formats[step.name] ?? '' } : schema;
  }
}

/** `validationResult(req)`: asks the path whether each part is valid, once. */
function resultOf(interpreter: Interpreter, span: Span): Value {
  const holds = (): boolean => {
    const asked = (interpreter.path?.notes.get(note) as Asked | undefined) ?? {};
    return Object.entries(asked).every(([part, { schema, span: place }]) => {
      const valid = interpreter.decide({ kind: 'valid', part: part as Part, at: [], schema }, span, true);
      interpreter.path?.validated.push({ part: part as Part, at: [], schema, span: place });
      return valid;
    });
  };
  const result = new ObjectValue(false);
  const method = (name: string, run: () => Value): void => void result.fields.set(name, new NativeValue(name, run));
  method('isEmpty', () => primitive(holds()));
  method('array', () => (holds() ? new ArrayValue([], false) : unknown('validation errors')));
  method('mapped', () => unknown('validation errors'));
  method('formatWith', () => result);
  method('throw', () => (holds() ? undefinedValue : interpreter.throw(validationError('ValidationError'), span)));
  result.fields.set('errors', unknown('validation errors'));
  return result;
}
