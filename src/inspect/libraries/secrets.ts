import type { Library } from '../interpreter/library.js';
import {
  generated,
  isCallable,
  nullValue,
  operation,
  type NativeCall,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { chainOf, externalCall } from './chain.js';

const hashers = new Set(['bcrypt', 'bcryptjs', 'argon2', 'scrypt', '@node-rs/bcrypt', '@node-rs/argon2', 'bcrypt-ts']);
const ids = new Set(['uuid', 'nanoid', 'ulid', 'cuid', '@paralleldrive/cuid2', 'uuidv7', 'short-uuid', 'shortid']);

/** Passwords, ids and hashes. */
export const secrets: Library = {
  name: 'secrets',
  call(callee, call) {
    const external = externalCall(callee);
    if (external && hashers.has(external.module)) return hashing(external.name, call);
    if (external && ids.has(external.module))
      return generated('uuid', external.module === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'string' });
    if (external?.module === 'crypto' || (external?.module === 'global' && external.path[0] === 'crypto'))
      return crypto(external.name, call);
    if (callee.origin.kind === 'member' && callee.origin.key === 'digest')
      return digest(callee.origin.of, call.args[0]);
    if (
      callee.origin.kind === 'member' &&
      callee.origin.key === 'toString' &&
      chainOf(callee.origin.of).module === 'crypto'
    )
      return generated('random', { type: 'string' });
    return undefined;
  },
};

function hashing(name: string, call: NativeCall): Value | undefined {
  const [first = undefinedValue, second = undefinedValue] = call.args;
  const callback = call.args.find((arg) => isCallable(arg));
  const done = (value: Value): Value =>
    callback ? call.interpreter.call(callback, undefinedValue, [nullValue, value], call.span) : value;
  if (/^hash/i.test(name)) return done(generated('hash', { type: 'string' }, [first]));
  if (/^genSalt/.test(name)) return done(generated('random', { type: 'string' }));
  if (/^compare/.test(name)) return done(operation('secret', first, second));
  if (/^verify/.test(name)) return done(operation('secret', second, first));
  return undefined;
}

function crypto(name: string, call: NativeCall): Value | undefined {
  const [first = undefinedValue, second = undefinedValue] = call.args;
  switch (name) {
    case 'randomUUID':
      return generated('uuid', { type: 'string', format: 'uuid' });
    case 'randomInt':
      return generated('random', { type: 'integer' });
    case 'randomBytes':
      return generated('random', { type: 'string' });
    case 'timingSafeEqual':
      return operation('===', unwrap(first), unwrap(second));
    case 'scryptSync':
    case 'pbkdf2Sync':
      return generated('hash', { type: 'string' }, [first]);
    default:
      return undefined;
  }
}

/** `Buffer.from(x)` compares as x. */
export const unwrap = (value: Value): Value => {
  if (value.type !== 'symbolic' || value.origin.kind !== 'call') return value;
  const chain = chainOf(value);
  return chain.steps.at(-1)?.name === 'from' && value.origin.args[0] ? value.origin.args[0] : value;
};

/** A digest of the same text is the same text: equal inputs give equal symbols. */
function digest(of: Value, encoding: Value | undefined): Value | undefined {
  if (of.type !== 'symbolic') return undefined;
  const { module, steps } = chainOf(of);
  if (module !== 'crypto') return undefined;
  const updated = steps.filter((step) => step.name === 'update').flatMap((step) => step.args?.slice(0, 1) ?? []);
  const [algorithm, key] = steps.find((step) => step.name === 'createHmac')?.args ?? [];
  if (!algorithm || !key) return operation('digest', ...updated);
  return operation('hmac', key, algorithm, encoding ?? undefinedValue, ...updated);
}
