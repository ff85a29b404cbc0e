import type { Argument, Expression } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { iterate } from './iterate.js';
import { callMethod } from './methods.js';
import { Scope } from './scope.js';
import { entriesOf, FunctionValue, isNil, type Keywords, ObjectValue, undefinedValue, type Value } from './values.js';
import { initializeFields, initializeParent } from './construction.js';
import { nilNow, memberByKey, superMember } from './members.js';
import { evaluate } from './evaluate.js';

function args(interpreter: Interpreter, list: Argument[], scope: Scope): Value[] {
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
function keywordArgs(interpreter: Interpreter, list: Argument[], scope: Scope): Keywords | undefined {
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

export function call(interpreter: Interpreter, expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Value {
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
