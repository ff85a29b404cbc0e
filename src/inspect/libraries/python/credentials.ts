import type { Catalog } from '../../catalog.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import {
  ArrayValue,
  generated,
  type NativeCall,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  type Symbolic,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { chainOf, externalCall } from '../chain.js';
import { schemeOf, token } from '../jwt.js';

/** PyJWT, python-jose; passlib, bcrypt, pwdlib, argon2, werkzeug. */
export function credentials(catalog: Catalog): Library {
  return {
    name: 'credentials',
    call(callee, call) {
      const external = externalCall(callee);
      if (external && isJwt(external.module, external.path)) {
        if (external.name === 'decode') return decode(catalog, call, external.module);
        if (external.name === 'encode') return encode(catalog, call);
        if (external.name.startsWith('get_unverified'))
          return symbolic({ kind: 'unknown', text: 'a token that was decoded, not verified', reads: call.args });
      }
      if (external) return hashing(external.module, external.name, call);
      return ofHasher(callee, call);
    },
  };
}

/** `jwt.decode` of PyJWT, `jose.jwt.decode` of python-jose, `authlib.jose.jwt`. */
const isJwt = (module: string, path: string[]): boolean =>
  module === 'jwt' || ((module === 'jose' || module === 'authlib') && path.includes('jwt'));

function optionsOf(call: NativeCall): ObjectValue {
  const options = new ObjectValue(false);
  for (const name of ['audience', 'issuer']) {
    const value = call.keywords?.get(name);
    if (value) options.fields.set(name, value);
  }
  const algorithms = call.keywords?.get('algorithms') ?? call.args[2];
  if (algorithms)
    options.fields.set('algorithms', algorithms.type === 'array' ? algorithms : new ArrayValue([algorithms], false));
  return options;
}

/** `options={"verify_signature": False}`: nothing is proven. */
function isUnverified(call: NativeCall): boolean {
  const options = call.keywords?.get('options');
  const flag = options?.type === 'object' ? options.fields.get('verify_signature') : call.keywords?.get('verify');
  return flag?.type === 'primitive' && flag.value === false;
}

function decode(catalog: Catalog, call: NativeCall, module: string): Value {
  const { interpreter, args, keywords, span } = call;
  const given = args[0] ?? keywords?.get(module === 'jwt' ? 'jwt' : 'token') ?? undefinedValue;
  const key = args[1] ?? keywords?.get('key') ?? undefinedValue;
  if (!interpreter.path || isUnverified(call))
    return symbolic({ kind: 'unknown', text: 'a token that was decoded, not verified', reads: [given] });
  const scheme = schemeOf(
    catalog,
    interpreter,
    given,
    key,
    optionsOf(call),
    span,
    module === 'jwt' ? 'pyjwt' : 'python-jose',
  );
  if (!interpreter.decide({ kind: 'verified', scheme }, span, true))
    interpreter.throw(symbolic({ kind: 'failure', of: 'jwt.decode', name: 'InvalidTokenError', at: [] }), span);
  return symbolic({ kind: 'principal', scheme, at: [] });
}

function encode(catalog: Catalog, { interpreter, args, keywords, span }: NativeCall): Value {
  const claims = args[0] ?? keywords?.get('payload') ?? keywords?.get('claims') ?? undefinedValue;
  const key = args[1] ?? keywords?.get('key') ?? undefinedValue;
  return token(catalog, interpreter, { claims, key, options: undefined, span, callback: undefined });
}

const hash = (password: Value | undefined): Value => generated('hash', { type: 'string' }, password ? [password] : []);
const secret = (given: Value | undefined, stored: Value | undefined): Value =>
  operation('secret', given ?? undefinedValue, stored ?? undefinedValue);

function hashing(module: string, name: string, { args }: NativeCall): Value | undefined {
  const [first, second] = args;
  if (module === 'bcrypt') {
    if (name === 'hashpw') return hash(first);
    if (name === 'checkpw') return secret(first, second);
    return name === 'gensalt' ? generated('random', { type: 'string' }) : undefined;
  }
  if (module === 'werkzeug' && name === 'generate_password_hash') return hash(first);
  if (module === 'werkzeug' && name === 'check_password_hash') return secret(second, first);
  return undefined;
}

const hashers = new Set(['passlib', 'pwdlib', 'argon2', 'libpass']);

/** `CryptContext(…).verify(password, stored)` and its kind. */
function ofHasher(callee: Symbolic, call: NativeCall): Value | undefined {
  if (callee.origin.kind !== 'member') return undefined;
  const { module } = chainOf(callee);
  if (!module || !hashers.has(module)) return undefined;
  const [first, second] = call.args;
  switch (callee.origin.key) {
    case 'hash':
    case 'encrypt':
      return hash(first);
    case 'verify':
      return module === 'argon2' ? verified(call.interpreter, second, first, call) : secret(first, second);
    case 'verify_and_update':
      return new ArrayValue([secret(first, second), nullValue], false);
    case 'needs_update':
    case 'check_needs_rehash':
      return primitive(false);
    default:
      return undefined;
  }
}

/** argon2 raises where the password is not the one. */
function verified(
  interpreter: Interpreter,
  given: Value | undefined,
  stored: Value | undefined,
  { span }: NativeCall,
): Value {
  if (!interpreter.path) return primitive(true);
  const question = { kind: 'secret' as const, input: given ?? undefinedValue, stored: stored ?? undefinedValue };
  if (!interpreter.decide(question, span, true))
    interpreter.throw(symbolic({ kind: 'failure', of: 'verify', name: 'VerifyMismatchError', at: [] }), span);
  return primitive(true);
}
