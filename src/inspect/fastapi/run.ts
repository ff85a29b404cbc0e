import type { Answer } from '../adapter.js';
import type { Catalog } from '../catalog.js';
import { type Span, spanText } from '../core/language.js';
import { findMethod } from '../interpreter/ancestors.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import {
  isNil,
  NativeValue,
  nullValue,
  type ObjectValue,
  primitive,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { describeSymbol } from '../terms.js';
import type { ApiHost } from './api.js';
import { type Dependant, dependantOf, dependsOn, inputsOf } from './dependants.js';
import { answerFor, refuseInput } from './exceptions.js';
import type { FlatRoute } from './flatten.js';
import { pathNames } from './paths.js';
import { serialized } from './serialize.js';
import { backgroundTasks, makeRequest, TaskHost } from './request.js';
import { makeResponse, responseHost } from './responses.js';
import { callDependant, type Solving, solve, withArguments } from './solve.js';

export interface RunContext {
  app: Value;
  flat: FlatRoute;
  method: string;
  catalog: Catalog;
}

/** What FastAPI knows of an operation before a request comes. */
export interface Prepared {
  /** Of the app, the routers and the route: called for what they refuse. */
  guards: Dependant[];
  handler: Dependant;
  isBodyEmbedded: boolean;
}

/** Sends one request through middleware, dependencies and handler. */
export function operationRun(
  context: RunContext,
  prepared: () => Prepared,
): (interpreter: Interpreter) => Answer | { hangs: string; span: Span } {
  return (interpreter) => new Exchange(interpreter, context, prepared()).run();
}

/** Forms and files do not travel as JSON. */
export function mediaTypeOf({ guards, handler }: Prepared): string | undefined {
  const forms = [...guards, handler].flatMap(inputsOf).filter((param) => param.place === 'form');
  if (!forms.length) return undefined;
  const hasFile = forms.some(({ type }) => type.schema.format === 'binary' || type.item?.schema.format === 'binary');
  return hasFile ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
}

/** What an operation asks for, of the request and of its dependencies. */
export function prepare(interpreter: Interpreter, flat: FlatRoute): Prepared {
  const reading = { interpreter, path: new Set(pathNames(flat.path).map(({ name }) => name)), active: [] };
  const own = flat.options.get('dependencies');
  const values = [...flat.dependencies, ...(own?.type === 'array' ? own.items : [])];
  const guards = values.flatMap((value) => dependsOn(reading, value, undefined, []) ?? []);
  const handler = dependantOf(reading, flat.handler, flat.span);
  const body = [...guards, handler].flatMap(inputsOf).filter((param) => param.place === 'body');
  const names = new Set(body.map((param) => param.alias));
  return { guards, handler, isBodyEmbedded: names.size > 1 || body.some((param) => param.isEmbedded) };
}

