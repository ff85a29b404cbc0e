import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { promised } from '../../interpreter/promises.js';
import {
  isCallable,
  isNil,
  NativeValue,
  ObjectValue,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { objectOf } from '../table.js';

/** What a schema was made of, with what the service adds to it later. */
export class SchemaHost {
  readonly statics = new ObjectValue(true);
  readonly methods = new ObjectValue(true);
  readonly paths = new ObjectValue(true);
  readonly hooks: { event: string; fn: Value }[] = [];
  readonly unique: string[][] = [];
  constructor(
    readonly fields: Map<string, Value>,
    readonly options: ObjectValue,
  ) {}
}

/** `new Schema(definition, options)`. */
export function newSchema(args: Value[], interpreter: Interpreter): Value {
  const [definition, options] = args;
  const fields = definition?.type === 'object' ? definition.fields : new Map<string, Value>();
  const host = new SchemaHost(fields, options?.type === 'object' ? options : new ObjectValue(true));
  for (const [name, value] of fields)
    host.paths.fields.set(name, objectOf({ options: value.type === 'object' ? value : new ObjectValue(true) }));
  const schema = new ObjectValue(true);
  schema.host = host;
  schema.trap = { name: 'schema', get: (name, self) => schemaMember(host, self, name, interpreter) };
  return schema;
}

function schemaMember(host: SchemaHost, self: ObjectValue, name: string, interpreter: Interpreter): Value {
  switch (name) {
    case 'options':
      return host.options;
    case 'methods':
      return host.methods;
    case 'statics':
      return host.statics;
    case 'paths':
      return host.paths;
    case 'obj':
      return objectOf(Object.fromEntries(host.fields));
    case 'method':
    case 'static':
      return new NativeValue(name, ({ args }) => {
        const target = name === 'method' ? host.methods : host.statics;
        const [first, fn] = args;
        if (first?.type === 'object') for (const [key, value] of first.fields) target.fields.set(key, value);
        else if (fn) target.fields.set(textOf(first) ?? '', fn);
        return self;
      });
    case 'pre':
      return new NativeValue('pre', ({ args }) => {
        const events = args[0]?.type === 'array' ? args[0].items.map(textOf) : [textOf(args[0])];
        const fn = args.find(isCallable);
        for (const event of events) if (fn && event !== undefined) host.hooks.push({ event, fn });
        return self;
      });
    case 'plugin':
      return new NativeValue('plugin', ({ args: [plugin, options], span }) => {
        if (plugin && isCallable(plugin))
          interpreter.call(plugin, undefinedValue, [self, options ?? undefinedValue], span);
        return self;
      });
    case 'index':
      return new NativeValue('index', ({ args: [fields, options] }) => {
        const unique = options?.type === 'object' ? options.fields.get('unique') : undefined;
        if (fields?.type === 'object' && unique?.type === 'primitive' && unique.value)
          host.unique.push([...fields.fields.keys()]);
        return self;
      });
    case 'add':
      return new NativeValue('add', ({ args: [fields] }) => {
        if (fields?.type === 'object') for (const [key, value] of fields.fields) host.fields.set(key, value);
        return self;
      });
    case 'set':
      return new NativeValue('set', ({ args: [option, value] }) => {
        if (value) host.options.fields.set(textOf(option) ?? '', value);
        return self;
      });
    default:
      return new NativeValue(name, () => self);
  }
}

/** A hook before a write, with the document as `this`. */
export function runHook(interpreter: Interpreter, fn: Value, document: Value, span: Span): void {
  const next = new NativeValue('next', ({ args: [error] }) => {
    if (error && !isNil(error)) interpreter.throw(error, span);
    return undefinedValue;
  });
  interpreter.settle(
    promised(interpreter, span, () => interpreter.call(fn, document, [next], span)),
    span,
  );
}
