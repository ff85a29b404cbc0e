import { type Span, spanText } from '../core/language.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import { truth } from '../interpreter/truth.js';
import { isNil, NativeValue, primitive, symbolic, textOf, undefinedValue, type Value } from '../interpreter/values.js';
import type { Answer } from '../adapter.js';
import { describeSymbol } from '../terms.js';
import { covers, type FlatRoute, type Layer } from './flatten.js';
import { Exchange } from './exchange.js';
import { passesThrough } from './transparent.js';

/** An error on its way to an error handler. */
interface Failure {
  error: Value;
  decisions: number;
  span: Span;
}

type Outcome = 'next' | 'answered' | 'skip-route' | { failure: Failure } | { hangs: string; span: Span };

export interface ChainContext {
  interpreter: Interpreter;
  /** Express's major version: 5 passes rejections on, 4 leaves the request hanging. */
  version: number;
  app: Value;
}

const arity = (handler: Value): number =>
  handler.type === 'function' ? handler.node.params.length : handler.type === 'native' ? handler.arity : 0;
const isErrorHandler = (handler: Value): boolean => arity(handler) === 4;

/** The layers that a request to `route` can meet, error handlers included. */
export const relevantLayers = (route: FlatRoute): Layer[] =>
  route.layers.filter(
    (layer) =>
      covers(layer, route.path) &&
      (layer.method === 'ALL' || layer.method === (route.method === 'ALL' ? 'GET' : route.method)),
  );

/** Sends one request to `route`, through `relevant` layers, and gives the answer. */
export function runChain(
  context: ChainContext,
  route: FlatRoute,
  relevant: Layer[],
): Answer | { hangs: string; span: Span } {
  const exchange = new Exchange(
    context.interpreter,
    route.method === 'ALL' ? 'GET' : route.method,
    context.app,
    route.path,
  );
  const before = relevant.filter((layer) => layer.order < route.order && !isErrorHandler(layer.handler));
  for (const layer of before) {
    const outcome = step(context, exchange, layer.handler, layer.span, undefined, layer.param !== undefined);
    if (outcome !== 'next') return conclude(context, exchange, outcome, relevant, layer.order);
  }
  for (const handler of route.handlers) {
    if (isErrorHandler(handler)) continue;
    const outcome = step(context, exchange, handler, route.span, undefined, false);
    if (outcome === 'skip-route') break;
    if (outcome !== 'next') return conclude(context, exchange, outcome, relevant, route.order);
  }
  for (const layer of relevant.filter((later) => later.order > route.order && !isErrorHandler(later.handler))) {
    const outcome = step(context, exchange, layer.handler, layer.span, undefined, false);
    if (outcome !== 'next') return conclude(context, exchange, outcome, relevant, layer.order);
  }
  return {
    status: 404,
    headers: new Map(),
    span: route.span,
    decisions: context.interpreter.path?.decisions.length ?? 0,
    failed: false,
  };
}

function step(
  context: ChainContext,
  exchange: Exchange,
  handler: Value,
  span: Span,
  error: Value | undefined,
  isParam: boolean,
): Outcome {
  const { interpreter } = context;
  let passed: { error: Value | undefined; decisions: number; span: Span } | undefined;
  const next = new NativeValue('next', (call) => {
    passed ??= { error: call.args[0], decisions: interpreter.path?.decisions.length ?? 0, span: call.span };
    return undefinedValue;
  });
  const args = [...(error ? [error] : []), exchange.request, exchange.response, next];
  if (isParam) args.push(symbolic({ kind: 'input', part: 'path', at: ['*'] }), primitive(''));
  let result: Value;
  try {
    result = interpreter.call(handler, undefinedValue, args, span);
    if (result.type === 'promise' && !result.state.ok && !result.handled && !passed && !exchange.answered)
      return rejection(context, result.state, span);
  } catch (thrown) {
    if (!(thrown instanceof Thrown)) throw thrown;
    if (exchange.answered) return 'answered';
    return { failure: { error: thrown.value, decisions: thrown.decisions, span: thrown.span } };
  }
  if (exchange.answered) return 'answered';
  if (passed) return followNext(context, passed);
  if (handler.type === 'symbolic') {
    if (!passesThrough(handler))
      interpreter.gap(
        'middleware-not-read',
        `The middleware ${describeSymbol(handler)} was not read: what it refuses has no case.`,
        span,
      );
    return 'next';
  }
  if (handler.type === 'object' || handler.type === 'primitive') return 'next';
  return { hangs: 'no answer is given and next() is not called', span };
}

