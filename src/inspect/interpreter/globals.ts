import { spanText } from '../core/language.js';
import { getMember } from './access.js';
import { MapHost } from './collections.js';
import { environmentObject } from './environment.js';
import { RegexHost, spreadInto } from './evaluate.js';
import { errorClasses } from './errors.js';
import type { Interpreter } from './interpreter.js';
import { iterate, keys } from './iterate.js';
import { hasField } from './methods.js';
import { promised } from './promises.js';
import { Scope } from './scope.js';
import {
  ArrayValue,
  ClassValue,
  entriesOf,
  generated,
  isCallable,
  NativeValue,
  type NativeCall,
  ObjectValue,
  operation,
  primitive,
  PromiseValue,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';

type Run = (call: NativeCall) => Value;

const native = (name: string, run: Run): NativeValue => new NativeValue(name, run);

function namespace(name: string, members: Record<string, Run>): ObjectValue {
  const object = new ObjectValue(true);
  object.label = name;
  for (const [key, run] of Object.entries(members)) object.fields.set(key, native(`${name}.${key}`, run));
  return object;
}

const nothing: Run = () => undefinedValue;

/** The language's own names. */
export function globalScope(interpreter: Interpreter): Scope {
  const scope = new Scope(undefined, true, '');
  const declare = (name: string, value: Value): void => scope.declare(name, value);
  declare('console', quiet('console'));
  declare('process', processObject(interpreter));
  declare('Object', objectNamespace());
  declare('JSON', jsonNamespace());
  declare('Math', mathNamespace());
  declare('Promise', promiseNamespace());
  declare('Array', arrayNamespace());
  declare(
    'Number',
    callable('Number', convert('number', Number), {
      isInteger: typeCheck('integer'),
      isFinite: typeCheck('number'),
      isNaN: typeCheck('nan'),
      parseFloat: convert('number', Number),
      parseInt: convert('integer', (value) => parseInt(String(value), 10)),
    }),
  );
  declare('String', callable('String', convert('string', String), {}));
  declare('Boolean', callable('Boolean', convert('boolean', Boolean), {}));
  declare('BigInt', callable('BigInt', convert('number', Number), {}));
  declare(
    'parseInt',
    native(
      'parseInt',
      convert('integer', (value) => parseInt(String(value), 10)),
    ),
  );
  declare(
    'parseFloat',
    native(
      'parseFloat',
      convert('number', (value) => parseFloat(String(value))),
    ),
  );
  declare('isNaN', native('isNaN', typeCheck('nan')));
  declare(
    'Symbol',
    callable('Symbol', () => primitive(`@@symbol`), {
      for: ({ args: [name] }) => primitive(`@@${textOf(name) ?? 'symbol'}`),
    }),
  );
  declare('Date', dateClass());
  declare('Map', collectionClass('Map', false));
  declare('Set', collectionClass('Set', true));
  declare('WeakMap', collectionClass('WeakMap', false));
  declare('WeakSet', collectionClass('WeakSet', true));
  declare('RegExp', regexClass());
  for (const cls of errorClasses()) declare(cls.name, cls);
  for (const name of [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'queueMicrotask',
  ])
    declare(name, native(name, timer));
  declare(
    'structuredClone',
    native('structuredClone', ({ args }) => args[0] ?? undefinedValue),
  );
  declare(
    'encodeURIComponent',
    native(
      'encodeURIComponent',
      convert('encode', (value) => encodeURIComponent(String(value))),
    ),
  );
  declare(
    'decodeURIComponent',
    native(
      'decodeURIComponent',
      convert('decode', (value) => decodeURIComponent(String(value))),
    ),
  );
  declare('URL', native('URL', url));
  declare('Reflect', reflectNamespace());
  declare('globalThis', unknownGlobal());
  return scope;
}

/** A known address is taken apart; an unknown one stays a value of the outside. */
const url: Run = ({ args, span, interpreter }) => {
  const [text, base] = args.map((arg) =>
    arg.type === 'primitive' ? arg.value : arg.type === 'object' ? textOf(arg.fields.get('href')) : undefined,
  );
  const callee = symbolic({ kind: 'external', module: 'global', path: ['URL'] }, true);
  const unknownUrl = symbolic({ kind: 'call', callee, args, isNew: true, span }, interpreter.loading);
  if (typeof text !== 'string' || (args[1] && typeof base !== 'string')) return unknownUrl;
  try {
    const parsed = new URL(text, base as string | undefined);
    const object = namespace('URL', { toString: () => primitive(parsed.href) });
    for (const key of ['href', 'pathname', 'host', 'hostname', 'port', 'protocol', 'origin', 'search'] as const)
      object.fields.set(key, primitive(parsed[key]));
    return object;
  } catch {
    return unknownUrl;
  }
};

function reflectNamespace(): Value {
  const target = ({ args }: NativeCall): Value => args[1] ?? undefinedValue;
  const read: Run = (call) =>
    call.interpreter.metadata.get(call.args[0] ?? undefinedValue, target(call), call.args[2]) ?? undefinedValue;
  const has: Run = (call) =>
    primitive(!!call.interpreter.metadata.get(call.args[0] ?? undefinedValue, target(call), call.args[2]));
  return namespace('Reflect', {
    defineMetadata: ({ interpreter, args: [key, value, of, property] }) => {
      if (key && value && of) interpreter.metadata.set(key, value, of, property);
      return undefinedValue;
    },
    getMetadata: read,
    getOwnMetadata: read,
    hasMetadata: has,
    hasOwnMetadata: has,
    metadata: ({ args: [key, value] }) =>
      native('metadata', ({ interpreter, args: [of, property] }) => {
        if (key && value && of) interpreter.metadata.set(key, value, of, property);
        return undefinedValue;
      }),
    get: ({ interpreter, args: [of, key], span }) =>
      of && key?.type === 'primitive' ? getMember(interpreter, of, String(key.value), span) : undefinedValue,
    ownKeys: (call) =>
      loadedArray(
        call,
        keys(call.args[0] ?? undefinedValue).map((key) => primitive(key)),
      ),
  });
}

const unknownGlobal = (): Value => symbolic({ kind: 'external', module: 'global', path: [] }, true);

/** Every method does nothing: loggers. */
export function quiet(name: string): ObjectValue {
  const object = new ObjectValue(true);
  object.label = name;
  object.trap = { name: 'quiet', get: (key) => native(`${name}.${key}`, nothing), call: () => undefinedValue };
  return object;
}

function callable(name: string, run: Run, members: Record<string, Run>): NativeValue {
  const value = native(name, run);
  for (const [key, member] of Object.entries(members)) value.fields.set(key, native(`${name}.${key}`, member));
  if (name === 'Number') for (const key of numbers) value.fields.set(key, primitive(Number[key]));
  return value;
}

const numbers = [
  'MAX_SAFE_INTEGER',
  'MIN_SAFE_INTEGER',
  'MAX_VALUE',
  'MIN_VALUE',
  'EPSILON',
  'POSITIVE_INFINITY',
  'NEGATIVE_INFINITY',
  'NaN',
] as const;

/** Timers do not run: what they would do comes after the answer. */
function timer({ interpreter, args, span }: NativeCall): Value {
  const [fn] = args;
  if (interpreter.path && fn && isCallable(fn) && !/Interval/.test(spanText(span).slice(0, 14)))
    interpreter.detached(() => interpreter.call(fn, undefinedValue, args.slice(2), span));
  return symbolic({ kind: 'unknown', text: 'timer', reads: [] });
}

function convert(op: string, compute: (value: unknown) => unknown): Run {
  return ({ args }) => {
    const value = args[0] ?? undefinedValue;
    if (value.type === 'primitive') return primitive(compute(value.value) as string);
    return value.type === 'symbolic' && value.origin.kind === 'environment' && value.origin.fallback !== undefined
      ? symbolic({ ...value.origin, fallback: compute(value.origin.fallback) as string }, value.atLoad)
      : operation(op, value);
  };
}

function typeCheck(is: string): Run {
  return ({ args }) => {
    const value = args[0] ?? undefinedValue;
    if (value.type !== 'primitive')
      return is === 'nan'
        ? operation('!', operation('type', value, primitive('number')))
        : operation('type', value, primitive(is));
    const number = value.value;
    return primitive(
      is === 'integer'
        ? Number.isInteger(number)
        : is === 'nan'
          ? Number.isNaN(Number(number))
          : Number.isFinite(number),
    );
  };
}

function processObject(interpreter: Interpreter): ObjectValue {
  const environment = environmentObject(interpreter, 'process.env');
  const object = namespace('process', {
    on: nothing,
    once: nothing,
    exit: nothing,
    cwd: () => primitive('/'),
    uptime: () => generated('other', { type: 'number' }),
    nextTick: timer,
    emitWarning: nothing,
    hrtime: () => generated('other', { type: 'number' }),
    memoryUsage: () => generated('other', { type: 'object' }),
  });
  object.fields.set('env', environment);
  object.fields.set('argv', new ArrayValue([], true, unknown('argument')));
  object.fields.set('version', generated('other', { type: 'string' }));
  return object;
}

const loadedArray = (call: NativeCall, items: Value[], more?: Value): ArrayValue =>
  new ArrayValue(items, call.interpreter.loading, more);

function objectNamespace(): Value {
  const object = callable('Object', ({ args }) => args[0] ?? undefinedValue, {
    keys: (call) => listOf(call, (value) => keys(value).map((key) => primitive(key)), 'keys'),
    values: (call) =>
      listOf(
        call,
        (value) =>
          value.type === 'object'
            ? entriesOf(value).map(([, field]) => field)
            : value.type === 'array'
              ? value.items
              : [],
        'values',
      ),
    entries: (call) =>
      listOf(
        call,
        (value) =>
          value.type === 'object'
            ? entriesOf(value).map(([key, field]) => loadedArray(call, [primitive(key), field]))
            : [],
        'entries',
      ),
    assign: ({ args, interpreter, span }) => assignAll(interpreter, args, span),
    freeze: ({ args }) => args[0] ?? undefinedValue,
    seal: ({ args }) => args[0] ?? undefinedValue,
    create: ({ args, interpreter }) => created(args[0], interpreter),
    setPrototypeOf: ({ args }) => args[0] ?? undefinedValue,
    getPrototypeOf: ({ args }) => (args[0]?.type === 'object' && args[0].cls ? args[0].cls : undefinedValue),
    fromEntries: (call) => fromEntries(call),
    hasOwn: ({ args: [of, key] }) =>
      of?.type === 'object' && key?.type === 'primitive'
        ? primitive(of.fields.has(String(key.value)))
        : operation('question', of ?? undefinedValue, key ?? undefinedValue),
    is: ({ args: [left, right] }) => operation('===', left ?? undefinedValue, right ?? undefinedValue),
    defineProperty: ({ args: [of, key, descriptor], interpreter, span }) =>
      define(interpreter, of, key, descriptor, span),
    getOwnPropertyNames: (call) =>
      listOf(
        call,
        (value) =>
          value.type === 'class'
            ? [...value.methods.keys()].map((key) => primitive(key))
            : keys(value).map((key) => primitive(key)),
        'keys',
      ),
  });
  const prototype = new ObjectValue(true);
  prototype.fields.set(
    'hasOwnProperty',
    native('hasOwnProperty', ({ interpreter, self, args, span }) => hasField(interpreter, self, args[0], span)),
  );
  object.fields.set('prototype', prototype);
  return object;
}

function listOf(call: NativeCall, items: (value: Value) => Value[], op: string): Value {
  const value = call.args[0] ?? undefinedValue;
  const stored =
    value.type === 'object' && call.interpreter.shared.isMap(value)
      ? call.interpreter.collection(value, op, [], call.span)
      : undefined;
  if (stored) return stored;
  return value.type === 'symbolic'
    ? operation(op, value)
    : loadedArray(call, items(value), value.type === 'object' && value.open ? unknown(op, [value.open]) : undefined);
}

function assignAll(interpreter: Interpreter, args: Value[], span: NativeCall['span']): Value {
  const [target = undefinedValue, ...sources] = args;
  for (const source of sources) {
    if (target.type === 'object') {
      if (interpreter.path && target.atLoad) interpreter.shared.change(target);
      spreadInto(target, source);
    } else if (target.type === 'symbolic')
      for (const library of interpreter.having('assign'))
        if (library.assign?.(target, '*', source, interpreter, span)) break;
  }
  return target;
}

function created(prototype: Value | undefined, interpreter: Interpreter): Value {
  const object = new ObjectValue(interpreter.loading);
  if (prototype?.type === 'object') for (const [key, value] of prototype.fields) object.fields.set(key, value);
  return object;
}

function fromEntries(call: NativeCall): Value {
  const object = new ObjectValue(call.interpreter.loading);
  for (const entry of iterate(call.interpreter, call.args[0] ?? undefinedValue, 'of', call.span)) {
    if (entry.type !== 'array') continue;
    const [key, value] = entry.items;
    if (key?.type === 'primitive' && value) object.fields.set(String(key.value), value);
    else object.open ??= unknown('entries', [entry]);
  }
  return object;
}

function define(
  interpreter: Interpreter,
  of: Value | undefined,
  key: Value | undefined,
  descriptor: Value | undefined,
  span: NativeCall['span'],
): Value {
  if (of?.type !== 'object' || key?.type !== 'primitive' || descriptor?.type !== 'object') return of ?? undefinedValue;
  const getter = descriptor.fields.get('get');
  const value = descriptor.fields.get('value') ?? (getter ? undefined : undefinedValue);
  if (getter?.type === 'function') (of.getters ??= new Map()).set(String(key.value), getter);
  if (value) of.fields.set(String(key.value), value);
  of.trap?.set?.(String(key.value), value ?? undefinedValue, of, span);
  void interpreter;
  return of;
}

function jsonNamespace(): Value {
  return namespace('JSON', {
    stringify: ({ args }) =>
      args[0]?.type === 'primitive'
        ? primitive(JSON.stringify(args[0].value))
        : operation('json', args[0] ?? undefinedValue),
    parse: ({ args: [value = undefinedValue], interpreter, span }) => {
      if (value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === 'json')
        return value.origin.args[0] ?? undefinedValue;
      const concrete = value.type === 'primitive' ? parsedJson(String(value.value), interpreter) : undefined;
      if (concrete) return concrete;
      if (
        interpreter.path &&
        value.type === 'symbolic' &&
        value.origin.kind === 'input' &&
        interpreter.decide({ kind: 'throws', text: 'JSON.parse' }, span, false)
      )
        interpreter.throw(symbolic({ kind: 'failure', of: 'JSON.parse', name: 'SyntaxError', at: [] }), span);
      return operation('parsed', value);
    },
  });
}

function parsedJson(text: string, interpreter: Interpreter): Value | undefined {
  const value = (json: unknown): Value => {
    if (Array.isArray(json)) return new ArrayValue(json.map(value), interpreter.loading);
    if (typeof json !== 'object' || json === null) return primitive(json as string | number | boolean | null);
    const object = new ObjectValue(interpreter.loading);
    for (const [key, field] of Object.entries(json)) object.fields.set(key, value(field));
    return object;
  };
  try {
    return value(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function mathNamespace(): Value {
  const compute =
    (name: 'round' | 'floor' | 'ceil' | 'abs' | 'min' | 'max' | 'trunc' | 'pow' | 'sqrt'): Run =>
    ({ args }) => {
      const numbers = args.map((arg) =>
        arg.type === 'primitive' && typeof arg.value === 'number' ? arg.value : undefined,
      );
      if (numbers.every((value) => value !== undefined))
        return primitive((Math[name] as (...values: number[]) => number)(...numbers));
      return operation(name, ...args);
    };
  const object = namespace('Math', { random: () => generated('random', { type: 'number' }) });
  for (const name of ['round', 'floor', 'ceil', 'abs', 'min', 'max', 'trunc', 'pow', 'sqrt'] as const)
    object.fields.set(name, native(name, compute(name)));
  object.fields.set('PI', primitive(Math.PI));
  return object;
}

function promiseNamespace(): Value {
  const all: Run = (call) =>
    promised(call.interpreter, call.span, () => {
      const list = call.args[0] ?? undefinedValue;
      if (list.type !== 'array') return list.type === 'symbolic' ? call.interpreter.settle(list, call.span) : list;
      return loadedArray(
        call,
        list.items.map((item) => call.interpreter.settle(item, call.span)),
        list.more && call.interpreter.settle(list.more, call.span),
      );
    });
  const settled: Run = (call) =>
    promised(call.interpreter, call.span, () =>
      loadedArray(
        call,
        iterate(call.interpreter, call.args[0] ?? undefinedValue, 'of', call.span).map((item) => {
          call.interpreter.settle(item, call.span);
          return unknown('settled', [item]);
        }),
      ),
    );
  return callable('Promise', newPromise, {
    all,
    allSettled: settled,
    race: all,
    any: all,
    resolve: ({ args, interpreter, span }) => promised(interpreter, span, () => args[0] ?? undefinedValue),
    reject: ({ args, interpreter, span }) =>
      new PromiseValue(
        { ok: false, error: args[0] ?? undefinedValue, guards: interpreter.path?.decisions.length ?? 0, span },
        interpreter.loading,
      ),
  });
}

function newPromise({ interpreter, args, span }: NativeCall): Value {
  const [executor] = args;
  let state: PromiseValue['state'] | undefined;
  const resolve = native('resolve', ({ args: [value] }) => {
    state ??= { ok: true, value: value ?? undefinedValue };
    return undefinedValue;
  });
  const reject = native('reject', ({ args: [error] }) => {
    state ??= { ok: false, error: error ?? undefinedValue, guards: interpreter.path?.decisions.length ?? 0, span };
    return undefinedValue;
  });
  if (executor) interpreter.call(executor, undefinedValue, [resolve, reject], span);
  return new PromiseValue(
    state ?? { ok: true, value: unknown('a promise settled later', [], span) },
    interpreter.loading,
  );
}

function arrayNamespace(): Value {
  return callable(
    'Array',
    (call) =>
      loadedArray(
        call,
        call.args.length === 1 && call.args[0]?.type === 'primitive' && typeof call.args[0].value === 'number'
          ? Array.from({ length: Math.min(call.args[0].value, 100) }, () => undefinedValue)
          : call.args,
      ),
    {
      isArray: ({ args: [value = undefinedValue] }) =>
        value.type === 'symbolic'
          ? value.origin.kind === 'rows'
            ? primitive(true)
            : operation('type', value, primitive('array'))
          : primitive(value.type === 'array'),
      from: (call) => {
        const [source = undefinedValue, fn] = call.args;
        const list =
          source.type === 'symbolic' ? source : loadedArray(call, iterate(call.interpreter, source, 'of', call.span));
        return fn && list.type === 'array'
          ? loadedArray(
              call,
              list.items.map((item, index) =>
                call.interpreter.call(fn, undefinedValue, [item, primitive(index)], call.span),
              ),
            )
          : list;
      },
      of: (call) => loadedArray(call, call.args),
    },
  );
}

function dateClass(): Value {
  const date = callable(
    'Date',
    ({ args: [value], isNew }) => {
      if (!isNew || !value) return generated('clock', { type: 'string', format: 'date-time' });
      return value.type === 'symbolic' && value.origin.kind === 'generated' && value.origin.what === 'clock'
        ? value
        : operation('date', value);
    },
    {
      now: () => generated('clock', { type: 'integer' }),
      parse: ({ args }) => operation('time', operation('date', args[0] ?? undefinedValue)),
      UTC: ({ args }) => operation('utc', ...args),
    },
  );
  return date;
}

function collectionClass(name: string, isSet: boolean): ClassValue {
  return new ClassValue(name, undefined, undefined, undefined, ({ interpreter, args, span }, self) => {
    const host = new MapHost(isSet);
    self.host = host;
    for (const entry of iterate(interpreter, args[0] ?? undefinedValue, 'of', span)) {
      if (isSet) host.set(entry, entry);
      else if (entry.type === 'array' && entry.items[0]) host.set(entry.items[0], entry.items[1] ?? undefinedValue);
    }
    self.trap = {
      name,
      get: (key) =>
        key === 'size'
          ? interpreter.path && interpreter.shared.isChanged(self)
            ? operation('length', self)
            : primitive(host.size)
          : undefined,
    };
  });
}

function regexClass(): ClassValue {
  return new ClassValue('RegExp', undefined, undefined, undefined, ({ args: [pattern] }, self) => {
    self.host =
      pattern?.type === 'object' && pattern.host instanceof RegexHost
        ? pattern.host
        : new RegexHost(pattern?.type === 'primitive' ? String(pattern.value) : '', '');
  });
}
