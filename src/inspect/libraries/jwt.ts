import type { Catalog } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import { assumedText } from '../interpreter/environment.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  generated,
  isCallable,
  nullValue,
  ObjectValue,
  PromiseValue,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { input, symbolsIn } from '../terms.js';
import { externalCall } from './chain.js';

/** jsonwebtoken and jose. */
export function jwt(catalog: Catalog): Library {
  return {
    name: 'jwt',
    call(callee, call) {
      const external = externalCall(callee);
      if (external?.module === 'jsonwebtoken') {
        if (external.name === 'verify') return verify(catalog, call.interpreter, call.args, call.span);
        if (external.name === 'sign') return sign(catalog, call.interpreter, call.args, call.span);
        if (external.name === 'decode')
          return symbolic({ kind: 'unknown', text: 'a token that was decoded, not verified', reads: call.args });
      }
      if (external?.module === 'jose' && external.name === 'jwtVerify')
        return verifyWithJose(catalog, call.interpreter, call.args, call.span);
      if (callee.origin.kind === 'member' && callee.origin.key === 'sign' && isJose(callee.origin.of))
        return signWithJose(catalog, call.interpreter, callee.origin.of, call.args, call.span);
      return undefined;
    },
  };
}

const isJose = (value: Value): boolean =>
  symbolsIn(value).some((symbol) => symbol.origin.kind === 'external' && symbol.origin.module === 'jose');

/** The token of an `Authorization: Bearer` header. */
export const bearerToken = (): Value => input('header', 'authorization');

/** The place that the token came from names the scheme. */
export function schemeOf(
  catalog: Catalog,
  interpreter: Interpreter,
  token: Value,
  key: Value,
  options: Value | undefined,
  span: Span,
  library: string,
): string {
  const carrier = symbolsIn(token).find((symbol) => symbol.origin.kind === 'input');
  if (carrier?.origin.kind !== 'input') return 'token';
  const { part, at } = carrier.origin;
  if (part !== 'header' && part !== 'cookie') return `token:${part}.${at.join('.')}`;
  const name = at[0] ?? 'authorization';
  const id = part === 'header' && name === 'authorization' ? 'bearer' : `${part}:${name}`;
  if (!catalog.schemes.has(id)) {
    const known = (value: Value | undefined): string | undefined =>
      value?.type === 'symbolic' ? assumedText(interpreter, value) : textOf(value);
    const option = (field: string): string | undefined =>
      options?.type === 'object' ? known(options.fields.get(field)) : undefined;
    const algorithms = options?.type === 'object' ? options.fields.get('algorithms') : undefined;
    const algorithm = algorithms?.type === 'array' ? known(algorithms.items[0]) : undefined;
    const issuer = option('issuer');
    const audience = option('audience');
    catalog.schemes.set(id, {
      id,
      type: 'jwt',
      in: part,
      name,
      ...(part === 'header' && name === 'authorization' ? { prefix: 'Bearer' } : {}),
      jwt: {
        library,
        algorithm: algorithm ?? 'HS256',
        required: {},
        ...(issuer ? { issuer } : {}),
        ...(audience ? { audience } : {}),
      },
      keyValue: key,
      claims: {},
      source: sourceRef(span),
    });
  }
  return id;
}

function verify(catalog: Catalog, interpreter: Interpreter, args: Value[], span: Span): Value {
  const [token = undefinedValue, key = undefinedValue, third] = args;
  const callback = args.find((arg) => arg !== key && isCallable(arg));
  const options = third?.type === 'object' ? third : undefined;
  if (!interpreter.path) return symbolic({ kind: 'unknown', text: 'a verified token', reads: [] });
  const scheme = schemeOf(catalog, interpreter, token, key, options, span, 'jsonwebtoken');
  const holds = interpreter.decide({ kind: 'verified', scheme }, span, true);
  const error = symbolic({ kind: 'failure', of: 'jwt.verify', name: 'JsonWebTokenError', at: [] });
  const principal = symbolic({ kind: 'principal', scheme, at: [] });
  if (callback)
    return interpreter.call(callback, undefinedValue, holds ? [nullValue, principal] : [error, undefinedValue], span);
  if (!holds) interpreter.throw(error, span);
  return principal;
}

function verifyWithJose(catalog: Catalog, interpreter: Interpreter, args: Value[], span: Span): Value {
  const [token = undefinedValue, key = undefinedValue, options] = args;
  if (!interpreter.path) return undefinedValue;
  const scheme = schemeOf(catalog, interpreter, token, encodedKey(key), options, span, 'jose');
  const holds = interpreter.decide({ kind: 'verified', scheme }, span, true);
  if (!holds)
    return new PromiseValue(
      {
        ok: false,
        error: symbolic({ kind: 'failure', of: 'jwtVerify', name: 'JOSEError', at: [] }),
        guards: interpreter.path.decisions.length,
        span,
      },
      false,
    );
  const result = new ObjectValue(false);
  result.fields.set('payload', symbolic({ kind: 'principal', scheme, at: [] }));
  return new PromiseValue({ ok: true, value: result }, false);
}

/** `new TextEncoder().encode(secret)` → the secret. */
const encodedKey = (key: Value): Value =>
  key.type === 'symbolic' && key.origin.kind === 'call' && key.origin.args[0] ? key.origin.args[0] : key;

function sign(catalog: Catalog, interpreter: Interpreter, args: Value[], span: Span): Value {
  const [claims = undefinedValue, key = undefinedValue, options] = args;
  return token(catalog, interpreter, {
    claims,
    key,
    options: options && !isCallable(options) ? options : undefined,
    span,
    callback: args.find((arg) => isCallable(arg)),
  });
}

function signWithJose(catalog: Catalog, interpreter: Interpreter, of: Value, args: Value[], span: Span): Value {
  const made = symbolsIn(of).find((symbol) => symbol.origin.kind === 'call' && symbol.origin.isNew);
  const claims = made?.origin.kind === 'call' ? (made.origin.args[0] ?? undefinedValue) : undefinedValue;
  return token(catalog, interpreter, {
    claims,
    key: encodedKey(args[0] ?? undefinedValue),
    options: undefined,
    span,
    callback: undefined,
  });
}

export interface Signing {
  claims: Value;
  key: Value;
  options: Value | undefined;
  span: Span;
  callback: Value | undefined;
}

/** Notes a kind of token that the service signs, and gives one. */
export function token(
  catalog: Catalog,
  interpreter: Interpreter,
  { claims, key, options, span, callback }: Signing,
): Value {
  const kind =
    claims.type === 'object'
      ? (textOf(claims.fields.get('type')) ?? textOf(claims.fields.get('kind')) ?? textOf(claims.fields.get('use')))
      : undefined;
  const source = sourceRef(span);
  const name = kind ?? `token${catalog.tokens.size || ''}`;
  const id = `${source.file}:${source.start}:${name}`;
  if (!catalog.tokens.has(id)) catalog.tokens.set(id, { name, key, claims, options, source });
  const signed = generated('token', { type: 'string', format: 'jwt' }, [claims, key]);
  return callback ? interpreter.call(callback, undefinedValue, [nullValue, signed], span) : signed;
}
