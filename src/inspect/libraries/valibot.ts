import type { JsonSchema } from '../../model/index.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import { ArrayValue, ObjectValue, primitive, undefinedValue, type Value } from '../interpreter/values.js';
import { externalCall } from './chain.js';
import {
  bound,
  check,
  type Field,
  formatOf,
  length,
  nullable,
  objectOfFields,
  oneOf,
  pattern,
} from './schema-calls.js';
import { literal, validate, validationError } from './validation.js';

/** valibot: schemas are plain calls, rules stand in a `pipe`. */
export const valibot: Library = {
  name: 'valibot',
  call(callee, { interpreter, args: [schemaValue, value = undefinedValue], span }) {
    const external = externalCall(callee);
    if (external?.module !== 'valibot') return undefined;
    const name = external.name.replace(/Async$/, '');
    if (!['parse', 'safeParse', 'is', 'assert'].includes(name)) return undefined;
    const { schema } = field(schemaValue);
    const run = (): Value => {
      if (name === 'parse' || name === 'assert') return check(interpreter, value, schema, 'ValiError', span);
      const holds = interpreter.loading || validate(interpreter, value, schema, span);
      return name === 'is' ? primitive(holds) : outcome(holds, value);
    };
    return external.name.endsWith('Async') ? promised(interpreter, span, run) : run();
  },
};

function outcome(holds: boolean, value: Value): Value {
  const result = new ObjectValue(false);
  result.fields.set('success', primitive(holds));
  result.fields.set('output', value);
  result.fields.set('issues', holds ? undefinedValue : new ArrayValue([validationError('ValiError')], false));
  return result;
}

const scalars: Record<string, JsonSchema> = {
  string: { type: 'string' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date-time' },
};

function field(value: Value | undefined): Field {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'call') return { schema: {}, optional: false };
  const name = externalCall(value.origin.callee)?.name ?? '';
  const { args } = value.origin;
  const [first] = args;
  if (scalars[name]) return { schema: scalars[name], optional: false };
  switch (name) {
    case 'object':
    case 'looseObject':
    case 'strictObject':
      return { schema: objectOfFields(first, field, name === 'strictObject'), optional: false };
    case 'array':
      return { schema: { type: 'array', items: field(first).schema }, optional: false };
    case 'picklist':
    case 'enum':
    case 'enum_':
      return { schema: oneOf({ type: 'string' }, args.slice(0, 1)), optional: false };
    case 'literal': {
      const json = literal(first);
      return { schema: json === undefined ? {} : { const: json }, optional: false };
    }
    case 'optional':
    case 'nullish':
    case 'nullable': {
      const fallback = literal(args[1]);
      const inner = field(first).schema;
      const schema = name === 'optional' ? inner : nullable(inner);
      return {
        schema: fallback === undefined ? schema : { ...schema, default: fallback },
        optional: name !== 'nullable',
      };
    }
    case 'pipe':
      return { ...field(first), schema: args.slice(1).reduce(rule, field(first).schema) };
    default:
      return { schema: {}, optional: false };
  }
}

function rule(schema: JsonSchema, action: Value): JsonSchema {
  if (action.type !== 'symbolic' || action.origin.kind !== 'call') return schema;
  const name = externalCall(action.origin.callee)?.name ?? '';
  const [first] = action.origin.args;
  switch (name) {
    case 'minLength':
    case 'minValue':
      return bound(schema, 'min', first);
    case 'maxLength':
    case 'maxValue':
      return bound(schema, 'max', first);
    case 'length':
      return length(schema, first);
    case 'nonEmpty':
      return bound(schema, 'min', primitive(1));
    case 'integer':
      return { ...schema, type: 'integer' };
    case 'regex':
      return pattern(schema, first);
    case 'trim':
    case 'toLowerCase':
    case 'toUpperCase':
      return { ...schema, 'x-transform': [...(schema['x-transform'] ?? []), name] };
    default: {
      const format = formatOf(name);
      return format ? { ...schema, format } : schema;
    }
  }
}
