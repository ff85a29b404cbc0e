import type { Json } from '../../model/index.js';
import type { Argument, Expression, FunctionNode } from '../core/language.js';
import { spanText } from '../core/language.js';
import { boundMethod, getMember, indexedRow } from './access.js';
import { ancestors } from './ancestors.js';
import { bind } from './bind.js';
import { makeClass } from './classes.js';
import { assumedKey, assumedText } from './environment.js';
import type { Interpreter } from './interpreter.js';
import { receiverName } from './generators.js';
import { iterate } from './iterate.js';
import { callMethod } from './methods.js';
import { promised } from './promises.js';
import { binary, unary } from './operators.js';
import { Scope } from './scope.js';
import { plainTruth, truth } from './truth.js';
import {
  type ClassValue,
  entriesOf,
  FunctionValue,
  generated,
  isNil,
  type Keywords,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  type Symbolic,
  symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { conditional, isQuiet, settled } from './conditional.js';
import { array, object } from './composed.js';
import { initializeFields, initializeParent, openParent } from './construction.js';

export function evaluate(interpreter: Interpreter, expression: Expression, scope: Scope): Value {
  interpreter.step();
  switch (expression.kind) {
    case 'literal':
      return primitive(expression.value);
    case 'regex': {
      const regex = new ObjectValue(interpreter.loading);
      regex.host = new RegexHost(expression.pattern, expression.flags);
      return regex;
    }
    case 'template':
      return template(interpreter, expression, scope);
    case 'name':
      return name(interpreter, expression.name, scope);
    case 'this':
      return scope.value('this') ?? undefinedValue;
    case 'super':
      return scope.value('super') ?? undefinedValue;
    case 'member':
      return member(interpreter, expression, scope);
    case 'call':
      return call(interpreter, expression, scope);
    case 'function': {
      const self = expression.fn.isArrow ? scope.value('this') : undefined;
      return makeFunction(interpreter, expression.fn, scope, self);
    }
    case 'class':
      return makeClass(interpreter, expression.cls, scope);
    case 'object':
      return object(interpreter, expression, scope);
    case 'array':
      return array(interpreter, expression.items, scope, expression.shape);
    case 'conditional':
      return conditional(interpreter, expression, scope);
    case 'logical':
      return logical(interpreter, expression, scope);
    case 'binary':
      return binary(
        interpreter,
        expression.op,
        evaluate(interpreter, expression.left, scope),
        evaluate(interpreter, expression.right, scope),
        expression.span,
      );
    case 'unary':
      if (expression.op === '!') return negate(interpreter, expression.of, scope);
      return unary(interpreter, expression, scope);
    case 'assign':
      return assign(interpreter, expression, scope);
    case 'yield':
      return handOut(interpreter, expression, scope);
    case 'await':
      return interpreter.settle(evaluate(interpreter, expression.of, scope), expression.span);
    case 'sequence':
      return expression.items.map((item) => evaluate(interpreter, item, scope)).at(-1) ?? undefinedValue;
    case 'import': {
      const specifier = evaluate(interpreter, expression.specifier, scope);
      const text = specifier.type === 'primitive' ? String(specifier.value).replace(/^file:\/\//, '') : undefined;
      return promised(interpreter, expression.span, () =>
        text === undefined
          ? unknown('import', [specifier], expression.span)
          : interpreter.modules.import(text, scope.file, '*'),
      );
    }
    case 'opaque':
      return unknown(expression.text.slice(0, 80), [], expression.span);
  }
}

export class RegexHost {
  constructor(
    readonly pattern: string,
    readonly flags: string,
  ) {}
}

function name(interpreter: Interpreter, key: string, scope: Scope): Value {
  const found = scope.find(key);
  if (!found) return symbolic({ kind: 'external', module: 'global', path: [key] }, true);
  const { binding } = found;
  if (binding.get) return binding.get();
  if (interpreter.path && found.scope.atLoad && interpreter.shared.isChanged(binding))
    return openValue(interpreter, binding.value);
  return binding.value;
}

/** A module-level variable that operations assign to: what it holds when a request comes is not known. */
function openValue(interpreter: Interpreter, value: Value): Value {
  if (value.type === 'array' || value.type === 'object') {
    interpreter.shared.useAsMap(value);
    return value;
  }
  if (value.type !== 'primitive') return value;
  return generated(
    'other',
    typeof value.value === 'number' ? { type: 'integer' } : typeof value.value === 'string' ? { type: 'string' } : {},
  );
}

function template(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'template' }>,
  scope: Scope,
): Value {
  const values = expression.values.map((value) => evaluate(interpreter, value, scope));
  const parts: Value[] = [];
  expression.texts.forEach((text, index) => {
    if (text) parts.push(primitive(text));
    const value = values[index];
    if (value) parts.push(value.type === 'primitive' ? primitive(String(value.value)) : value);
  });
  if (parts.every((part) => part.type === 'primitive'))
    return primitive(parts.map((part) => String(part.value)).join(''));
  return operation('template', ...parts);
}

function member(interpreter: Interpreter, expression: Extract<Expression, { kind: 'member' }>, scope: Scope): Value {
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
function nilNow(interpreter: Interpreter, value: Value): boolean {
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

function superMember(interpreter: Interpreter, home: Value, key: Value, scope: Scope): Value {
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

/** A function where it is made: what it closes over, and the defaults that are evaluated there. */
export function makeFunction(
  interpreter: Interpreter,
  node: FunctionNode,
  scope: Scope,
  self: Value | undefined,
): FunctionValue {
  const fn = new FunctionValue(node, scope.closure ?? scope, self, interpreter.loading);
  node.params.forEach((param, index) => {
    if (param.fallback) (fn.fallbacks ??= new Map()).set(index, evaluate(interpreter, param.fallback, scope));
  });
  return fn;
}

/** `yield`: the caller goes on with the value, then the generator does. */
function handOut(interpreter: Interpreter, expression: Extract<Expression, { kind: 'yield' }>, scope: Scope): Value {
  const value = expression.value ? evaluate(interpreter, expression.value, scope) : undefinedValue;
  const receiver = scope.value(receiverName);
  const items = expression.all ? iterate(interpreter, value, 'of', expression.span) : [value];
  if (receiver) for (const item of items) interpreter.call(receiver, undefinedValue, [item], expression.span);
  return undefinedValue;
}

export function args(interpreter: Interpreter, list: Argument[], scope: Scope): Value[] {
  const values: Value[] = [];
  for (const argument of list) {
    if (argument.name !== undefined) continue;
    const value = evaluate(interpreter, argument.value, scope);
    if (argument.spread) values.push(...iterate(interpreter, value, 'of', argument.value.span));
    else values.push(value);
  }
  return values;
}

/** Arguments given by name; undefined where there are none. */
export function keywordArgs(interpreter: Interpreter, list: Argument[], scope: Scope): Keywords | undefined {
  let keywords: Keywords | undefined;
  for (const argument of list) {
    if (argument.name === undefined) continue;
    const value = evaluate(interpreter, argument.value, scope);
    keywords ??= new Map();
    if (!argument.spread) keywords.set(argument.name, value);
    else if (value.type === 'object') {
      for (const [name, field] of entriesOf(value)) keywords.set(name, field);
      if (value.open) keywords.set('**', value.open);
    } else if (value.type === 'symbolic') keywords.set('**', value);
  }
  return keywords;
}

function call(interpreter: Interpreter, expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
  const { callee } = expression;
  if (callee.kind === 'super') return superCall(interpreter, expression, scope);
  if (callee.kind !== 'member') {
    const target = evaluate(interpreter, callee, scope);
    if (expression.optional && isNil(target)) return undefinedValue;
    const given = args(interpreter, expression.args, scope);
    const result = interpreter.call(
      target,
      undefinedValue,
      given,
      expression.span,
      expression.isNew,
      keywordArgs(interpreter, expression.args, scope),
    );
    return expression.decorates ? decorated(interpreter, target, given[0], result) : result;
  }
  const self = evaluate(interpreter, callee.of, scope);
  if ((callee.optional || expression.optional) && nilNow(interpreter, self)) return undefinedValue;
  const key = evaluate(interpreter, callee.key, scope);
  const values = args(interpreter, expression.args, scope);
  const keywords = keywordArgs(interpreter, expression.args, scope);
  if (callee.of.kind === 'super')
    return interpreter.call(
      superMember(interpreter, self, key, scope),
      scope.value('this') ?? undefinedValue,
      values,
      expression.span,
      false,
      keywords,
    );
  if (key.type === 'primitive' && !expression.isNew && !callee.isSubscript) {
    const result = callMethod(interpreter, self, String(key.value), values, expression.span, keywords);
    if (result) return expression.decorates ? decorated(interpreter, self, values[0], result) : result;
  }
  const watched =
    (self.type === 'object' || self.type === 'function') && key.type === 'primitive'
      ? watchedCall(interpreter, self, String(key.value), values, expression.span, keywords)
      : undefined;
  if (watched) return watched;
  const target =
    (callee.isSubscript ? interpreter.rules?.subscript(interpreter, self, key, callee.span) : undefined) ??
    memberByKey(interpreter, self, key, callee.span);
  if (expression.optional && isNil(target)) return undefinedValue;
  const result = interpreter.call(target, self, values, expression.span, expression.isNew, keywords);
  return expression.decorates ? decorated(interpreter, target, values[0], result) : result;
}

/** What a decorator makes of a function or class. One that is not known leaves it as it is, and is remembered on it. */
function decorated(interpreter: Interpreter, decorator: Value, given: Value | undefined, result: Value): Value {
  const fn = given?.type === 'object' ? interpreter.rules?.attribute(given)?.fn : given;
  if (!given || (fn?.type !== 'function' && fn?.type !== 'class')) return result;
  const isKnown = result.type !== 'symbolic' && !isNil(result);
  if (fn.type === 'class') fn.decorations.push({ value: decorator });
  else (fn.decorations ??= []).push(decorator);
  return isKnown ? result : given;
}

/** A method of an object that a library watches (a queue of the service's own). */
function watchedCall(
  interpreter: Interpreter,
  self: ObjectValue | FunctionValue,
  method: string,
  values: Value[],
  span: Expression['span'],
  keywords: Keywords | undefined,
): Value | undefined {
  const call = { interpreter, self, args: values, span, isNew: false, keywords };
  for (const library of interpreter.having(self.type === 'function' ? 'functionMethod' : 'method')) {
    const value =
      self.type === 'function' ? library.functionMethod?.(self, method, call) : library.method?.(self, method, call);
    if (value) return value;
  }
  return undefined;
}

function superCall(interpreter: Interpreter, expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
  const home = scope.value('super');
  const self = scope.value('this');
  if (home?.type !== 'class' || self?.type !== 'object') return undefinedValue;
  initializeParent(interpreter, home, self, args(interpreter, expression.args, scope), expression.span);
  initializeFields(interpreter, home, self);
  const own = home.node?.members.find((member) => member.kind === 'constructor');
  for (const field of own?.parameterFields ?? [])
    self.fields.set(field, scope.find(field)?.binding.value ?? undefinedValue);
  return self;
}

function logical(interpreter: Interpreter, expression: Extract<Expression, { kind: 'logical' }>, scope: Scope): Value {
  const left = evaluate(interpreter, expression.left, scope);
  const { op } = expression;
  if (left.type !== 'symbolic') {
    const isTrue = plainTruth(interpreter, left);
    const takesRight = op === '??' ? isNil(left) : op === '||' ? !isTrue : isTrue;
    return takesRight ? evaluate(interpreter, expression.right, scope) : left;
  }
  if (left.origin.kind === 'environment' && op !== '&&')
    return withFallback(interpreter, left, expression.right, scope);
  if (interpreter.loading) {
    const right = evaluate(interpreter, expression.right, scope);
    return op === '&&'
      ? right
      : right.type === 'symbolic' || (right.type === 'primitive' && right.value === undefined)
        ? left
        : right;
  }
  const known = op === '??' ? interpreter.path?.knows({ kind: 'nil', of: left }) : invert(settled(interpreter, left));
  if (known !== undefined && op !== '&&') return known ? evaluate(interpreter, expression.right, scope) : left;
  const holdsAlready = op === '&&' ? settled(interpreter, left) : undefined;
  if (holdsAlready !== undefined)
    return holdsAlready
      ? evaluate(interpreter, expression.right, scope)
      : left.origin.kind === 'op'
        ? primitive(false)
        : left;
  if (isQuiet(expression.right)) return operation(op, left, evaluate(interpreter, expression.right, scope));
  if (op === '??')
    return interpreter.decide({ kind: 'nil', of: left }, expression.left.span, false)
      ? evaluate(interpreter, expression.right, scope)
      : left;
  const holds = truth(interpreter, left, expression.left.span);
  return holds === (op === '&&') ? evaluate(interpreter, expression.right, scope) : left;
}

const invert = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value);

function withFallback(interpreter: Interpreter, left: Symbolic, right: Expression, scope: Scope): Value {
  if (left.origin.kind !== 'environment' || left.origin.fallback !== undefined) return left;
  const fallback = evaluate(interpreter, right, scope);
  const variable = interpreter.environment.get(left.origin.name);
  if (variable && fallback.type === 'primitive' && variable.fallback === undefined)
    variable.fallback = (fallback.value ?? null) as Json;
  if (fallback.type === 'symbolic' && fallback.origin.kind === 'environment') return fallback;
  return fallback.type === 'primitive'
    ? symbolic({ ...left.origin, fallback: fallback.value }, left.atLoad)
    : fallback.type === 'symbolic'
      ? left
      : fallback;
}

function negate(interpreter: Interpreter, of: Expression, scope: Scope): Value {
  const value = evaluate(interpreter, of, scope);
  return value.type === 'symbolic' ? operation('!', value) : primitive(!plainTruth(interpreter, value));
}

function assign(interpreter: Interpreter, expression: Extract<Expression, { kind: 'assign' }>, scope: Scope): Value {
  const { target, op } = expression;
  if (op === '=') {
    const value = evaluate(interpreter, expression.value, scope);
    bind(interpreter, target, value, scope, true);
    return value;
  }
  if (target.kind !== 'name' && target.kind !== 'place') return undefinedValue;
  const place: Expression =
    target.kind === 'name' ? { kind: 'name', name: target.name, span: target.span } : target.place;
  const before = evaluate(interpreter, place, scope);
  const after =
    op === '??' || op === '||' || op === '&&'
      ? logical(
          interpreter,
          { kind: 'logical', op, left: place, right: expression.value, span: expression.span },
          scope,
        )
      : binary(interpreter, op, before, evaluate(interpreter, expression.value, scope), expression.span);
  bind(interpreter, target, after, scope, true);
  return expression.postfix ? before : after;
}

/** A condition: true, false, or (only while loading) undefined. Each part of `&&` and `||` is its own decision. */
export function test(interpreter: Interpreter, expression: Expression, scope: Scope): boolean | undefined {
  if (expression.kind === 'logical' && expression.op !== '??') {
    const left = test(interpreter, expression.left, scope);
    if (left === undefined) {
      const right = test(interpreter, expression.right, scope);
      return right === (expression.op === '||') ? right : undefined;
    }
    return left === (expression.op === '||') ? left : test(interpreter, expression.right, scope);
  }
  if (expression.kind === 'unary' && expression.op === '!') return invert(test(interpreter, expression.of, scope));
  return truth(interpreter, evaluate(interpreter, expression, scope), expression.span);
}
