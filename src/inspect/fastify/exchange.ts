import type { Span } from '../core/language.js';
import { quiet } from '../interpreter/globals.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  isNil,
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { headersObject, pathValue, statusCode } from '../request-values.js';
import { input } from '../terms.js';
import { fastifyError, isError } from './errors.js';
import type { Registered } from './instance.js';

/** An error on its way to an error handler. */
export interface Failure {
  error: Value;
  decisions: number;
  span: Span;
}

const native = (name: string, run: (call: NativeCall) => Value): NativeValue => new NativeValue(name, run);

/** One request and its answer while it goes through its life cycle. */
export class Exchange {
  readonly request = new ObjectValue(false);
  readonly reply = new ObjectValue(false);
  status: Value | undefined;
  readonly headers = new Map<string, Value>();
  answered: { body: Value | undefined; span: Span; decisions: number } | undefined;
  /** `reply.send(error)`. */
  failure: Failure | undefined;
  /** The service writes to the socket itself. */
  hijacked = false;
  body: Value = undefinedValue;
  private readonly headersOfRequest = headersObject();

  constructor(
    private readonly interpreter: Interpreter,
    private readonly route: Registered,
    readonly method: string,
    private readonly version: number,
  ) {
    const { request, reply } = this;
    request.trap = {
      name: 'request',
      get: (key) => (request.fields.has(key) ? undefined : this.requestMember(key)),
      set: (key, value) => {
        if (key === 'body') this.body = value;
        return key === 'body';
      },
    };
    reply.trap = {
      name: 'reply',
      get: (key) => (reply.fields.has(key) ? undefined : this.replyMember(key)),
      set: (key, value) => {
        if (key !== 'statusCode') return false;
        this.status = value;
        return true;
      },
    };
  }

  get settled(): boolean {
    return !!this.answered || !!this.failure || this.hijacked;
  }

  private requestMember(key: string): Value | undefined {
    switch (key) {
      case 'body':
        return this.body;
      case 'query':
        return input('query');
      case 'params':
        return input('path');
      case 'headers':
        return this.headersOfRequest;
      case 'cookies':
        return input('cookie');
      case 'session':
        return symbolic({ kind: 'session', at: [] });
      case 'method':
        return primitive(this.method);
      case 'url':
      case 'originalUrl':
        return pathValue(this.route.path);
      case 'routerPath':
        return primitive(this.route.path);
      case 'routeOptions':
      case 'context':
        return this.routeOptions();
      case 'routeConfig':
        return this.config();
      case 'routeSchema':
        return this.route.options.fields.get('schema') ?? undefinedValue;
      case 'server':
        return this.route.instance.object;
      case 'log':
        return quiet('log');
      case 'raw':
      case 'req':
        return this.raw();
      case 'is404':
        return primitive(false);
      case 'id':
      case 'ip':
      case 'host':
      case 'hostname':
      case 'protocol':
        return symbolic({
          kind: 'generated',
          what: 'other',
          schema: { type: 'string' },
          args: [primitive(key)],
          serial: 0,
        });
      case 'getDecorator':
        return native(key, ({ args }) => this.decorator('requestDecorators', textOf(args[0]) ?? '') ?? undefinedValue);
      case 'setDecorator':
        return native(key, ({ args: [name, value] }) => {
          this.request.fields.set(textOf(name) ?? '', value ?? undefinedValue);
          return undefinedValue;
        });
      default:
        return this.decorator('requestDecorators', key);
    }
  }

  /** Node's own request: what the service reads of it. */
  private raw(): Value {
    const raw = new ObjectValue(false);
    for (const key of ['method', 'url', 'headers']) raw.fields.set(key, this.requestMember(key) ?? undefinedValue);
    raw.trap = {
      name: 'raw request',
      get: (key) => (raw.fields.has(key) ? undefined : native(key, () => undefinedValue)),
    };
    return raw;
  }

  private decorator(kind: 'requestDecorators' | 'replyDecorators', key: string): Value | undefined {
    const value = this.route.instance.find((scope) => scope[kind].get(key));
    const getter = value?.type === 'object' ? value.fields.get('getter') : undefined;
    const self = kind === 'requestDecorators' ? this.request : this.reply;
    return getter?.type === 'function' ? this.interpreter.call(getter, self, [], getter.node.span) : value;
  }

  private config(): Value {
    const config = this.route.options.fields.get('config');
    const object = new ObjectValue(false);
    if (config?.type === 'object') for (const [name, value] of config.fields) object.fields.set(name, value);
    object.fields.set('url', primitive(this.route.path));
    object.fields.set('method', primitive(this.method));
    return object;
  }

  private routeOptions(): Value {
    const object = new ObjectValue(false);
    object.fields.set('config', this.config());
    object.fields.set('url', primitive(this.route.path));
    object.fields.set('method', primitive(this.method));
    object.fields.set('schema', this.route.options.fields.get('schema') ?? undefinedValue);
    return object;
  }

