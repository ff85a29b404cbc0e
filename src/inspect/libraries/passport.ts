import type { Catalog } from '../catalog.js';
import type { Library } from '../interpreter/library.js';
import {
  isCallable,
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';
import { bearerToken } from './jwt.js';
import { Authentication, type Strategies, type Strategy } from './passport-authentication.js';
import { PassportSession } from './passport-session.js';

/** The packages whose strategies are followed, with the name each registers itself under. */
const packages: Record<string, { kind: string; name: string }> = {
  'passport-jwt': { kind: 'jwt', name: 'jwt' },
  'passport-local': { kind: 'local', name: 'local' },
  'passport-anonymous': { kind: 'anonymous', name: 'anonymous' },
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
          (call) => new Authentication(catalog, strategies, { names, options, callback }, call).run(),
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
