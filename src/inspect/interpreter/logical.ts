import type { Json } from '../../model/index.js';
import type { Expression } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { Scope } from './scope.js';
import { plainTruth, truth } from './truth.js';
import { isNil, operation, primitive, type Symbolic, symbolic, type Value } from './values.js';
import { isQuiet, settled } from './conditional.js';
import { evaluate } from './evaluate.js';

export function logical(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'logical' }>,
  scope: Scope,
): Value {
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

export const invert = (value: boolean | undefined): boolean | undefined => (value === undefined ? undefined : !value);

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
