import { spreadInto } from './composed.js';
import type { Interpreter } from './interpreter.js';
import { iterate, keys } from './iterate.js';
import { hasField } from './methods.js';
import {
  entriesOf,
  type NativeCall,
  ObjectValue,
  operation,
  primitive,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { callable, loadedArray, native } from './natives.js';

export function objectNamespace(): Value {
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
