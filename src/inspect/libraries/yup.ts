import type { JsonSchema } from '../../model/index.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import { primitive, undefinedValue, type Value } from '../interpreter/values.js';
import { chainOf, type ChainStep } from './chain.js';
import { bound, check, type Field, formatOf, length, nullable, objectSchema, oneOf, pattern } from './schema-calls.js';
import { literal, validate } from './validation.js';

const methods = new Set(['validate', 'validateSync', 'isValid', 'isValidSync', 'cast']);

/** yup: fields are optional unless `required()`, unknown ones pass unless `noUnknown()`, texts are converted. */
export const yup: Library = {
  name: 'yup',
  call(callee, { interpreter, args: [value = undefinedValue], span }) {
    if (callee.origin.kind !== 'member' || !methods.has(callee.origin.key)) return undefined;
    const { of, key } = callee.origin;
    if (chainOf(of).module !== 'yup') return undefined;
    if (key === 'cast') return value;
    const { schema } = yupField(of);
    if (key.startsWith('isValid')) return primitive(interpreter.loading || validate(interpreter, value, schema, span));
    const run = (): Value => check(interpreter, value, schema, 'ValidationError', span);
    return key === 'validate' ? promised(interpreter, span, run) : run();
  },
};

const types: Record<string, JsonSchema> = {
  string: { type: 'string' },
  number: { type: 'number', 'x-coerce': true },
  boolean: { type: 'boolean', 'x-coerce': true },
  bool: { type: 'boolean', 'x-coerce': true },
  date: { type: 'string', format: 'date-time' },
  mixed: {},
};

function yupField(value: Value): Field {
  if (value.type !== 'symbolic') return { schema: {}, optional: true };
  return chainOf(value).steps.reduce<Field>((field, step) => (step.args ? apply(field, step, step.args) : field), {
    schema: {},
    optional: true,
  });
}

function apply(field: Field, { name }: ChainStep, args: Value[]): Field {
  const { schema } = field;
  const [first] = args;
  const type = types[name];
  if (type) return { ...field, schema: type };
  switch (name) {
    case 'object':
    case 'shape':
      return { ...field, schema: fieldsOf(first) };
    case 'array':
      return { ...field, schema: { type: 'array', ...(first ? { items: yupField(first).schema } : {}) } };
    case 'of':
      return first ? { ...field, schema: { ...schema, items: yupField(first).schema } } : field;
    case 'required':
      return {
        optional: false,
        schema: schema.type === 'string' && !schema.format && !schema.enum ? { minLength: 1, ...schema } : schema,
      };
    case 'defined':
      return { ...field, optional: false };
    case 'notRequired':
    case 'optional':
      return { ...field, optional: true };
    default:
      return { ...field, schema: rule(schema, name, args) };
  }
}

function rule(schema: JsonSchema, name: string, args: Value[]): JsonSchema {
  const [first] = args;
  switch (name) {
    case 'min':
    case 'max':
      return bound(schema, name, first);
    case 'length':
      return length(schema, first);
    case 'moreThan':
    case 'lessThan': {
      const value = literal(first);
      return typeof value === 'number'
        ? { ...schema, [name === 'moreThan' ? 'exclusiveMinimum' : 'exclusiveMaximum']: value }
        : schema;
    }
    case 'positive':
      return { ...schema, exclusiveMinimum: 0 };
    case 'negative':
      return { ...schema, exclusiveMaximum: 0 };
    case 'integer':
      return { ...schema, type: 'integer' };
    case 'matches':
      return pattern(schema, first);
    case 'oneOf':
      return oneOf(schema, args.slice(0, 1));
    case 'nullable':
      return nullable(schema);
    case 'noUnknown':
      return { ...schema, additionalProperties: false };
    case 'default': {
      const value = literal(first);
      return value === undefined ? schema : { ...schema, default: value };
    }
    case 'trim':
    case 'lowercase':
    case 'uppercase':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), name] };
    default: {
      const format = formatOf(name);
      return format ? { ...schema, format } : schema;
    }
  }
}

const fieldsOf = (shape: Value | undefined): JsonSchema =>
  shape?.type === 'object'
    ? objectSchema(
        [...shape.fields].map(([name, one]) => [name, yupField(one)]),
        false,
      )
    : { type: 'object' };
