import { getMember } from '../../interpreter/access.js';
import { withDefault } from '../../interpreter/environment.js';
import { MapHost } from '../../interpreter/collections.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { LanguageRules } from '../../interpreter/language-rules.js';
import { symbolicListMethod } from '../../interpreter/arrays.js';
import {
  ArrayValue,
  type ClassValue,
  isNil,
  type NativeCall,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { listMethods } from '../lower-comprehensions.js';
import { attributeOf } from './attributes.js';
import { declareBuiltins } from './builtins.js';
import { dictMethod, listMethod } from './collections.js';
import { defineEnum, enumMembers } from './enums.js';
import { declareExceptions } from './exceptions.js';
import { subscript } from './subscripts.js';
import { operate } from './operators.js';
import { textMethod } from './text.js';

/** What Python says differently. */
export const python: LanguageRules = {
  globals: (_interpreter, scope) => {
    declareBuiltins(scope);
    declareExceptions(scope);
  },
  method,
  member,
  subscript,
  within,
  operate,
  exceptionRoots: ['Exception', 'BaseException'],
  constructorName: '__init__',
  enterNames: ['__aenter__', '__enter__'],
  exitNames: ['__aexit__', '__exit__'],
  callName: '__call__',
  attribute: attributeOf,
  exception: (interpreter, name, message, span) => {
    const cls = interpreter.global.find(name)?.binding.value;
    return cls?.type === 'class'
      ? interpreter.construct(cls, [primitive(message)], span)
      : (interpreter.global.find('Exception')?.binding.value ?? undefinedValue);
  },
  defined: defineEnum,
  items: (value) => {
    const own = enumMembers(value);
    return own && [...own.values()];
  },
};

const dataKinds = new Set([
  'input',
  'op',
  'row',
  'rows',
  'count',
  'written',
  'upstream',
  'principal',
  'session',
  'generated',
  'environment',
]);

function method(call: NativeCall, key: string): Value | undefined {
  const { self, interpreter } = call;
  switch (self.type) {
    case 'array':
      return listMethod({ ...call, self }, key);
    case 'primitive':
      return typeof self.value === 'string' ? textMethod({ ...call, self }, key) : undefined;
    case 'object':
      if (self.trap?.name === 'environment') return environmentMethod({ ...call, self }, key);
      if (self.host instanceof MapHost || self.cls || self.trap || self.fields.has(key)) return undefined;
      return self.host === undefined ? dictMethod({ ...call, self }, key) : undefined;
    case 'symbolic':
      return dataKinds.has(self.origin.kind)
        ? dataMethod({ ...call, self }, key)
        : comprehended({ ...call, self }, key);
    case 'class': {
      const own = enumMembers(self);
      return own && key === listMethods.map
        ? listMethod({ ...call, self: new ArrayValue([...own.values()], interpreter.loading) }, key)
        : undefined;
    }
    default:
      return undefined;
  }
}

/** `os.environ.get(name, default)` */
function environmentMethod(
  { interpreter, self, args: [name, fallback], span }: NativeCall,
  key: string,
): Value | undefined {
  const text = textOf(name);
  if ((key !== 'get' && key !== 'setdefault') || text === undefined) return undefined;
  const value = getMember(interpreter, self, text, span);
  return fallback?.type === 'primitive' && !isNil(fallback) ? withDefault(value, fallback.value) : value;
}

/** What gives the same moment, or a part of it. */
const clockMethods = new Set(['replace', 'astimezone', 'date', 'time', 'timetz']);

/** A comprehension over something that is not known yet. */
function comprehended(call: NativeCall & { self: Symbolic }, key: string): Value | undefined {
  const names: Record<string, string> = {
    [listMethods.map]: 'map',
    [listMethods.filter]: 'filter',
    [listMethods.flatMap]: 'flatMap',
  };
  const name = names[key];
  if (name === undefined) return undefined;
  if (call.interpreter.loading) return new ArrayValue([], true);
  const result = symbolicListMethod(call.interpreter, call.self, name, call.args, call.span);
  return name === 'filter' && call.self.origin.kind === 'rows' ? call.self : result;
}

/** Methods of what a request, a store or another service gives: texts, lists and dicts alike. */
function dataMethod(call: NativeCall & { self: Symbolic }, key: string): Value | undefined {
  const { self, args, interpreter, span } = call;
  const [first, second] = args;
  if (key === 'get' && first?.type === 'primitive' && 'at' in self.origin) {
    const value = getMember(interpreter, self, String(first.value), span);
    return second && !isNil(second) && value.type === 'symbolic' ? operation('??', value, second) : value;
  }
  if (self.origin.kind === 'generated' && self.origin.what === 'clock' && clockMethods.has(key)) return self;
  if (key === 'isoformat') return operation('iso', self);
  if (key === 'timestamp') return operation('time', self);
  if (key === 'items' || key === 'keys' || key === 'values') return operation(key, self);
  if (key === 'copy') return self;
  return comprehended(call, key) ?? textMethod(call, key);
}

function member(interpreter: Interpreter, of: Value, key: string): Value | undefined {
  if (of.type === 'primitive') return key === 'value' && !isNil(of) ? of : undefined;
  if (key === '__name__' || key === '__qualname__') {
    if (of.type === 'class') return primitive(of.name);
    if (of.type === 'function') return of.fields.get(key) ?? primitive(of.node.name);
  }
  if (key === '__class__' && of.type === 'object') return of.cls;
  if (key === '__dict__' && of.type === 'object') {
    const copy = new ObjectValue(interpreter.loading);
    for (const [name, value] of of.fields) copy.fields.set(name, value);
    return copy;
  }
  if (key === '__members__' && of.type === 'class') return membersOf(of);
  if (key === '__call__' && (of.type === 'function' || of.type === 'native')) return of;
  return undefined;
}

function membersOf(cls: ClassValue): Value | undefined {
  const own = enumMembers(cls);
  if (!own) return undefined;
  const object = new ObjectValue(true);
  for (const [name, value] of own) object.fields.set(name, value);
  return object;
}

/** `left in right` */
function within(
  interpreter: Interpreter,
  left: Value,
  right: Value,
  span: Parameters<LanguageRules['within']>[3],
): Value {
  if (right.type === 'array') return listIncludes(interpreter, left, right, span);
  const own = right.type === 'class' ? enumMembers(right) : undefined;
  if (own) return listIncludes(interpreter, left, new ArrayValue([...own.values()], false), span);
  if (right.type === 'object' && interpreter.path && interpreter.shared.isMap(right))
    return interpreter.collection(right, 'has', [left], span) ?? operation('question', left, right);
  if (right.type === 'object' && !right.cls) {
    if (left.type === 'primitive')
      return right.fields.has(String(left.value)) || !right.open
        ? primitive(right.fields.has(String(left.value)))
        : operation('!', operation('===', getMember(interpreter, right, String(left.value), span), nullValue));
    if (!right.open && !right.trap)
      return operation(
        'in',
        left,
        new ArrayValue(
          [...right.fields.keys()].map((name) => primitive(name)),
          false,
        ),
      );
  }
  if (right.type === 'primitive' && left.type === 'primitive')
    return primitive(typeof right.value === 'string' && right.value.includes(String(left.value)));
  if (right.type === 'symbolic') {
    const text = textOf(left);
    const isText = right.origin.kind === 'input' && (right.origin.part === 'header' || right.origin.part === 'path');
    if (text !== undefined && isText)
      return operation('matches', right, primitive(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
    return operation('contains', right, left);
  }
  return operation('question', left, right);
}

function listIncludes(interpreter: Interpreter, left: Value, right: ArrayValue, span: NativeCall['span']): Value {
  const stored = interpreter.collection(right, 'includes', [left], span);
  if (stored) return stored;
  const known = right.items.every((item) => item.type !== 'symbolic') && !right.more;
  if (left.type !== 'symbolic' && known)
    return primitive(
      right.items.some(
        (item) =>
          item === left || (item.type === 'primitive' && left.type === 'primitive' && item.value === left.value),
      ),
    );
  if (right.items.length === 1 && !right.more && right.items[0]) return operation('===', left, right.items[0]);
  return operation('in', left, right);
}
