import type { Span } from '../core/language.js';
import { type Interpreter } from './interpreter.js';
import { Thrown } from './thrown.js';
import { isCallable, PromiseValue, undefinedValue, type Value } from './values.js';

/** Runs `body`; its value or exception becomes a promise. */
export function promised(interpreter: Interpreter, span: Span, body: () => Value): Value {
  try {
    const value = interpreter.settle(body(), span);
    return new PromiseValue({ ok: true, value }, interpreter.loading);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return new PromiseValue(
      { ok: false, error: error.value, guards: error.decisions, span: error.span },
      interpreter.loading,
    );
  }
}

export function promiseMethod(
  interpreter: Interpreter,
  self: PromiseValue,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  self.handled = true;
  const { state } = self;
  const [first, second] = args;
  if (key === 'then') {
    const handler = state.ok ? first : second;
    if (!handler || !isCallable(handler)) return self;
    return promised(interpreter, span, () =>
      state.ok
        ? interpreter.call(handler, undefinedValue, [interpreter.settle(state.value, span)], span)
        : rejected(interpreter, handler, state, span),
    );
  }
  if (key === 'catch') {
    if (state.ok || !first || !isCallable(first)) return self;
    return promised(interpreter, span, () => rejected(interpreter, first, state, span));
  }
  if (key === 'finally') {
    if (first && isCallable(first)) interpreter.call(first, undefinedValue, [], span);
    return self;
  }
  return undefined;
}

/** The decision that led to the rejection stays the deciding one when `next` gets the error. */
function rejected(
  interpreter: Interpreter,
  handler: Value,
  state: Extract<PromiseValue['state'], { ok: false }>,
  span: Span,
): Value {
  interpreter.cause = { error: state.error, decisions: state.guards, span: state.span };
  return interpreter.call(handler, undefinedValue, [state.error], span);
}
