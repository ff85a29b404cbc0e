import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { callMethod } from '../interpreter/methods.js';
import {
  ArrayValue,
  entriesOf,
  isCallable,
  isNil,
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { spreadInto } from '../interpreter/composed.js';
import { externalCall } from './chain.js';

type Run = (call: NativeCall) => Value;

/**
 * lodash and underscore, as far as they decide what is loaded, mounted and answered: iteration, copying, wrappers of
 * functions, questions about values. Everything else stays an unknown value of its arguments.
 */
export const lodash: Library = {
  name: 'lodash',
  provide: (module, interpreter) => {
    if (['lodash', 'underscore', 'lodash-es'].includes(module)) return whole(interpreter);
    const one = /^lodash(?:-es)?[./]([\w]+)(?:\.js)?$/.exec(module)?.[1];
    const name = one && Object.keys(functions).find((key) => key.toLowerCase() === one.toLowerCase());
    return name ? native(name) : undefined;
  },
  call(callee, call) {
    const name = externalCall(callee)?.name;
    return name !== undefined && questions.has(name) && call.args.length === 1 ? functions[name]?.(call) : undefined;
  },
};

/** A function of any package that has one of these names asks the same. */
const questions = new Set(['isUndefined', 'isNull', 'isNil', 'isString', 'isNumber', 'isBoolean', 'isFunction']);

const namespaces = new WeakMap<Interpreter, ObjectValue>();

function whole(interpreter: Interpreter): ObjectValue {
  const known = namespaces.get(interpreter);
  if (known) return known;
  const object = new ObjectValue(true);
  object.label = 'lodash';
  for (const name of Object.keys(functions)) object.fields.set(name, native(name));
  object.open = unknown('lodash');
  namespaces.set(interpreter, object);
  return object;
}

const native = (name: string): NativeValue =>
  new NativeValue(
    `lodash.${name}`,
    (call) => functions[name]?.(call) ?? unknown(`lodash.${name}`, call.args, call.span),
  );

/** A method of arrays; an object is walked by its values, and the callback gets the key. */
const overItems =
  (method: string): Run =>
  ({ interpreter, args: [of = undefinedValue, ...rest], span }) => {
    if (isNil(of)) return new ArrayValue([], interpreter.loading);
    const callback = rest[0];
    const key = textOf(callback);
    const given = key !== undefined ? [field(key), ...rest.slice(1)] : rest;
    if (of.type !== 'object' || of.host)
      return callMethod(interpreter, of, method, given, span) ?? unknown(method, [of], span);
    const results = entriesOf(of).map(([name, value]) =>
      callback && isCallable(callback)
        ? interpreter.call(callback, undefinedValue, [value, primitive(name), of], span)
        : value,
    );
    return method === 'map' ? new ArrayValue(results, interpreter.loading) : of;
  };

/** `_.map(list, 'name')` */
const field = (key: string): Value =>
  new NativeValue(`field ${key}`, ({ interpreter, args: [item = undefinedValue], span }) =>
    getMember(interpreter, item, key, span),
  );

const itself: Run = ({ args: [fn = undefinedValue] }) => fn;

const merged =
  (isDefault: boolean): Run =>
  ({ interpreter, args: [target = undefinedValue, ...sources], span }) => {
    if (target.type !== 'object') return sources.length ? unknown('merge', [target, ...sources], span) : target;
    for (const source of sources) {
      if (isDefault && source.type === 'object') {
        for (const [name, value] of entriesOf(source)) if (!target.fields.has(name)) target.fields.set(name, value);
      } else spreadInto(target, source);
    }
    void interpreter;
    return target;
  };

const viaObject =
  (name: string): Run =>
  ({ interpreter, args, span }) => {
    const object = interpreter.global.find('Object')?.binding.value ?? undefinedValue;
    return interpreter.call(getMember(interpreter, object, name), object, args, span);
  };

/** The fields that are named, or all but them. */
const chosen =
  (keeps: boolean): Run =>
  ({ interpreter, args: [of = undefinedValue, ...names], span }) => {
    const flat = names.flatMap((name) => (name.type === 'array' ? name.items : [name])).map(textOf);
    if (flat.some((name) => name === undefined)) return unknown(keeps ? 'pick' : 'omit', [of], span);
    const result = new ObjectValue(interpreter.loading);
    if (keeps) {
      for (const name of flat) {
        const value = getMember(interpreter, of, name ?? '', span);
        if (!isNil(value)) result.fields.set(name ?? '', value);
      }
      return result;
    }
    if (of.type !== 'object') return operation('omit', of, ...flat.map((name) => primitive(name)));
    for (const [name, value] of entriesOf(of)) if (!flat.includes(name)) result.fields.set(name, value);
    result.open = of.open;
    return result;
  };

const get: Run = ({ interpreter, args: [of = undefinedValue, path, fallback], span }) => {
  const names =
    path?.type === 'array'
      ? path.items.map(textOf)
      : textOf(path)
          ?.split(/[.[\]]+/)
          .filter(Boolean);
  if (!names || names.some((name) => name === undefined)) return unknown('get', [of], span);
  const value = names.reduce<Value>(
    (at, name) => (isNil(at) ? undefinedValue : getMember(interpreter, at, name ?? '', span)),
    of,
  );
  return isNil(value)
    ? (fallback ?? value)
    : fallback && value.type === 'symbolic'
      ? operation('??', value, fallback)
      : value;
};

const typeIs =
  (...types: string[]): Run =>
  ({ args: [of = undefinedValue] }) => {
    if (of.type === 'symbolic') return operation('===', operation('typeof', of), primitive(types[0] ?? ''));
    const type = of.type === 'primitive' ? typeof of.value : isCallable(of) ? 'function' : 'object';
    return primitive(types.includes(type));
  };

const same =
  (...values: (null | undefined)[]): Run =>
  ({ args: [of = undefinedValue] }) =>
    of.type === 'symbolic'
      ? operation('===', of, primitive(values[0]))
      : primitive(of.type === 'primitive' && values.includes(of.value as null | undefined));

const isEmpty: Run = ({ args: [of = undefinedValue] }) => {
  if (of.type === 'symbolic') return operation('!', of);
  if (of.type === 'array') return primitive(!of.items.length && !of.more);
  if (of.type === 'object') return of.open ? operation('!', of.open) : primitive(!entriesOf(of).length);
  return primitive(of.type === 'primitive' && !(typeof of.value === 'string' && of.value));
};

const functions: Record<string, Run> = {
  ...Object.fromEntries(
    ['map', 'filter', 'find', 'findIndex', 'some', 'every', 'reduce', 'includes', 'flatMap', 'join', 'reverse'].map(
      (name) => [name, overItems(name)],
    ),
  ),
  each: overItems('forEach'),
  forEach: overItems('forEach'),
  forOwn: overItems('forEach'),
  any: overItems('some'),
  all: overItems('every'),
  contains: overItems('includes'),
  ...Object.fromEntries(
    ['once', 'memoize', 'debounce', 'throttle', 'wrap', 'identity', 'unary', 'chain', 'clone', 'cloneDeep'].map(
      (name) => [name, itself],
    ),
  ),
  ...Object.fromEntries(['extend', 'assign', 'merge', 'assignIn'].map((name) => [name, merged(false)])),
  defaults: merged(true),
  defaultsDeep: merged(true),
  keys: viaObject('keys'),
  values: viaObject('values'),
  toPairs: viaObject('entries'),
  entries: viaObject('entries'),
  fromPairs: viaObject('fromEntries'),
  pick: chosen(true),
  omit: chosen(false),
  get,
  bind: ({ interpreter, args: [fn = undefinedValue, ...rest], span }) =>
    callMethod(interpreter, fn, 'bind', rest, span) ?? fn,
  noop: () => undefinedValue,
  isFunction: typeIs('function'),
  isString: typeIs('string'),
  isNumber: typeIs('number'),
  isBoolean: typeIs('boolean'),
  isObject: typeIs('object', 'function'),
  isPlainObject: typeIs('object'),
  isArray: ({ args: [of = undefinedValue] }) =>
    of.type === 'symbolic' ? operation('question', of) : primitive(of.type === 'array'),
  isUndefined: same(undefined),
  isNull: same(null),
  isNil: same(undefined, null),
  isEmpty,
};