  private replyMember(key: string): Value | undefined {
    const run = (body: (call: NativeCall) => void): NativeValue =>
      native(`reply.${key}`, (call) => {
        body(call);
        return this.reply;
      });
    switch (key) {
      case 'code':
      case 'status':
        return run(({ args: [code] }) => (this.status = code ?? this.status));
      case 'send':
        return run(({ args: [payload], span }) => this.send(payload ?? undefinedValue, span));
      case 'header':
        return run(({ args: [name, value] }) =>
          this.headers.set((textOf(name) ?? '?').toLowerCase(), value ?? undefinedValue),
        );
      case 'headers':
        return run(({ args: [values] }) => {
          if (values?.type === 'object')
            for (const [name, value] of values.fields) this.headers.set(name.toLowerCase(), value);
        });
      case 'type':
        return run(({ args: [value] }) => this.headers.set('content-type', value ?? undefinedValue));
      case 'getHeader':
        return native(key, ({ args }) => this.headers.get((textOf(args[0]) ?? '').toLowerCase()) ?? undefinedValue);
      case 'hasHeader':
        return native(key, ({ args }) => primitive(this.headers.has((textOf(args[0]) ?? '').toLowerCase())));
      case 'removeHeader':
        return run(({ args }) => this.headers.delete((textOf(args[0]) ?? '').toLowerCase()));
      case 'redirect':
        return run(({ args, span }) => this.redirect(args, span));
      case 'callNotFound':
        return run(({ span }) => this.notFound(span));
      case 'hijack':
        return run(() => (this.hijacked = true));
      case 'setCookie':
      case 'cookie':
        return run(({ args: [name, value] }) =>
          this.headers.set('set-cookie', operation('cookie', name ?? undefinedValue, value ?? undefinedValue)),
        );
      case 'view':
      case 'sendFile':
      case 'download':
        return run(({ span }) => this.answer(undefined, span));
      case 'sent':
        return primitive(this.settled);
      case 'statusCode':
        return this.status ?? primitive(200);
      case 'request':
        return this.request;
      case 'server':
        return this.route.instance.object;
      case 'log':
        return quiet('log');
      case 'context':
      case 'routeOptions':
        return this.routeOptions();
      case 'raw':
      case 'res':
        return this.rawReply();
      case 'getDecorator':
        return native(key, ({ args }) => this.decorator('replyDecorators', textOf(args[0]) ?? '') ?? undefinedValue);
      case 'then':
        return undefined;
      default:
        return this.decorator('replyDecorators', key) ?? (quietMembers.has(key) ? run(() => undefined) : undefined);
    }
  }

  private rawReply(): Value {
    const raw = new ObjectValue(false);
    const ended = native('end', ({ args: [body], span }) => {
      this.answer(body, span);
      return undefinedValue;
    });
    raw.trap = {
      name: 'raw reply',
      get: (key) =>
        key === 'end'
          ? ended
          : key === 'statusCode'
            ? (this.status ?? primitive(200))
            : native(key, () => undefinedValue),
    };
    return raw;
  }

  /** Fastify 5 takes the status last, 4 took it first. */
  private redirect(args: Value[], span: Span): void {
    const code = args.find((arg) => arg.type === 'primitive' && typeof arg.value === 'number');
    const target = args.find((arg) => arg !== code);
    this.status = code ?? this.status ?? primitive(302);
    if (target) this.headers.set('location', target);
    this.answer(undefined, span);
  }

  private notFound(span: Span): void {
    const handler = this.route.instance.find((scope) => scope.notFoundHandler);
    this.status = primitive(404);
    if (handler) {
      const result = this.interpreter.settle(
        this.interpreter.call(handler, this.route.instance.object, [this.request, this.reply], span),
        span,
      );
      if (!this.settled && !isNil(result)) this.send(result, span);
      return;
    }
    const message = operation(
      'template',
      primitive(`Route ${this.method}:`),
      pathValue(this.route.path),
      primitive(' not found'),
    );
    const body = new ObjectValue(false);
    for (const [name, value] of Object.entries({ message, error: primitive('Not Found'), statusCode: primitive(404) }))
      body.fields.set(name, value);
    this.answer(body, span);
  }

  /** An error that is sent goes to the error handler. */
  send(payload: Value, span: Span): void {
    if (this.settled) return;
    if (!isError(payload)) return this.answer(payload, span);
    const { cause } = this.interpreter;
    const known = cause?.error === payload ? cause : undefined;
    this.failure = {
      error: payload,
      decisions: known?.decisions ?? this.interpreter.path?.decisions.length ?? 0,
      span: known?.span ?? span,
    };
  }

  answer(body: Value | undefined, span: Span): void {
    if (this.settled) return;
    const empty = !body || (body.type === 'primitive' && body.value === undefined);
    this.answered = { body: empty ? undefined : body, span, decisions: this.interpreter.path?.decisions.length ?? 0 };
  }

  statusNow(span: Span): number | undefined {
    return this.status ? statusCode(this.interpreter, this.status, span) : 200;
  }

  /** What `reply.notFound()` and the like do. */
  fail(status: number, message: Value, span: Span): void {
    this.send(fastifyError(this.interpreter, { statusCode: status, message, name: 'HttpError' }), span);
  }

  get isVersion4(): boolean {
    return this.version < 5;
  }
}

/** Members of a reply that change nothing that a test sees. */
const quietMembers = new Set([
  'serializer',
  'serialize',
  'compileSerializationSchema',
  'getSerializationFunction',
  'trailer',
  'hasTrailer',
  'removeTrailer',
  'clearCookie',
  'unsignCookie',
  'writeEarlyHints',
  'cacheControl',
  'preventCache',
  'revalidate',
  'staticCache',
  'stale',
  'maxAge',
  'vary',
  'etag',
  'expires',
  'helmet',
  'lastModified',
]);
