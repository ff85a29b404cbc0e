import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  NativeValue,
  type NativeCall,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';
import { headersObject, pathValue, statusCode } from '../request-values.js';

/** One request and its answer while a chain runs. */
export class Exchange {
  readonly request = new ObjectValue(false);
  readonly response = new ObjectValue(false);
  status: Value = primitive(200);
  readonly headers = new Map<string, Value>();
  answered: { body: Value | undefined; span: Span; decisions: number } | undefined;
  /** Body parsers that ran. */
  parsed = false;

  constructor(
    private readonly interpreter: Interpreter,
    readonly method: string,
    readonly app: Value,
    /** As registered: `/orders/:id`. */
    private readonly path = '/',
  ) {
    const { request, response } = this;
    request.trap = { name: 'request', get: (key) => (request.fields.has(key) ? undefined : this.requestMember(key)) };
    response.trap = {
      name: 'response',
      get: (key) => (response.fields.has(key) ? undefined : this.responseMember(key)),
    };
    response.fields.set('locals', new ObjectValue(false));
    response.fields.set('req', request);
    request.fields.set('res', response);
  }

  private requestMember(key: string): Value | undefined {
    switch (key) {
      case 'body':
        return this.parsed ? input('body') : undefinedValue;
      case 'query':
        return input('query');
      case 'params':
        return pathInput(this.path);
      case 'headers':
        return headersObject();
      case 'cookies':
      case 'signedCookies':
        return input('cookie');
      case 'method':
        return primitive(this.method);
      case 'app':
        return this.app;
      case 'get':
      case 'header':
        return native(`req.${key}`, ({ args: [name] }) => input('header', (textOf(name) ?? '?').toLowerCase()));
      case 'is':
      case 'accepts':
        return native(`req.${key}`, ({ args }) => args[0] ?? primitive(true));
      case 'on':
      case 'once':
      case 'setTimeout':
      case 'resume':
      case 'removeListener':
        return native(`req.${key}`, () => undefinedValue);
      case 'url':
      case 'originalUrl':
      case 'path':
        return pathValue(this.path);
      case 'baseUrl':
      case 'ip':
      case 'hostname':
      case 'protocol':
        return symbolic({
          kind: 'generated',
          what: 'other',
          schema: { type: 'string' },
          args: [primitive(key)],
          serial: 0,
        });
      case 'session':
        return symbolic({ kind: 'session', at: [] });
      default:
        return undefined;
    }
  }

  private responseMember(key: string): Value | undefined {
    const run = (body: (call: NativeCall) => void): NativeValue =>
      native(`res.${key}`, (call) => {
        body(call);
        return this.response;
      });
    switch (key) {
      case 'status':
      case 'writeHead':
        return run(({ args: [code] }) => (this.status = code ?? this.status));
      case 'json':
      case 'jsonp':
        return run(({ args, span }) => this.send(args, span));
      case 'send':
        return run(({ args, span }) => {
          this.send(args, span);
          const sent = this.answered?.span === span ? this.answered.body : undefined;
          if (this.answered && sent && isText(sent)) this.answered.body = undefined;
        });
      case 'end':
        return run(({ args: [body], span }) => this.answer(body && body.type !== 'function' ? body : undefined, span));
      case 'sendStatus':
        return run(({ args: [code], span }) => {
          this.status = code ?? this.status;
          this.answer(undefined, span, true);
        });
      case 'redirect':
        return run(({ args, span }) => {
          this.status = args.length > 1 && args[0] ? args[0] : primitive(302);
          this.headers.set('location', args.at(-1) ?? undefinedValue);
          this.answer(undefined, span, true);
        });
      case 'sendFile':
      case 'download':
      case 'render':
        return run(({ span }) => this.answer(undefined, span, true));
      case 'set':
      case 'header':
      case 'setHeader':
      case 'append':
        return run(({ args: [name, value] }) => this.setHeader(name, value));
      case 'location':
        return run(({ args: [value] }) => this.headers.set('location', value ?? undefinedValue));
      case 'type':
      case 'contentType':
        return run(({ args: [value] }) => this.headers.set('content-type', value ?? undefinedValue));
      case 'headersSent':
      case 'writableEnded':
        return primitive(!!this.answered);
      case 'statusCode':
        return this.status;
      case 'cookie':
        return run(({ args: [name, value] }) =>
          this.headers.set('set-cookie', operation('cookie', name ?? undefinedValue, value ?? undefinedValue)),
        );
      case 'format':
        return run((call) => this.format(call));
      case 'get':
      case 'getHeader':
        return native(
          `res.${key}`,
          ({ args: [name] }) => this.headers.get((textOf(name) ?? '').toLowerCase()) ?? undefinedValue,
        );
      default:
        return run(() => undefined);
    }
  }

  private send(args: Value[], span: Span): void {
    const [first, second] = args;
    if (second && first?.type === 'primitive' && typeof first.value === 'number') {
      this.status = first;
      return this.answer(second, span);
    }
    this.answer(first, span);
  }

  private setHeader(name: Value | undefined, value: Value | undefined): void {
    if (name?.type === 'object') for (const [key, field] of name.fields) this.headers.set(key.toLowerCase(), field);
    else if (name?.type === 'primitive') this.headers.set(String(name.value).toLowerCase(), value ?? undefinedValue);
  }

  private format({ args: [choices], span, interpreter }: NativeCall): void {
    const json =
      choices?.type === 'object'
        ? (choices.fields.get('json') ?? choices.fields.get('application/json') ?? choices.fields.get('default'))
        : undefined;
    if (json) interpreter.call(json, undefinedValue, [this.request, this.response], span);
  }

  private answer(body: Value | undefined, span: Span, bare = false): void {
    if (this.answered) return;
    const empty = bare || !body || (body.type === 'primitive' && body.value === undefined);
    this.answered = { body: empty ? undefined : body, span, decisions: this.interpreter.path?.decisions.length ?? 0 };
  }

  statusCode(value: Value, span: Span): number | undefined {
    return statusCode(this.interpreter, value, span);
  }
}

/** `send('Hello')` answers text: there is no JSON body. */
const isText = (value: Value): boolean =>
  textOf(value) !== undefined ||
  (value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === 'template');

const native = (name: string, run: (call: NativeCall) => Value): NativeValue => new NativeValue(name, run);

/** What stands in the path. A name that the path does not have is never there. */
function pathInput(path: string): Value {
  const value = input('path');
  if (!/[*(]/.test(path)) value.closed = new Set([...path.matchAll(/:(\w+)/g)].flatMap((match) => match[1] ?? []));
  return value;
}
