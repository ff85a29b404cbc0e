import type { Json, Known } from '../../model/index.js';
import { ArrayValue, ObjectValue, primitive, undefinedValue, type Value } from '../interpreter/values.js';

/** A known value as the interpreter has it. */
export function valueOf(known: Known): Value {
  if (known.kind === 'undefined') return undefinedValue;
  return known.kind === 'number' ? primitive(Number(known.text)) : jsonValue(known.value);
}

function jsonValue(json: Json): Value {
  if (Array.isArray(json)) return new ArrayValue(json.map(jsonValue), false);
  if (typeof json !== 'object' || json === null) return primitive(json);
  const object = new ObjectValue(false);
  for (const [name, field] of Object.entries(json)) object.fields.set(name, jsonValue(field));
  return object;
}

/** An interpreter's value as a test can write it; undefined: not all of it is known, or no literal says it. */
export function knownOf(value: Value): Known | undefined {
  if (value.type === 'primitive') {
    const { value: literal } = value;
    if (literal === undefined) return { kind: 'undefined' };
    if (typeof literal === 'bigint') return undefined;
    if (typeof literal === 'number' && !Number.isFinite(literal))
      return { kind: 'number', text: String(literal) as 'NaN' | 'Infinity' | '-Infinity' };
    return { kind: 'json', value: literal };
  }
  const json = jsonOf(value, 0);
  return json === undefined ? undefined : { kind: 'json', value: json };
}

function jsonOf(value: Value, depth: number): Json | undefined {
  if (depth > 12) return undefined;
  switch (value.type) {
    case 'primitive': {
      const { value: literal } = value;
      if (literal === undefined || typeof literal === 'bigint') return undefined;
      return typeof literal === 'number' && !Number.isFinite(literal) ? undefined : literal;
    }
    case 'array': {
      if (value.more) return undefined;
      const items = value.items.map((item) => jsonOf(item, depth + 1));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case 'object':
      return objectOf(value, depth);
    default:
      return undefined;
  }
}

/** A plain object, or one of a class of the service, whose fields are what is compared. Fields that are `undefined` are left out: `toEqual` takes them for absent. */
function objectOf(value: ObjectValue, depth: number): Json | undefined {
  if (value.open || value.trap || value.host || value.getters?.size || (value.cls && !value.cls.node)) return undefined;
  const fields: Record<string, Json> = {};
  for (const [name, field] of value.fields) {
    if (field.type === 'primitive' && field.value === undefined) continue;
    const json = jsonOf(field, depth + 1);
    if (json === undefined) return undefined;
    fields[name] = json;
  }
  return fields;
}
