import type { Expression, FunctionNode } from '../core/language.js';
import { bind } from './bind.js';
import { makeClass } from './classes.js';
import type { Interpreter } from './interpreter.js';
import { receiverName } from './generators.js';
import { iterate } from './iterate.js';
import { promised } from './promises.js';
import { binary, unary } from './operators.js';
import { Scope } from './scope.js';
import { plainTruth, truth } from './truth.js';
import {
  FunctionValue,
  generated,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { conditional } from './conditional.js';
import { array, object } from './composed.js';
import { member } from './members.js';
import { call } from './call-expression.js';
import { logical, invert } from './logical.js';

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
