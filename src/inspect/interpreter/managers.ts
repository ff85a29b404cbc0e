import type { Span, Statement } from '../core/language.js';
import { findMethod } from './ancestors.js';
import { bind } from './bind.js';
import { evaluate } from './evaluate.js';
import type { Completion } from './execute.js';
import { GeneratorHost } from './generators.js';
import { type Interpreter } from './interpreter.js';
import { Thrown } from './thrown.js';
import { truth } from './truth.js';
import type { Scope } from './scope.js';
import { nullValue, type ObjectValue, undefinedValue, type Value } from './values.js';

type With = Extract<Statement, { kind: 'with' }>;

/** `with manager as target: body`. A generator runs up to its `yield`, then the body, then the rest of it. */
export function manage(interpreter: Interpreter, statement: With, scope: Scope, body: () => Completion): Completion {
  const manager = interpreter.settle(evaluate(interpreter, statement.manager, scope), statement.manager.span);
  const begin = (value: Value): Completion => {
    if (statement.target) bind(interpreter, statement.target, value, scope, true);
    return body();
  };
  if (manager.type === 'object' && manager.host instanceof GeneratorHost) {
    let done: Completion = { kind: 'normal' };
    manager.host.run(interpreter, statement.span, (value) => (done = begin(value)));
    return done;
  }
  if (manager.type === 'object' && interpreter.rules) {
    const enter = interpreter.rules.enterNames.map((name) => findMethod(manager.cls, name)).find(Boolean);
    if (enter) {
      const value = interpreter.settle(interpreter.call(enter, manager, [], statement.span), statement.span);
      return leaving(interpreter, manager, statement.span, () => begin(value));
    }
  }
  for (const library of interpreter.having('manage')) {
    const done = library.manage?.(manager, interpreter, statement.span, begin);
    if (done) return done;
  }
  return begin(manager);
}

/** Runs the body, then the manager's own exit, which may keep an exception from going on. */
function leaving(interpreter: Interpreter, manager: ObjectValue, span: Span, body: () => Completion): Completion {
  const exit = interpreter.rules?.exitNames.map((name) => findMethod(manager.cls, name)).find(Boolean);
  const leave = (error: Value): Value =>
    exit
      ? interpreter.settle(
          interpreter.call(
            exit,
            manager,
            [error.type === 'object' ? (error.cls ?? error) : error, error, nullValue],
            span,
          ),
          span,
        )
      : undefinedValue;
  try {
    const done = body();
    leave(nullValue);
    return done;
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    const swallowed = leave(error.value);
    if (swallowed.type === 'primitive' && truth(interpreter, swallowed, span)) return { kind: 'normal' };
    throw error;
  }
}
