import type { Library } from '../interpreter/library.js';
import {
  ArrayValue,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';

const modules = new Set(['fluent-json-schema', 'fluent-schema']);

/** fluent-json-schema: each step gives a builder with one keyword more; `valueOf()` gives the JSON Schema. */
export const fluentSchema: Library = {
  name: 'fluent-schema',
  provide: (module) => (modules.has(module) ? start() : undefined),
};

/** What a builder has come to. */
class Fluent {
  constructor(
    readonly schema: Map<string, Value>,
    readonly isRequired = false,
  ) {}
}

/** A builder's JSON Schema; any other value as it is. */
export const builtSchema = (value: Value): Value =>
  value.type === 'object' && value.host instanceof Fluent ? plain(value.host) : value;

function plain(fluent: Fluent): ObjectValue {
  const object = new ObjectValue(true);
  for (const [name, value] of fluent.schema) object.fields.set(name, value);
  return object;
}

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
const formats: Record<string, string> = {
  RELATIVE_JSON_POINTER: 'relative-json-pointer',
  JSON_POINTER: 'json-pointer',
  UUID: 'uuid',
  REGEX: 'regex',
  IPV6: 'ipv6',
  IPV4: 'ipv4',
  HOSTNAME: 'hostname',
  EMAIL: 'email',
  URL: 'url',
  URI_TEMPLATE: 'uri-template',
  URI_REFERENCE: 'uri-reference',
  URI: 'uri',
  TIME: 'time',
  DATE: 'date',
  DATE_TIME: 'date-time',
};

function start(): ObjectValue {
  const object = builder(new Fluent(new Map()));
  const names = new ObjectValue(true);
  for (const [name, format] of Object.entries(formats)) names.fields.set(name, primitive(format));
  object.fields.set('FORMATS', names);
  object.fields.set('S', object);
  return object;
}

function builder(fluent: Fluent): ObjectValue {
  const object = new ObjectValue(true);
  object.host = fluent;
  object.trap = {
    name: 'fluent-schema',
    get: (key) =>
      key === 'default' && !fluent.schema.size
        ? undefined
        : object.fields.has(key)
          ? undefined
          : new NativeValue(`S.${key}`, ({ args }) => step(fluent, key, args)),
  };
  return object;
}

const withField = (fluent: Fluent, name: string, value: Value): ObjectValue =>
  builder(new Fluent(new Map([...fluent.schema, [name, value]]), fluent.isRequired));

function step(fluent: Fluent, key: string, args: Value[]): Value {
  const [first = undefinedValue, second] = args;
  if (types.includes(key)) return withField(fluent, 'type', primitive(key));
  switch (key) {
    case 'valueOf':
      return plain(fluent);
    case 'prop':
      return property(fluent, textOf(first) ?? '?', second);
    case 'required':
      return first.type === 'array'
        ? withField(fluent, 'required', merged(fluent.schema.get('required'), first))
        : builder(new Fluent(fluent.schema, true));
    case 'id':
      return withField(fluent, '$id', first);
    case 'ref':
      return withField(fluent, '$ref', first);
    case 'mixed':
      return withField(fluent, 'type', first);
    case 'raw':
      return builder(new Fluent(new Map([...fluent.schema, ...fieldsOf(first)]), fluent.isRequired));
    case 'extend':
      return builder(new Fluent(combined(fieldsOf(builtSchema(first)), fluent.schema), fluent.isRequired));
    case 'definition':
      return withField(
        fluent,
        'definitions',
        withEntry(fluent.schema.get('definitions'), textOf(first) ?? '?', second),
      );
    case 'only':
    case 'without':
      return selected(fluent, first, key === 'only');
    default:
      return withField(fluent, key, args.length ? deep(first) : primitive(true));
  }
}

/** Builders inside lists and objects are schemas too. */
function deep(value: Value): Value {
  const built = builtSchema(value);
  return built.type === 'array' ? new ArrayValue(built.items.map(deep), true) : built;
}

const fieldsOf = (value: Value): Map<string, Value> =>
  value.type === 'object' ? value.fields : new Map<string, Value>();

function withEntry(of: Value | undefined, name: string, schema: Value | undefined): ObjectValue {
  const object = new ObjectValue(true);
  for (const [key, value] of of ? fieldsOf(of) : []) object.fields.set(key, value);
  object.fields.set(name, schema ? deep(schema) : new ObjectValue(true));
  return object;
}

function property(fluent: Fluent, name: string, schema: Value | undefined): Value {
  const isRequired = schema?.type === 'object' && schema.host instanceof Fluent && schema.host.isRequired;
  const required = new ArrayValue([primitive(name)], true);
  return builder(
    new Fluent(
      new Map([
        ...fluent.schema,
        ['type', primitive('object')],
        ['properties', withEntry(fluent.schema.get('properties'), name, schema)],
        ...(isRequired ? [['required', merged(fluent.schema.get('required'), required)] as const] : []),
      ]),
      fluent.isRequired,
    ),
  );
}

const merged = (before: Value | undefined, more: ArrayValue): ArrayValue =>
  new ArrayValue([...(before?.type === 'array' ? before.items : []), ...more.items], true);

function combined(base: Map<string, Value>, own: Map<string, Value>): Map<string, Value> {
  const properties = new ObjectValue(true);
  for (const schema of [base, own])
    for (const [name, value] of fieldsOf(schema.get('properties') ?? undefinedValue))
      properties.fields.set(name, value);
  const required = own.get('required');
  return new Map([
    ...base,
    ...own,
    ['properties', properties],
    ['required', merged(base.get('required'), required?.type === 'array' ? required : new ArrayValue([], true))],
  ]);
}

function selected(fluent: Fluent, names: Value, keep: boolean): Value {
  const wanted = names.type === 'array' ? names.items.flatMap((item) => textOf(item) ?? []) : [];
  const properties = new ObjectValue(true);
  for (const [name, value] of fieldsOf(fluent.schema.get('properties') ?? undefinedValue))
    if (wanted.includes(name) === keep) properties.fields.set(name, value);
  const required = fluent.schema.get('required');
  const kept =
    required?.type === 'array' ? required.items.filter((item) => properties.fields.has(textOf(item) ?? '')) : [];
  return builder(
    new Fluent(
      new Map([...fluent.schema, ['properties', properties], ['required', new ArrayValue(kept, true)]]),
      fluent.isRequired,
    ),
  );
}
