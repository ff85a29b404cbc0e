import { spanText } from '../core/language.js';
import { getMember } from './access.js';
import { MapHost } from './collections.js';
import { environmentObject } from './environment.js';
import { RegexHost } from './evaluate.js';
import { errorClasses } from './errors.js';
import type { Interpreter } from './interpreter.js';
import { iterate, keys } from './iterate.js';
import { Scope } from './scope.js';
import {
  ArrayValue,
  ClassValue,
  generated,
  isCallable,
  type NativeCall,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { callable, loadedArray, namespace, native, nothing, type Run } from './natives.js';
import { objectNamespace } from './global-object.js';
import { promiseNamespace } from './global-promise.js';
import { inJson, parsedJson } from './json.js';

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
  const number = callable('Number', convert('number', Number), {
    isInteger: typeCheck('integer'),
    isFinite: typeCheck('number'),
    isNaN: typeCheck('nan'),
    parseFloat: convert('number', Number),
    parseInt: convert('integer', (value) => parseInt(String(value), 10)),
  });
  for (const key of numbers) number.fields.set(key, primitive(Number[key]));
  declare('Number', number);
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

function jsonNamespace(): Value {
  return namespace('JSON', {
    stringify: ({ args }) =>
      args[0]?.type === 'primitive'
        ? primitive(JSON.stringify(args[0].value))
        : operation('json', args[0] ?? undefinedValue),
    parse: ({ args: [given = undefinedValue], interpreter, span }) => {
      const value = textItself(given);
      const inside = inJson(value);
      if (inside) return inside;
      const concrete = value.type === 'primitive' ? parsedJson(String(value.value), interpreter.loading) : undefined;
      if (concrete) return concrete;
      const stored =
        value.type === 'symbolic'
          ? interpreter.ask('parsed', (library) => library.parsed?.(value, interpreter))
          : undefined;
      if (stored) return stored;
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

/** A buffer's text is what the buffer is. */
const textItself = (value: Value): Value =>
  value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === 'string' && value.origin.args[0]
    ? value.origin.args[0]
    : value;

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
