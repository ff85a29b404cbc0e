import type { JsonSchema } from '../../model/index.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { ArrayValue, ObjectValue, primitive, symbolic, type Value } from '../interpreter/values.js';

/**
 * An answer's body as its response schema lets it through: fast-json-stringify writes the fields that the schema names, and
 * drops the others.
 */
export function serialize(interpreter: Interpreter, schema: JsonSchema, value: Value, depth = 0): Value {
  if (depth > 8) return value;
  const type = [schema.type].flat().find((one) => one !== 'null');
  if (value.type === 'primitive') return scalar(schema, type, value);
  if (schema.properties && value.type !== 'array') return fields(interpreter, schema, value, depth);
  if (type === 'array' && schema.items) return items(interpreter, schema.items, value, depth);
  return value;
}

function scalar(schema: JsonSchema, type: string | undefined, value: Extract<Value, { type: 'primitive' }>): Value {
  const nullable = [schema.type].flat().includes('null') || !schema.type;
  if (value.value === null) {
    if (nullable || type === undefined) return value;
    return type === 'string' ? primitive('') : type === 'integer' || type === 'number' ? primitive(0) : value;
  }
  if (type === 'string' && (typeof value.value === 'number' || typeof value.value === 'boolean'))
    return primitive(String(value.value));
  return value;
}

function fields(interpreter: Interpreter, schema: JsonSchema, value: Value, depth: number): Value {
  if (value.type === 'symbolic' && isOpaque(value)) return value;
  const made = new ObjectValue(false);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const field = getMember(interpreter, value, name);
    if (field.type === 'primitive' && field.value === undefined) {
      if (inner.default !== undefined) made.fields.set(name, primitive(inner.default as string));
      continue;
    }
    made.fields.set(name, serialize(interpreter, inner, field, depth + 1));
  }
  const keepsOthers = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
  if (keepsOthers && value.type === 'object') {
    for (const [name, field] of value.fields) if (!made.fields.has(name)) made.fields.set(name, field);
    made.open = value.open;
  }
  if (keepsOthers && value.type === 'symbolic') made.open = value;
  return made;
}

/** Nothing is known of its fields: naming them would be a guess. */
const isOpaque = (value: Extract<Value, { type: 'symbolic' }>): boolean =>
  ['unknown', 'call', 'external', 'member', 'parameter', 'generated'].includes(value.origin.kind);

function items(interpreter: Interpreter, schema: JsonSchema, value: Value, depth: number): Value {
  if (value.type === 'array')
    return new ArrayValue(
      value.items.map((item) => serialize(interpreter, schema, item, depth + 1)),
      false,
      value.more && serialize(interpreter, schema, value.more, depth + 1),
    );
  if (value.type !== 'symbolic' || value.origin.kind !== 'rows') return value;
  const row = value.origin.each ?? symbolic({ kind: 'row', lookup: value.origin.lookup, at: [] });
  const each = serialize(interpreter, schema, row, depth + 1);
  return each === row ? value : symbolic({ ...value.origin, each });
}