function rejection(context: ChainContext, state: { error: Value; guards: number; span: Span }, span: Span): Outcome {
  if (context.version >= 5) return { failure: { error: state.error, decisions: state.guards, span: state.span } };
  return {
    hangs: 'an async handler rejects, and Express 4 does not pass rejections on: the request hangs',
    span: state.span ?? span,
  };
}

function followNext(
  context: ChainContext,
  passed: { error: Value | undefined; decisions: number; span: Span },
): Outcome {
  const { error } = passed;
  if (!error || isNil(error)) return 'next';
  if (textOf(error) === 'route' || textOf(error) === 'router') return 'skip-route';
  if (error.type === 'symbolic' && error.origin.kind !== 'failure' && !truth(context.interpreter, error, passed.span))
    return 'next';
  const { cause } = context.interpreter;
  const decided = cause?.error === error ? cause : undefined;
  return { failure: { error, decisions: decided?.decisions ?? passed.decisions, span: decided?.span ?? passed.span } };
}

function conclude(
  context: ChainContext,
  exchange: Exchange,
  outcome: Outcome,
  layers: Layer[],
  order: number,
): Answer | { hangs: string; span: Span } {
  let current = outcome;
  let failure: Failure | undefined;
  let position = order;
  for (;;) {
    if (current === 'answered') return answer(exchange, failure);
    if (typeof current === 'object' && 'hangs' in current) return current;
    if (typeof current === 'object') {
      failure = { ...current.failure, ...(failure && failure.error === current.failure.error ? failure : {}) };
    }
    const handler = failure && layers.find((layer) => layer.order > position && isErrorHandler(layer.handler));
    if (!failure)
      return {
        hangs: 'the chain ends without an answer',
        span: layers.at(-1)?.span ?? exchange.answered?.span ?? ({} as Span),
      };
    if (!handler) return defaultAnswer(exchange, failure);
    position = handler.order;
    current = step(context, exchange, handler.handler, handler.span, failure.error, false);
    if (current === 'next' || current === 'skip-route') return defaultAnswer(exchange, failure);
  }
}

function answer(exchange: Exchange, failure: Failure | undefined): Answer | { hangs: string; span: Span } {
  const { answered } = exchange;
  if (!answered) return { hangs: 'no answer', span: {} as Span };
  const status = exchange.statusCode(exchange.status, answered.span);
  if (status === undefined || Number.isNaN(status))
    return {
      hangs: `the status of this answer could not be determined: ${spanText(answered.span).slice(0, 80)}`,
      span: answered.span,
    };
  return {
    status,
    ...(answered.body ? { body: answered.body } : {}),
    headers: exchange.headers,
    span: failure?.span ?? answered.span,
    decisions: failure?.decisions ?? answered.decisions,
    failed: !!failure,
  };
}

/** Express's own error handler: the error's status if it has a valid one, else the response's, else 500. The body is HTML. */
function defaultAnswer(exchange: Exchange, failure: Failure): Answer {
  const { error } = failure;
  const own = error.type === 'object' ? (error.fields.get('status') ?? error.fields.get('statusCode')) : undefined;
  const set = exchange.statusCode(exchange.status, failure.span);
  const status = (own && exchange.statusCode(own, failure.span)) ?? (set !== undefined && set >= 400 ? set : 500);
  return { status, headers: new Map(), span: failure.span, decisions: failure.decisions, failed: true };
}
