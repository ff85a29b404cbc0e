import type { Library } from '../interpreter/library.js';
import { ObjectValue, undefinedValue, type Value } from '../interpreter/values.js';

const loggers = new Set([
  'winston',
  'pino',
  'bunyan',
  'log4js',
  'debug',
  'loglevel',
  'consola',
  'signale',
  'npmlog',
  'pino-http',
  'morgan',
  'winston-daily-rotate-file',
  'source-map-support',
  'module-alias',
  'reflect-metadata',
  'prom-client',
  '@sentry/node',
]);

/** Loggers and start-up helpers: every call does nothing, and gives a thing of the same kind back. */
export const quietLibraries: Library = {
  name: 'quiet',
  provide: (module) => {
    const base = module
      .split('/')
      .slice(0, module.startsWith('@') ? 2 : 1)
      .join('/');
    if (module === 'http-status' || module === 'http-status-codes') return undefined;
    return loggers.has(base) ? silent(base) : undefined;
  },
  method: (of, name, { interpreter }) =>
    interpreter.path && levels.has(name) && isLogger(of) ? undefinedValue : undefined,
};

const levels = new Set('silly trace debug verbose log info http notice warn warning error fatal'.split(' '));

/** A logger of the service's own: what it does with its files and listeners is no part of any answer. */
const isLogger = (of: ObjectValue): boolean =>
  [of.cls?.name, of.label].some((name) => /^_?log$|logger$/i.test(name ?? ''));

/** Callable, constructible, and every field is the same again. `middleware(req, res, next)` goes on. */
function silent(name: string): Value {
  const object = new ObjectValue(true);
  object.label = name;
  object.trap = {
    name: 'quiet',
    get: (key) => (key === 'default' || key === '__esModule' ? undefined : silentMember(object, key)),
    call: ({ args, interpreter, span }) => {
      const next = args.length === 3 ? args[2] : undefined;
      if (next?.type === 'native' && next.name === 'next') return interpreter.call(next, undefinedValue, [], span);
      return object;
    },
  };
  return object;
}

const silentMember = (object: ObjectValue, key: string): Value => object.fields.get(key) ?? object;
