import type { Expression } from '../core/language.js';
import { spanText } from '../core/language.js';
import { boundMethod, getMember, indexedRow } from './access.js';
import { ancestors } from './ancestors.js';
import { assumedKey, assumedText } from './environment.js';
import type { Interpreter } from './interpreter.js';
import { Scope } from './scope.js';
import {
  type ClassValue,
  FunctionValue,
  isNil,
  NativeValue,
  operation,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { openParent } from './construction.js';
import { evaluate } from './evaluate.js';

export function member(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'member' }>,
  scope: Scope,
): Value {
  const of = evaluate(interpreter, expression.of, scope);
  if (expression.optional && nilNow(interpreter, of)) return undefinedValue;
  const key = evaluate(interpreter, expression.key, scope);
  if (expression.of.kind === 'super') return superMember(interpreter, of, key, scope);
  if (expression.isSubscript) {
    const value = interpreter.rules?.subscript(interpreter, of, key, expression.span);
    if (value) return value;
  }
  return memberByKey(interpreter, of, key, expression.span);
}

/** `x?.y` where this path knows that `x` is absent. */
export function nilNow(interpreter: Interpreter, value: Value): boolean {
  if (isNil(value)) return true;
  return value.type === 'symbolic' && interpreter.path?.knows({ kind: 'nil', of: value }) === true;
}

export function memberByKey(interpreter: Interpreter, of: Value, key: Value, span: Expression['span']): Value {
  if (key.type === 'primitive') return getMember(interpreter, of, String(key.value), span);
  const named = isHeaders(of) || isCookies(of) ? headerName(interpreter, key) : undefined;
  if (named !== undefined) return getMember(interpreter, of, named, span);
  const row = of.type === 'array' ? indexedRow(key) : undefined;
  if (row) return row;
  if (of.type === 'object' && interpreter.shared.isMap(of))
    return interpreter.collection(of, 'get', [key], span) ?? unknown(spanText(span), [of, key], span);
  const entry =
    of.type === 'object' &&
    key.type === 'symbolic' &&
    !interpreter.having('chooses').some((library) => library.chooses?.(of))
      ? assumedKey(interpreter, key, [...of.fields.keys()])
      : undefined;
  if (entry !== undefined) return getMember(interpreter, of, entry, span);
  if (of.type === 'object' && of.fields.size > 0) return operation('pick', of, key);
  if (of.type === 'array' && of.items[0] && of.items.length === 1) return of.items[0];
  return operation('at', of, key);
}

const isHeaders = (of: Value): boolean => of.type === 'object' && of.trap?.name === 'headers';

const isCookies = (of: Value): boolean =>
  of.type === 'symbolic' && of.origin.kind === 'input' && of.origin.part === 'cookie' && !of.origin.at.length;

/** A header or cookie that the environment names. */
const headerName = (interpreter: Interpreter, key: Value): string | undefined =>
  key.type === 'symbolic' && key.origin.kind === 'environment'
    ? assumedText(interpreter, key, key.origin.name.toLowerCase().replace(/_/g, '-'))
    : undefined;

export function superMember(interpreter: Interpreter, home: Value, key: Value, scope: Scope): Value {
  if (home.type !== 'class' || key.type !== 'primitive') return undefinedValue;
  const self = scope.value('this');
  const name = String(key.value);
  for (const cls of parentsAfter(home, self)) {
    if (cls.type === 'symbolic') return outsideMethod(interpreter, cls, name, self);
    const method =
      cls.methods.get(name) ?? cls.natives.get(name) ?? (self?.type === 'class' ? classMethod(cls, name) : undefined);
    if (method) return self ? bound(interpreter, method, self) : method;
    if (cls.construct && name === interpreter.rules?.constructorName) return nativeConstructor(cls);
  }
  return undefinedValue;
}

/** The parents of `home` as `super` sees them: in the order of the object's own class. */
function parentsAfter(home: ClassValue, self: Value | undefined): (ClassValue | Symbolic)[] {
  const own = self?.type === 'object' ? self.cls : self?.type === 'class' ? self : undefined;
  const order = ancestors(own && ancestors(own).includes(home) ? own : home);
  return order.slice(order.indexOf(home) + 1);
}

const classMethod = (cls: ClassValue, name: string): FunctionValue | undefined => {
  const own = cls.fields.get(name);
  return own?.type === 'function' ? own : undefined;
};

const nativeConstructor = (cls: ClassValue): Value =>
  new NativeValue(cls.name, (call) => {
    if (call.self.type === 'object') cls.construct?.(call, call.self);
    return undefinedValue;
  });

/** A method that a parent outside the code has; its constructor keeps what it is given. */
function outsideMethod(interpreter: Interpreter, cls: Symbolic, name: string, self: Value | undefined): Value {
  if (name !== interpreter.rules?.constructorName || self?.type !== 'object')
    return interpreter.rules ? getMember(interpreter, cls, name) : undefinedValue;
  return new NativeValue(name, ({ args: given, keywords, span }) => {
    openParent(interpreter, self, cls, given, span, keywords);
    return undefinedValue;
  });
}

function bound(interpreter: Interpreter, fn: FunctionValue | NativeValue, self: Value): Value {
  if (fn.type === 'native' || fn.node.takesSelf) return boundMethod(interpreter, fn, self);
  const copy = new FunctionValue(fn.node, fn.scope, self, interpreter.loading);
  copy.home = fn.home;
  return copy;
}
