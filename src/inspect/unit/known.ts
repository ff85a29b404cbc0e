import type { ClassRef, Json, Known, Made } from '../../model/index.js';
import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { ArrayValue, ObjectValue, primitive, undefinedValue, type Value } from '../interpreter/values.js';

/** A known value as the interpreter has it. */
export function valueOf(known: Known): Value {
  if (known.kind === 'number') return primitive(Number(known.text));
  return known.kind === 'json' ? jsonValue(known.value) : undefinedValue;
}

/** The same, with objects of the service's classes where the type says so; their constructors run. */
export function madeValue(known: Known, made: Made, interpreter: Interpreter, span: Span): Value {
  return known.kind === 'json' ? madeFrom(known.value, made, interpreter, span) : valueOf(known);
}

function madeFrom(json: Json, made: Made, interpreter: Interpreter, span: Span): Value {
  const inner = (value: Json, of: Made | undefined): Value =>
    of ? madeFrom(value, of, interpreter, span) : jsonValue(value);
  if (Array.isArray(json))
    return new ArrayValue(
      json.map((item) => inner(item, made.item)),
      false,
    );
  if (typeof json !== 'object' || json === null) return primitive(json);
  const fields = Object.entries(json).map(([name, field]): [string, Value] => [
    name,
    inner(field, made.fields?.[name] ?? made.item),
  ]);
  const record = made.of && interpreter.modules.get(made.of.file);
  const cls = record && made.of && interpreter.modules.importName(record, made.of.name);
  if (cls?.type === 'class') return interpreter.construct(cls, [], span, new Map(fields));
  const object = new ObjectValue(false);
  for (const [name, field] of fields) object.fields.set(name, field);
  return object;
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

/** The same, with classes of the service and kinds of sequences told apart. `nameOf`: how a test imports a class. */
export function exactlyKnown(
  value: Value,
  nameOf: (cls: NonNullable<ObjectValue['cls']>) => ClassRef | undefined,
  depth = 0,
): Known | undefined {
  const inner = (one: Value): Known | undefined => exactlyKnown(one, nameOf, depth + 1);
  if (depth > 12) return undefined;
  if (value.type === 'array') return sequence(value, inner);
  if (value.type !== 'object') return knownOf(value);
  if (value.open || value.trap || value.host || value.getters?.size) return undefined;
  const of = value.cls && nameOf(value.cls);
  if (value.cls && !of) return undefined;
  const fields: Record<string, Known> = {};
  for (const [name, field] of value.fields) {
    const known = inner(field);
    if (!known) return undefined;
    fields[name] = known;
  }
  if (of) return { kind: 'made', of, fields };
  const isPlain = Object.values(fields).every((one) => one.kind === 'json');
  return isPlain
    ? { kind: 'json', value: Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, jsonIn(one)])) }
    : undefined;
}

function sequence({ items, more, shape }: ArrayValue, inner: (one: Value) => Known | undefined): Known | undefined {
  const known = items.map(inner);
  if (more || !known.every((one) => one !== undefined)) return undefined;
  return !shape && known.every((one) => one.kind === 'json')
    ? { kind: 'json', value: known.map(jsonIn) }
    : { kind: 'list', items: known, ...(shape ? { shape } : {}) };
}

const jsonIn = (known: Known): Json => (known.kind === 'json' ? known.value : null);