class Exchange {
  private readonly request: ObjectValue;
  private readonly tasks: ObjectValue;
  private readonly response: ObjectValue;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly context: RunContext,
    private readonly prepared: Prepared,
  ) {
    const { flat, app, method } = context;
    this.request = makeRequest(app, method, flat.path);
    this.tasks = backgroundTasks(interpreter);
    this.response = makeResponse(interpreter, nullValue, undefined, { span: flat.span, decisions: 0, failed: false });
  }

  run(): Answer | { hangs: string; span: Span } {
    let result: Value;
    try {
      result = this.within(0);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return { status: 500, headers: new Map(), span: error.span, decisions: error.decisions, failed: true };
    }
    const answer = this.answer(result);
    this.afterwards(result);
    for (const library of this.interpreter.libraries) library.ended?.(this.interpreter);
    return answer;
  }

  /** Through the apps that the operation lies in, outermost first: the middleware of each, then its exception handlers. */
  private within(index: number): Value {
    const app = this.context.flat.apps[index];
    if (!app) return this.handle();
    const layers = app.middleware.toReversed();
    return this.through(layers, 0, () => this.guarded(app, () => this.within(index + 1)));
  }

  private guarded(app: ApiHost, body: () => Value): Value {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      const answer = answerFor(this.interpreter, app, this.request, error);
      if (!answer) throw error;
      return answer;
    }
  }

  private through(layers: ApiHost['middleware'], index: number, inner: () => Value): Value {
    const layer = layers[index];
    if (!layer) return inner();
    const next = (): Value => this.through(layers, index + 1, inner);
    const callNext = new NativeValue('call_next', next);
    const { interpreter } = this;
    if (layer.isFunction)
      return interpreter.settle(
        interpreter.call(layer.value, undefinedValue, [this.request, callNext], layer.span),
        layer.span,
      );
    if (layer.value.type === 'class') {
      const options = new Map(layer.options);
      options.delete('middleware_class');
      options.set('app', nullValue);
      const instance = interpreter.construct(layer.value, [], layer.span, options);
      const dispatch = findMethod(layer.value, 'dispatch') ?? options.get('dispatch');
      if (dispatch)
        return interpreter.settle(
          interpreter.call(dispatch, instance, [this.request, callNext], layer.span),
          layer.span,
        );
      interpreter.gap(
        'middleware-not-read',
        'This middleware works on the bare protocol and was not read: what it refuses has no case.',
        layer.span,
      );
    } else if (layer.value.type === 'symbolic' && !passesThrough.test(describeSymbol(layer.value)))
      interpreter.gap(
        'middleware-not-read',
        `The middleware ${describeSymbol(layer.value)} was not read: what it refuses has no case.`,
        layer.span,
      );
    return next();
  }

  private handle(): Value {
    const { flat } = this.context;
    if (flat.isPlain)
      return this.interpreter.settle(
        this.interpreter.call(flat.handler, undefinedValue, [this.request], flat.span),
        flat.span,
      );
    const solving: Solving = {
      interpreter: this.interpreter,
      special: { request: this.request, response: this.response, tasks: this.tasks },
      isBodyEmbedded: this.prepared.isBodyEmbedded,
      catalog: this.context.catalog,
      solved: new Map(),
    };
    let answered: Value | undefined;
    const guards = this.prepared.guards;
    const next = (index: number): void => {
      const guard = guards[index];
      if (guard) return solve(solving, guard, () => next(index + 1));
      withArguments(solving, this.prepared.handler, (given) => {
        if (!given || solving.refused) {
          const { decisions, span } = solving.refused ?? {
            decisions: this.interpreter.path?.decisions.length ?? 0,
            span: flat.span,
          };
          refuseInput(this.interpreter, span, decisions);
        }
        callDependant(solving, this.prepared.handler, given, (value) => (answered = this.made(value)));
      });
    };
    next(0);
    return answered ?? undefinedValue;
  }

  /** What the handler gives, as a response. */
  private made(value: Value): Value {
    if (responseHost(value)) return value;
    const { flat } = this.context;
    const { interpreter } = this;
    const set = this.response.fields.get('status_code');
    const declared = flat.options.get('status_code');
    const status = set && !isNil(set) ? set : declared && !isNil(declared) ? declared : primitive(200);
    const at = { span: returnSpan(flat), decisions: interpreter.path?.decisions.length ?? 0, failed: false };
    const isEmpty = status.type === 'primitive' && [204, 304].includes(Number(status.value));
    const body = isEmpty ? undefined : serialized(interpreter, flat, value);
    return makeResponse(interpreter, status, body, at, this.response.fields.get('headers'));
  }

  private answer(result: Value): Answer | { hangs: string; span: Span } {
    const { flat } = this.context;
    const host = responseHost(result);
    if (!host || result.type !== 'object') return { hangs: 'no response is returned', span: flat.span };
    const status = result.fields.get('status_code');
    const code = status?.type === 'primitive' ? Number(status.value) : Number.NaN;
    if (Number.isNaN(code))
      return {
        hangs: `the status of this answer could not be determined: ${spanText(host.span).slice(0, 80)}`,
        span: host.span,
      };
    const body = host.isJson ? result.fields.get('body') : undefined;
    const headers = result.fields.get('headers');
    const named =
      headers?.type === 'object'
        ? [...headers.fields].map(([name, value]) => [name.toLowerCase(), value] as const)
        : [];
    return {
      status: code,
      ...(body ? { body } : {}),
      headers: new Map(named.filter(([name]) => !name.includes(':'))),
      span: host.span,
      decisions: host.decisions,
      failed: host.failed,
    };
  }

  /** Background tasks run when the answer is given; their errors go nowhere. */
  private afterwards(result: Value): void {
    const own = result.type === 'object' ? result.fields.get('background') : undefined;
    const all = [this.tasks, own].flatMap((one) =>
      one?.type === 'object' && one.host instanceof TaskHost ? one.host.tasks : [],
    );
    if (responseHost(result)?.failed) return;
    for (const task of all)
      try {
        task();
      } catch (error) {
        if (!(error instanceof Thrown)) throw error;
      }
  }
}

/** Middleware of packages that refuses no request a test would send. */
const passesThrough =
  /CORS|GZip|Session|TrustedHost|HTTPSRedirect|ProxyHeaders|Correlation|Prometheus|Sentry|Brotli|RequestId|Profil|ServerTiming|Metrics|Logging|Debug/i;

const returnSpan = (flat: FlatRoute): Span => (flat.handler.type === 'function' ? flat.handler.node.span : flat.span);
