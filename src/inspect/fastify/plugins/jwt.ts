import type { Catalog } from '../../catalog.js';
import { RegexHost } from '../../interpreter/evaluate.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Span } from '../../core/language.js';
import {
  isCallable,
  nullValue,
  NativeValue,
  type NativeCall,
  ObjectValue,
  primitive,
  PromiseValue,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { promised } from '../../interpreter/promises.js';
import { schemeOf, token } from '../../libraries/jwt.js';
import { input } from '../../terms.js';
import { fastifyError } from '../errors.js';
import { booleanOf, option } from '../settings.js';
import type { PluginLoad } from './plugin.js';

interface Jwt {
  catalog: Catalog;
  options: Value;
  verifyKey: Value;
  signKey: Value;
  cookie: string | undefined;
  userField: string;
}

/** @fastify/jwt: `request.jwtVerify()`, `reply.jwtSign()`, `fastify.jwt.sign()` and `verify()`, also in a namespace. */
export const jwt: PluginLoad = ({ world, instance, options }) => {
  const secret = option(options, 'secret') ?? undefinedValue;
  const cookie = option(options, 'cookie');
  const made: Jwt = {
    catalog: world.catalog,
    options,
    verifyKey: option(secret, 'public') ?? secret,
    signKey: option(secret, 'private') ?? secret,
    cookie: cookie ? textOf(option(cookie, 'cookieName')) : undefined,
    userField: textOf(option(options, 'decoratorName')) ?? 'user',
  };
  const namespace = textOf(option(options, 'namespace'));
  const name = (key: string, plain: string): string =>
    textOf(option(options, key)) ??
    (namespace === undefined ? plain : `${namespace}${plain[0]?.toUpperCase() ?? ''}${plain.slice(1)}`);
  const verify = new NativeValue('request.jwtVerify', (call) => requestVerify(made, call));
  instance.requestDecorators.set(name('jwtVerify', 'jwtVerify'), verify);
  instance.requestDecorators.set(name('jwtDecode', 'jwtDecode'), new NativeValue('request.jwtDecode', () => decoded()));
  instance.replyDecorators.set(
    name('jwtSign', 'jwtSign'),
    new NativeValue('reply.jwtSign', (call) => sign(made, call, true)),
  );
  const tools = toolsOf(made);
  if (namespace === undefined) return void instance.object.fields.set('jwt', tools);
  const all = instance.object.fields.get('jwt') ?? new ObjectValue(true);
  if (all.type === 'object') all.fields.set(namespace, tools);
  instance.object.fields.set('jwt', all);
};

function toolsOf(jwt: Jwt): ObjectValue {
  const tools = new ObjectValue(true);
  tools.fields.set('sign', new NativeValue('jwt.sign', (call) => sign(jwt, call, false)));
  tools.fields.set('verify', new NativeValue('jwt.verify', (call) => verifyToken(jwt, call)));
  tools.fields.set('decode', new NativeValue('jwt.decode', () => decoded()));
  tools.fields.set('options', jwt.options);
  return tools;
}

const decoded = (): Value => symbolic({ kind: 'unknown', text: 'a token that was decoded, not verified', reads: [] });

/** Where the token travels, and what stands before it there. */
interface Carrier {
  token: Value;
  prefix: string | undefined;
  inCookie: boolean;
}

function carrierOf(jwt: Jwt, { interpreter, self, args: [given], span }: NativeCall): Carrier {
  const verify = option(jwt.options, 'verify');
  const extract = option(given, 'extractToken') ?? option(verify, 'extractToken');
  if (extract && isCallable(extract)) {
    const token = interpreter.settle(interpreter.call(extract, undefinedValue, [self], span), span);
    return { token, prefix: prefixOf(token), inCookie: false };
  }
  const onlyCookie = booleanOf(option(given, 'onlyCookie')) ?? booleanOf(option(verify, 'onlyCookie'));
  return onlyCookie && jwt.cookie !== undefined
    ? { token: input('cookie', jwt.cookie), prefix: undefined, inCookie: true }
    : { token: input('header', 'authorization'), prefix: 'Bearer', inCookie: false };
}

/** `header.replace(/^Token /, '')` says that `Token` stands before the token; `split(' ')[1]` says that something does. */
function prefixOf(token: Value): string | undefined {
  if (token.type !== 'symbolic' || token.origin.kind !== 'op') return undefined;
  const [of, pattern] = token.origin.args;
  const text =
    pattern?.type === 'object' && pattern.host instanceof RegexHost
      ? /^\^?\(?([A-Za-z]+)\)?(\s|\\s)/.exec(pattern.host.pattern)?.[1]
      : /^([A-Za-z]+) ?$/.exec(textOf(pattern) ?? '')?.[1];
  if (text !== undefined) return text;
  return (token.origin.op === 'item' ? 'Bearer' : undefined) ?? (of ? prefixOf(of) : undefined);
}

/** A missing token and one that does not verify are told apart by their codes. */
function requestVerify(jwt: Jwt, call: NativeCall): Value {
  const { interpreter, span, self } = call;
  if (!interpreter.path) return new PromiseValue({ ok: true, value: undefinedValue }, true);
  const callback = call.args.find(isCallable);
  const body = (): Value => {
    const { token: sent, prefix, inCookie } = carrierOf(jwt, call);
    const scheme = namedScheme(jwt, interpreter, sent, prefix, span);
    const place = inCookie ? input('cookie', jwt.cookie ?? '') : undefined;
    if (interpreter.decide({ kind: 'nil', of: place ?? input('header', 'authorization') }, span, false))
      interpreter.throw(refusal(interpreter, inCookie ? missingInCookie : missingInHeader), span);
    if (!interpreter.decide({ kind: 'verified', scheme }, span, true))
      interpreter.throw(refusal(interpreter, { message: undefined, code: undefined }), span);
    const payload = symbolic({ kind: 'principal', scheme, at: [] });
    const format = option(jwt.options, 'formatUser');
    const user = format && isCallable(format) ? interpreter.call(format, undefinedValue, [payload], span) : payload;
    if (self.type === 'object') self.fields.set(jwt.userField, user);
    return user;
  };
  const result = promised(interpreter, span, body);
  if (!callback || result.type !== 'promise') return result;
  result.handled = true;
  const { state } = result;
  if (!state.ok) interpreter.cause = { error: state.error, decisions: state.guards, span: state.span };
  return interpreter.call(callback, undefinedValue, state.ok ? [nullValue, state.value] : [state.error], span);
}

const missingInHeader = {
  code: 'FST_JWT_NO_AUTHORIZATION_IN_HEADER',
  message: 'No Authorization was found in request.headers',
};
const missingInCookie = {
  code: 'FST_JWT_NO_AUTHORIZATION_IN_COOKIE',
  message: 'No Authorization was found in request.cookies',
};

/** Which code a token that does not verify gets depends on what is wrong with it. */
function refusal(
  interpreter: Interpreter,
  { code, message }: { code: string | undefined; message: string | undefined },
): Value {
  const text = (at: string): Value => symbolic({ kind: 'failure', of: 'jwtVerify', name: 'FastifyError', at: [at] });
  return fastifyError(interpreter, {
    statusCode: 401,
    code: code === undefined ? text('name') : primitive(code),
    message: message === undefined ? text('message') : primitive(message),
  });
}

function namedScheme(jwt: Jwt, interpreter: Interpreter, sent: Value, prefix: string | undefined, span: Span): string {
  const verify = option(jwt.options, 'verify');
  const algorithms = option(verify, 'algorithms');
  const options = new ObjectValue(true);
  if (algorithms) options.fields.set('algorithms', algorithms);
  const id = schemeOf(jwt.catalog, interpreter, sent, jwt.verifyKey, options, span, 'jsonwebtoken');
  const scheme = jwt.catalog.schemes.get(id);
  if (scheme && prefix !== undefined && scheme.in === 'header') scheme.prefix = prefix;
  const issuer = textOf(option(verify, 'allowedIss'));
  const audience = textOf(option(verify, 'allowedAud'));
  if (scheme?.jwt && issuer !== undefined) scheme.jwt.issuer = issuer;
  if (scheme?.jwt && audience !== undefined) scheme.jwt.audience = audience;
  return id;
}

function sign(jwt: Jwt, { interpreter, args, span }: NativeCall, isAsync: boolean): Value {
  const [claims = undefinedValue, options] = args;
  const signed = token(jwt.catalog, interpreter, {
    claims,
    key: jwt.signKey,
    options: options && !isCallable(options) ? options : option(jwt.options, 'sign'),
    span,
    callback: args.find(isCallable),
  });
  return isAsync ? new PromiseValue({ ok: true, value: signed }, interpreter.loading) : signed;
}

/** `fastify.jwt.verify(token)`. */
function verifyToken(jwt: Jwt, { interpreter, args, span }: NativeCall): Value {
  if (!interpreter.path) return undefinedValue;
  const scheme = namedScheme(jwt, interpreter, args[0] ?? undefinedValue, undefined, span);
  const holds = interpreter.decide({ kind: 'verified', scheme }, span, true);
  const callback = args.find(isCallable);
  const error = refusal(interpreter, { code: undefined, message: undefined });
  const payload = symbolic({ kind: 'principal', scheme, at: [] });
  if (callback) return interpreter.call(callback, undefinedValue, holds ? [nullValue, payload] : [error], span);
  if (!holds) interpreter.throw(error, span);
  return payload;
}
