import type { Expression } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { Scope } from './scope.js';
import { environmentValue } from './operators.js';
import { truth } from './truth.js';
import { operation, type Symbolic, type Value } from './values.js';
import { evaluate, test } from './evaluate.js';

/** A choice between two values that do nothing is a value; otherwise the path forks. */
export function conditional(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'conditional' }>,
  scope: Scope,
): Value {
  if (interpreter.path && isQuiet(expression.then) && isQuiet(expression.otherwise)) {
    const condition = evaluate(interpreter, expression.test, scope);
    if (condition.type !== 'symbolic')
      return evaluate(
        interpreter,
        truth(interpreter, condition, expression.test.span) ? expression.then : expression.otherwise,
        scope,
      );
    if (condition.origin.kind === 'op' && (condition.origin.op === '??' || condition.origin.op === '||'))
      return fork(interpreter, expression, scope);
    const known = settled(interpreter, condition);
    if (known !== undefined) return evaluate(interpreter, known ? expression.then : expression.otherwise, scope);
    return operation(
      'cond',
      condition,
      evaluate(interpreter, expression.then, scope),
      evaluate(interpreter, expression.otherwise, scope),
    );
  }
  return fork(interpreter, expression, scope);
}

function fork(interpreter: Interpreter, expression: Extract<Expression, { kind: 'conditional' }>, scope: Scope): Value {
  const holds = test(interpreter, expression.test, scope);
  if (holds !== undefined) return evaluate(interpreter, holds ? expression.then : expression.otherwise, scope);
  const then = evaluate(interpreter, expression.then, scope);
  const otherwise = evaluate(interpreter, expression.otherwise, scope);
  return then.type === 'primitive' && then.value === undefined
    ? otherwise
    : then.type === 'symbolic' && otherwise.type !== 'symbolic'
      ? otherwise
      : then;
}

/** What this path already knows of a condition, without asking: of the environment it is known what tests have. */
export function settled(interpreter: Interpreter, condition: Symbolic): boolean | undefined {
  const { origin } = condition;
  if (origin.kind === 'op' && origin.op === '===') {
    const [subject, other] = origin.args;
    const assumed = subject?.type === 'symbolic' ? environmentValue(subject) : undefined;
    if (assumed !== undefined && other?.type === 'primitive') return assumed === other.value;
  }
  const nil = interpreter.path?.knows({ kind: 'nil', of: condition });
  if (nil) return false;
  const falsy = interpreter.path?.knows({ kind: 'falsy', of: condition });
  return falsy === undefined ? undefined : !falsy;
}

/** No calls, no assignments: evaluating it has no consequence. */
export function isQuiet(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'name':
    case 'this':
      return true;
    case 'member':
      return isQuiet(expression.of) && isQuiet(expression.key);
    case 'template':
      return expression.values.every(isQuiet);
    case 'object':
      return expression.properties.every((property) => property.kind === 'field' && isQuiet(property.value));
    case 'array':
      return expression.items.every((item) => isQuiet(item.value));
    case 'binary':
      return isQuiet(expression.left) && isQuiet(expression.right);
    case 'call':
      return isQuietCallee(expression.callee) && expression.args.every((arg) => isQuiet(arg.value));
    default:
      return false;
  }
}

const conversions = new Set(['Number', 'String', 'parseInt', 'Boolean', 'parseFloat']);
const textMethods = new Set(['toLowerCase', 'toUpperCase', 'trim', 'toString', 'toISOString', 'getTime']);

const isQuietCallee = (callee: Expression): boolean =>
  callee.kind === 'name'
    ? conversions.has(callee.name)
    : callee.kind === 'member' &&
      callee.key.kind === 'literal' &&
      textMethods.has(String(callee.key.value)) &&
      isQuiet(callee.of);
