import type { Catalog } from '../catalog.js';
import { getMember, setMember } from '../interpreter/access.js';
import type { Library } from '../interpreter/library.js';
import { RegexHost } from '../interpreter/evaluate.js';
import { knownShape } from '../interpreter/strings.js';
import { truth } from '../interpreter/truth.js';
import {
  isCallable,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { bearerToken, schemeOf } from './jwt.js';

/** express-jwt: the verified token's claims stand in `req.auth` (`req.user` before version 7). */
export function expressJwt(catalog: Catalog): Library {
  return {
    name: 'express-jwt',
    provide: (module) => {
      if (module !== 'express-jwt') return undefined;
      const make = (property: string): NativeValue =>
        new NativeValue('expressjwt', ({ args: [options] }) => {
          const guard = new NativeValue(
            'express-jwt',
            (call) => check(catalog, options?.type === 'object' ? options : undefined, property, call),
            3,
          );
          guard.fields.set('unless', new NativeValue('unless', ({ args }) => unless(guard, args[0])));
          return guard;
        });
      const named = make('auth');
      const plain = make('user');
      plain.fields.set('expressjwt', named);
      plain.fields.set('UnauthorizedError', unknown('UnauthorizedError'));
      return plain;
    },
  };
}

function check(catalog: Catalog, options: ObjectValue | undefined, property: string, call: NativeCall): Value {
  const { interpreter, span } = call;
  const [request = undefinedValue, , next = undefinedValue] = call.args;
  const option = (name: string): Value | undefined => options?.fields.get(name);
  const from = option('getToken');
  const token =
    from && isCallable(from)
      ? interpreter.settle(interpreter.call(from, undefinedValue, [request], span), span)
      : bearerToken();
  const goOn = (): Value => interpreter.call(next, undefinedValue, [], span);
  const refuse = (code: string, message: string): Value => {
    const error = new ObjectValue(false);
    error.fields.set('name', primitive('UnauthorizedError'));
    error.fields.set('status', primitive(401));
    error.fields.set('code', primitive(code));
    error.fields.set('message', primitive(message));
    return interpreter.call(next, undefinedValue, [error], span);
  };
  if (!truth(interpreter, token, span)) {
    const needed = option('credentialsRequired');
    return needed?.type === 'primitive' && needed.value === false
      ? goOn()
      : refuse('credentials_required', 'No authorization token was found');
  }
  const scheme = schemeOf(
    catalog,
    interpreter,
    token,
    option('secret') ?? unknown('secret'),
    options,
    span,
    'jsonwebtoken',
  );
  if (!interpreter.decide({ kind: 'verified', scheme }, span, true)) return refuse('invalid_token', 'invalid token');
  const place = textOf(option('requestProperty')) ?? textOf(option('userProperty')) ?? property;
  setMember(interpreter, request, place, symbolic({ kind: 'principal', scheme, at: [] }), span);
  return goOn();
}

/** `guard.unless({ path: ['/login', /^\/public/] })`: other paths alone are guarded. */
function unless(guard: NativeValue, options: Value | undefined): Value {
  const paths = options?.type === 'object' ? options.fields.get('path') : options;
  return new NativeValue(
    'express-jwt.unless',
    (call) => {
      const { interpreter, args, span } = call;
      const [request = undefinedValue, , next = undefinedValue] = args;
      const list = paths?.type === 'array' ? paths.items : paths ? [paths] : [];
      return list.some((item) => exempts(item, getMember(interpreter, request, 'originalUrl', span)))
        ? interpreter.call(next, undefinedValue, [], span)
        : interpreter.call(guard, undefinedValue, args, span);
    },
    3,
  );
}

function exempts(item: Value, url: Value): boolean {
  const path = knownShape(url);
  if (path === undefined) return false;
  if (item.type === 'object' && item.host instanceof RegexHost)
    return new RegExp(item.host.pattern, item.host.flags).test(path);
  const of = item.type === 'object' ? item.fields.get('url') : item;
  if (of?.type === 'object') return exempts(of, url);
  return textOf(of) === path;
}
