import { type Span, spanText } from '../core/language.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import { input, describeSymbol } from '../terms.js';
import {
  isCallable,
  isNil,
  NativeValue,
  operation,
  primitive,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { statusCode } from '../request-values.js';
import type { Answer } from '../adapter.js';
import { errorBody, isError, malformedBody, validationFailure } from './errors.js';
import { Exchange, type Failure } from './exchange.js';
import { type Hook, type Registered, requestHooks } from './instance.js';
import { isTransparent } from './plugins/transparent.js';
import { hooksOf } from './routes.js';
import { canRefuse, responseSchema, type RouteSchemas, schemasOf } from './schemas.js';
import { serialize } from './serialize.js';
import { booleanOf } from './settings.js';
import type { FastifyWorld } from './world.js';
import { inJson } from '../interpreter/json.js';

type Hangs = { hangs: string; span: Span };
type Outcome = 'next' | 'settled' | { failure: Failure } | Hangs;

/** One request on its way through one route. */
class Run {
  readonly exchange: Exchange;
  readonly schemas: RouteSchemas;

  constructor(
    readonly interpreter: Interpreter,
    readonly world: FastifyWorld,
    readonly route: Registered,
    readonly method: string,
  ) {
    this.exchange = new Exchange(interpreter, route, method, world.version);
    this.schemas = schemasOf(interpreter, route, world.version);
  }

  /** onRequest → preParsing → parsing → preValidation → validation → preHandler → handler → serialization. */
  answer(): Answer | Hangs {
    for (const name of requestHooks) {
      if (name === 'preValidation') {
        const outcome = this.parse();
        if (outcome !== 'next') return this.conclude(outcome);
      }
      if (name === 'preHandler') {
        const outcome = this.validate();
        if (outcome !== 'next') return this.conclude(outcome);
      }
      for (const hook of this.hooks(name)) {
        const outcome = this.step(hook, name === 'preParsing' ? [undefinedValue] : []);
        if (outcome !== 'next') return this.conclude(outcome);
      }
    }
    return this.conclude(this.handle());
  }

  private hooks(name: string): Hook[] {
    const { instance, options, span } = this.route;
    return [...instance.hook(name), ...hooksOf(options, name).map((run) => ({ run, span, self: instance.object }))];
  }

  private decisions(): number {
    return this.interpreter.path?.decisions.length ?? 0;
  }

  /** The JSON body is read after onRequest and preParsing: what they refuse, they refuse whatever the body is. */
  private parse(): Outcome {
    const { interpreter, exchange, route } = this;
    if (['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(this.method)) return 'next';
    exchange.body = input('body');
    if (this.method === 'DELETE' || this.readsOwnJson()) return 'next';
    if (!interpreter.path || interpreter.decide({ kind: 'type', of: input('body'), is: 'json' }, route.span, true))
      return 'next';
    return this.fail(malformedBody(interpreter, this.world.version), route.span);
  }

  private readsOwnJson(): boolean {
    const types = (value: Value): Value[] => (value.type === 'array' ? value.items : [value]);
    return !!this.route.instance.find(({ parsers }) =>
      parsers.some((parser) =>
        types(parser.types).some((type) => type.type === 'primitive' && /json|^\*$/.test(String(type.value))),
      )
        ? true
        : undefined,
    );
  }

  /** Each part that has a schema, in Fastify's order. */
  private validate(): Outcome {
    const { interpreter, exchange, route } = this;
    for (const { part, schema } of this.schemas.parts) {
      if (part === 'body' && isNil(exchange.body)) continue;
      const holds =
        !interpreter.path ||
        !canRefuse(schema, part) ||
        interpreter.decide({ kind: 'valid', part, at: [], schema }, route.span, true);
      interpreter.path?.validated.push({ part, at: [], schema, span: route.span });
      if (holds) continue;
      const error = validationFailure(interpreter, part, this.world.codesValidation);
      if (!booleanOf(route.options.fields.get('attachValidation'))) return this.fail(error, route.span);
      exchange.request.fields.set('validationError', error);
    }
    return 'next';
  }

  private fail(error: Value, span: Span): Outcome {
    return { failure: { error, decisions: this.decisions(), span } };
  }

  /** One hook: it goes on, answers, or fails. */
  private step(hook: Hook, more: Value[] = []): Outcome {
    const { interpreter, exchange } = this;
    interface Passed {
      error: Value | undefined;
      decisions: number;
      span: Span;
    }
    const calls: { now?: Passed; later?: Passed } = {};
    const done = new NativeValue('next', ({ args, span }) => {
      // What a timer would pass on comes too late, where something else is passed on at once.
      calls[interpreter.isDetached ? 'later' : 'now'] ??= { error: args[0], decisions: this.decisions(), span };
      return undefinedValue;
    });
    if (hook.run.type === 'symbolic') {
      if (!isTransparent(hook.run))
        interpreter.gap(
          'middleware-not-read',
          `The hook ${describeSymbol(hook.run)} was not read: what it refuses has no case.`,
          hook.span,
        );
      return 'next';
    }
    if (!isCallable(hook.run)) return 'next';
    const outcome = this.attempt(hook.span, () =>
      interpreter.call(hook.run, hook.self, [exchange.request, exchange.reply, ...more, done], hook.span),
    );
    if ('failure' in outcome) return outcome;
    if (exchange.failure) return this.sent();
    if (exchange.settled) return 'settled';
    const passed = calls.now ?? calls.later;
    if (!passed?.error || isNil(passed.error)) return 'next';
    const cause = interpreter.cause?.error === passed.error ? interpreter.cause : undefined;
    return {
      failure: {
        error: passed.error,
        decisions: cause?.decisions ?? passed.decisions,
        span: cause?.span ?? passed.span,
      },
    };
  }

  private sent(): Outcome {
    const { failure } = this.exchange;
    this.exchange.failure = undefined;
    return failure ? { failure } : 'settled';
  }

  /** Runs service code; an exception or a rejection is a failure. */
  private attempt(span: Span, body: () => Value): { value: Value; isAsync: boolean } | { failure: Failure } {
    try {
      const result = body();
      const isAsync = result.type === 'promise';
      return { value: this.interpreter.settle(result, span), isAsync };
    } catch (thrown) {
      if (!(thrown instanceof Thrown)) throw thrown;
      return { failure: { error: thrown.value, decisions: thrown.decisions, span: thrown.span } };
    }
  }

  private handle(): Outcome {
    const { interpreter, exchange, route } = this;
    const handler = route.handler ?? undefinedValue;
    if (!isCallable(handler)) {
      const what = handler.type === 'symbolic' ? describeSymbol(handler) : spanText(route.span).slice(0, 60);
      return { hangs: `the handler ${what} was not read`, span: route.span };
    }
    const outcome = this.attempt(route.span, () =>
      interpreter.call(handler, route.instance.object, [exchange.request, exchange.reply], route.span),
    );
    if (exchange.failure) return this.sent();
    if ('failure' in outcome) return exchange.answered ? 'settled' : outcome;
    return this.returned(outcome, route.span);
  }

  /** What a handler returns is what is sent, unless it has sent something. */
  private returned({ value, isAsync }: { value: Value; isAsync: boolean }, span: Span): Outcome {
    const { exchange } = this;
    if (exchange.settled) return exchange.failure ? this.sent() : 'settled';
    if (value === exchange.reply) return { hangs: 'the reply is returned, but nothing was seen to be sent', span };
    if (value.type === 'primitive' && value.value === undefined) {
      if (!isAsync) return { hangs: 'no answer was seen to be given', span };
      exchange.answer(undefined, span);
      return 'settled';
    }
    exchange.send(value, span);
    return exchange.failure ? this.sent() : 'settled';
  }

  /** Errors go to the handlers, the route's own first, then outwards; then Fastify answers itself. */
  private conclude(outcome: Outcome): Answer | Hangs {
    const handlers = this.errorHandlers();
    let current = outcome;
    let first: Failure | undefined;
    for (;;) {
      if (current === 'next') return { hangs: 'no answer is given', span: this.route.span };
      if (current === 'settled') return this.finished(first);
      if ('hangs' in current) return current;
      const { failure } = current;
      first ??= failure;
      this.exchange.answered = undefined;
      const handler = handlers.shift();
      if (!handler) return this.defaultAnswer({ ...first, error: failure.error });
      current = this.recover(handler, failure);
    }
  }

  private errorHandlers(): Value[] {
    const own = this.route.options.fields.get('errorHandler');
    const scopes = [...this.route.instance.scopes()].map((scope) => scope.errorHandler);
    return [own, ...scopes].filter((handler): handler is Value => !!handler && isCallable(handler));
  }

  private recover(handler: Value, failure: Failure): Outcome {
    const { interpreter, exchange, route } = this;
    if (this.world.version < 4) exchange.status = this.failureStatus(failure);
    const outcome = this.attempt(failure.span, () =>
      interpreter.call(handler, route.instance.object, [failure.error, exchange.request, exchange.reply], failure.span),
    );
    if ('failure' in outcome) return outcome;
    if (exchange.failure) return this.sent();
    return this.returned(outcome, failure.span);
  }

  /** The error's own status, else one of an error that the reply was given, else 500. */
  private failureStatus({ error, span }: Failure): Value {
    const isRefusal = (value: Value | undefined): value is Value => {
      const status = value && statusCode(this.interpreter, value, span);
      return status !== undefined && status >= 400 && status <= 599;
    };
    const own = ['statusCode', 'status'].map((name) => (error.type === 'object' ? error.fields.get(name) : undefined));
    return [...own, this.exchange.status].find(isRefusal) ?? primitive(500);
  }

  private defaultAnswer(failure: Failure): Answer | Hangs {
    const { interpreter } = this;
    const status = statusCode(interpreter, this.failureStatus(failure), failure.span) ?? 500;
    const { error } = failure;
    const isPlain = error.type === 'object' && !isError(error);
    return this.written(status, isPlain ? error : errorBody(interpreter, error, status), failure);
  }

  private finished(failure: Failure | undefined): Answer | Hangs {
    const { exchange } = this;
    const { answered } = exchange;
    if (!answered) return { hangs: 'the service answers on the socket itself (reply.hijack)', span: this.route.span };
    const status = exchange.statusNow(answered.span);
    if (status === undefined || Number.isNaN(status))
      return {
        hangs: `the status of this answer could not be determined: ${spanText(answered.span).slice(0, 80)}`,
        span: answered.span,
      };
    const body = answered.body && this.transformed(answered.body);
    this.afterwards();
    return this.written(status, body, failure ?? answered, !!failure);
  }

  /** preSerialization and onSend may give another body. */
  private transformed(body: Value): Value {
    let current = body;
    const isObject = body.type !== 'primitive';
    for (const hook of isObject ? this.hooks('preSerialization') : [])
      current = this.payloadAfter(hook, current) ?? current;
    for (const hook of this.hooks('onSend')) {
      const sent = this.payloadAfter(hook, operation('json', current));
      current = inJson(sent) ?? current;
    }
    return current;
  }

  private payloadAfter(hook: Hook, payload: Value): Value | undefined {
    const { interpreter, exchange } = this;
    if (!isCallable(hook.run)) return undefined;
    let passed: Value | undefined;
    const done = new NativeValue('next', ({ args }) => {
      passed ??= args[1];
      return undefinedValue;
    });
    const outcome = this.attempt(hook.span, () =>
      interpreter.call(hook.run, hook.self, [exchange.request, exchange.reply, payload, done], hook.span),
    );
    const value = passed ?? ('value' in outcome ? outcome.value : undefined);
    return value && !isNil(value) ? value : undefined;
  }

  /** onResponse hooks run when the answer is out. */
  private afterwards(): void {
    const { interpreter, exchange } = this;
    const done = new NativeValue('next', () => undefinedValue);
    for (const hook of this.hooks('onResponse'))
      if (isCallable(hook.run))
        interpreter.detached(() => {
          interpreter.settle(
            interpreter.call(hook.run, hook.self, [exchange.request, exchange.reply, done], hook.span),
            hook.span,
          );
        });
  }

  private written(
    status: number,
    body: Value | undefined,
    from: { span: Span; decisions: number },
    failed = true,
  ): Answer {
    const { interpreter, exchange } = this;
    const schema = responseSchema(this.schemas, status);
    const isEmpty = status === 204 || status === 304 || !body;
    const sent = isEmpty ? undefined : schema ? serialize(interpreter, schema, body) : body;
    return {
      status,
      ...(sent ? { body: sent } : {}),
      ...(schema && !isEmpty ? { schema } : {}),
      headers: exchange.headers,
      span: from.span,
      decisions: from.decisions,
      failed,
    };
  }
}

/** Sends one request to the route and gives the answer. */
export function runRoute(
  interpreter: Interpreter,
  world: FastifyWorld,
  route: Registered,
  method: string,
): Answer | Hangs {
  return new Run(interpreter, world, route, method).answer();
}
