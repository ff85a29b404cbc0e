import type { Catalog } from '../catalog.js';
import type { Span } from '../core/language.js';
import { getMember, setMember } from '../interpreter/access.js';
import type { Interpreter, Library } from '../interpreter/interpreter.js';
import { truth } from '../interpreter/truth.js';
import {
  isCallable,
  isNil,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';
import { PassportSession } from './passport-session.js';
import { bearerToken, schemeOf } from './jwt.js';

/** What a strategy was made with. */
interface Strategy {
  kind: string;
  name: string;
  options: ObjectValue | undefined;
  verify: Value | undefined;
}

/** What the service has told Passport. */
interface Strategies {
  named: Map<string, Strategy>;
  session: PassportSession;
}

/** The packages whose strategies are followed, with the name each registers itself under. */
const packages: Record<string, { kind: string; name: string }> = {
  'passport-jwt': { kind: 'jwt', name: 'jwt' },
  'passport-local': { kind: 'local', name: 'local' },
  'passport-http-bearer': { kind: 'bearer', name: 'bearer' },
};

/** Passport: strategies by name, and the middleware that runs one. */
export function passport(catalog: Catalog): Library {
  const strategies: Strategies = { named: new Map(), session: new PassportSession() };
  let instance: Value | undefined;
  return {
    name: 'passport',
    provide: (module) => {
      if (module === 'passport') return (instance ??= passportModule(catalog, strategies));
      const own = packages[module];
      return own ? strategyModule(own) : undefined;
    },
  };
}

function strategyModule(own: { kind: string; name: string }): Value {
  const object = new ObjectValue(true);
  const strategy = new NativeValue('Strategy', ({ args }) => {
    const made = new ObjectValue(true);
    const options = args.find((arg) => arg.type === 'object');
    made.fields.set('name', primitive(own.name));
    made.host = {
      ...own,
      options: options?.type === 'object' ? options : undefined,
      verify: args.find(isCallable),
    } satisfies Strategy;
    return made;
  });
  object.fields.set('Strategy', strategy);
  object.open = unknown(own.name);
  const extract = new ObjectValue(true);
  extract.trap = {
    name: 'ExtractJwt',
    get: (key) => new NativeValue(`ExtractJwt.${key}`, ({ args }) => extractor(key, args)),
  };
  object.fields.set('ExtractJwt', extract);
  return object;
}

/** Where the token is taken from: a function of the request. */
function extractor(key: string, args: Value[]): Value {
  const name = textOf(args[0]) ?? '';
  const place = (): Value => {
    switch (key) {
      case 'fromHeader':
        return input('header', name.toLowerCase());
      case 'fromUrlQueryParameter':
        return input('query', name);
      case 'fromBodyField':
        return input('body', name);
      default:
        return bearerToken();
    }
  };
  if (key === 'fromExtractors' && args[0]?.type === 'array')
    return args[0].items[0] ?? new NativeValue('extract', () => bearerToken());
  return new NativeValue('extract', place);
}

function passportModule(catalog: Catalog, strategies: Strategies): Value {
  const object = new ObjectValue(true);
  const run = (name: string, body: (call: NativeCall) => Value): void =>
    void object.fields.set(name, new NativeValue(`passport.${name}`, body));
  const { named, session } = strategies;
  run('initialize', () => equipped(session, false));
  run('session', () => equipped(session, true));
  run('unuse', () => undefinedValue);
  run('serializeUser', ({ args: [fn] }) => {
    session.keepBy(fn);
    return undefinedValue;
  });
  run('deserializeUser', ({ args: [fn] }) => {
    session.bringBackBy(fn);
    return undefinedValue;
  });
  run('use', ({ args: [first, second] }) => {
    const strategy = second ?? first;
    if (strategy?.type === 'object' && isStrategy(strategy.host))
      named.set(second ? (textOf(first) ?? strategy.host.name) : strategy.host.name, strategy.host);
    return object;
  });
  const authenticate = ({ args: [names, options, callback] }: NativeCall): Value =>
    textOf(names) === 'session'
      ? equipped(session, true)
      : new NativeValue(
          'passport.authenticate',
          (call) => authenticated(catalog, strategies, { names, options, callback }, call),
          3,
        );
  run('authenticate', authenticate);
  run('authorize', authenticate);
  return object;
}

/** The middleware that gives requests what Passport adds to them, and with `restores` who is signed in. */
const equipped = (session: PassportSession, restores: boolean): Value =>
  new NativeValue(
    'passport.session',
    ({ args: [request, , next], interpreter, span }) => {
      if (request?.type === 'object') {
        session.equip(request, interpreter);
        if (restores) session.restore(request, interpreter, span);
      }
      return interpreter.call(next ?? undefinedValue, undefinedValue, [], span);
    },
    3,
  );

const isStrategy = (host: unknown): host is Strategy =>
  typeof host === 'object' && host !== null && 'kind' in host && 'verify' in host;

function authenticated(
  catalog: Catalog,
  strategies: Strategies,
  given: { names: Value | undefined; options: Value | undefined; callback: Value | undefined },
  call: NativeCall,
): Value {
  const { interpreter, span } = call;
  const { names } = given;
  const callback = given.options && isCallable(given.options) ? given.options : given.callback;
  const option = (name: string): Value | undefined =>
    given.options?.type === 'object' ? given.options.fields.get(name) : undefined;
  const [request = undefinedValue, response = undefinedValue, next = undefinedValue] = call.args;
  const name = textOf(names) ?? (names?.type === 'array' ? textOf(names.items[0]) : undefined) ?? '';
  const strategy = strategies.named.get(name);
  if (!strategy) {
    interpreter.gap(
      'middleware-not-read',
      `The passport strategy ${name || '?'} was not read: what it refuses has no case.`,
      span,
    );
    return interpreter.call(next, undefinedValue, [], span);
  }
  const answer = (method: string, ...args: Value[]): Value =>
    interpreter.call(getMember(interpreter, response, method, span), response, args, span);
  const signsIn = strategy.kind === 'local' && catalog.schemes.has('session') && !isFalse(option('session'));
  if (request.type === 'object') strategies.session.equip(request, interpreter);
  const finish = (error: Value, user: Value, info: Value, status = 401): Value => {
    if (callback) return interpreter.call(callback, undefinedValue, [error, user, info, primitive(status)], span);
    if (!isNil(error)) return interpreter.call(next, undefinedValue, [error], span);
    if (truth(interpreter, user, span)) {
      if (signsIn) strategies.session.signIn(request, user, interpreter, span);
      else setMember(interpreter, request, 'user', user, span);
      const to = option('successRedirect');
      return to ? answer('redirect', to) : interpreter.call(next, undefinedValue, [], span);
    }
    const elsewhere = option('failureRedirect');
    if (elsewhere) return answer('redirect', elsewhere);
    answer('status', primitive(status));
    return answer('end', primitive(status === 400 ? 'Bad Request' : 'Unauthorized'));
  };
  // passport-local refuses a request without its fields as a bad one, before the service's own check.
  const refused = (): Value =>
    strategy.kind === 'local'
      ? finish(nullValue, primitive(false), failure(interpreter, 'Missing credentials'), 400)
      : finish(nullValue, primitive(false), failure(interpreter, 'Unauthorized'));
  const shown = credentials(catalog, strategy, request, interpreter, span);
  if (!shown) return refused();
  let outcome: Value | undefined;
  const done = new NativeValue(
    'done',
    ({ args: [error, user, info] }) =>
      (outcome ??= finish(error ?? nullValue, user ?? undefinedValue, info ?? undefinedValue)),
  );
  const withRequest = flag(strategy.options?.fields.get('passReqToCallback'));
  if (!strategy.verify) return finish(nullValue, shown[0] ?? undefinedValue, undefinedValue);
  interpreter.call(strategy.verify, undefinedValue, [...(withRequest ? [request] : []), ...shown, done], span);
  return outcome ?? undefinedValue;
}

const isFalse = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === false;
const flag = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;

function failure(interpreter: Interpreter, message: string): Value {
  const info = new ObjectValue(interpreter.loading);
  info.fields.set('message', primitive(message));
  return info;
}

/** What the strategy hands to the service's own check; undefined: refused before. */
function credentials(
  catalog: Catalog,
  strategy: Strategy,
  request: Value,
  interpreter: Interpreter,
  span: Span,
): Value[] | undefined {
  const option = (name: string): Value | undefined => strategy.options?.fields.get(name);
  switch (strategy.kind) {
    case 'jwt': {
      const from = option('jwtFromRequest');
      const token = from && isCallable(from) ? interpreter.call(from, undefinedValue, [request], span) : bearerToken();
      if (token.type === 'symbolic' && interpreter.decide({ kind: 'nil', of: token }, span, false)) return undefined;
      const scheme = schemeOf(
        catalog,
        interpreter,
        token,
        option('secretOrKey') ?? unknown('key'),
        strategy.options,
        span,
        'jsonwebtoken',
      );
      if (!interpreter.decide({ kind: 'verified', scheme }, span, true)) return undefined;
      return [symbolic({ kind: 'principal', scheme, at: [] })];
    }
    case 'bearer': {
      const token = bearerToken();
      return interpreter.decide({ kind: 'nil', of: token }, span, false) ? undefined : [token];
    }
    case 'local': {
      const fields = [textOf(option('usernameField')) ?? 'username', textOf(option('passwordField')) ?? 'password'];
      const body = getMember(interpreter, request, 'body', span);
      const values = fields.map((field) => getMember(interpreter, body, field, span));
      return values.every((value) => truth(interpreter, value, span)) ? values : undefined;
    }
    default:
      return undefined;
  }
}
