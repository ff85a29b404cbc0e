import type { JsonSchema } from '../../model/index.js';
import type { Library } from '../interpreter/library.js';
import { ArrayValue, primitive, undefinedValue, type Value } from '../interpreter/values.js';
import { externalCall } from './chain.js';
import { bound, check, type Field, nullable, objectOfFields, oneOf, pattern } from './schema-calls.js';
import { literal, validate, validationError } from './validation.js';

/** superstruct: `assert(data, struct)`, `create`, `mask`, `is`, `validate` (a pair of error and value). Objects are strict. */
export const superstruct: Library = {
  name: 'superstruct',
  call(callee, { interpreter, args: [value = undefinedValue, struct], span }) {
    const external = externalCall(callee);
    if (external?.module !== 'superstruct') return undefined;
    const { schema } = field(struct);
    switch (external.name) {
      case 'assert':
      case 'create':
        return check(interpreter, value, schema, 'StructError', span);
      case 'mask':
        return check(interpreter, value, open(schema), 'StructError', span);
      case 'is':
        return primitive(interpreter.loading || validate(interpreter, value, schema, span));
      case 'validate': {
        const holds = interpreter.loading || validate(interpreter, value, schema, span);
        const pair = holds ? [undefinedValue, value] : [validationError('StructError'), undefinedValue];
        return new ArrayValue(pair, false);
      }
      default:
        return undefined;
    }
  },
};

function open(schema: JsonSchema): JsonSchema {
  const { additionalProperties: _none, ...rest } = schema;
  void _none;
  return rest;
}

const scalars: Record<string, JsonSchema> = {
  string: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date-time' },
};

function field(value: Value | undefined): Field {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'call') return { schema: {}, optional: false };
  const name = externalCall(value.origin.callee)?.name ?? '';
  const { args } = value.origin;
  const [first, second, third] = args;
  if (scalars[name]) return { schema: scalars[name], optional: false };
  const inner = (): JsonSchema => field(first).schema;
  switch (name) {
    case 'object':
    case 'type':
      return { schema: objectOfFields(first, field, name === 'object'), optional: false };
    case 'array':
      return { schema: { type: 'array', ...(first ? { items: inner() } : {}) }, optional: false };
    case 'enums':
      return {
        schema: oneOf({ type: typeof literal(first) === 'number' ? 'number' : 'string' }, args),
        optional: false,
      };
    case 'literal': {
      const json = literal(first);
      return { schema: json === undefined ? {} : { const: json }, optional: false };
    }
    case 'optional':
      return { schema: inner(), optional: true };
    case 'nullable':
      return { schema: nullable(inner()), optional: false };
    case 'defaulted': {
      const fallback = literal(second);
      return { schema: fallback === undefined ? inner() : { ...inner(), default: fallback }, optional: true };
    }
    case 'size':
      return { schema: bound(bound(inner(), 'min', second), 'max', third ?? second), optional: false };
    case 'min':
    case 'max':
      return { schema: bound(inner(), name, second), optional: false };
    case 'nonempty':
      return { schema: bound(inner(), 'min', primitive(1)), optional: false };
    case 'pattern':
      return { schema: pattern(inner(), second), optional: false };
    case 'trimmed':
      return { schema: { ...inner(), 'x-transform': ['trim'] }, optional: false };
    default:
      return { schema: {}, optional: false };
  }
}
