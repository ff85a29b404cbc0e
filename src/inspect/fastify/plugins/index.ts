import type { Library } from '../../interpreter/library.js';
import { getMember } from '../../interpreter/access.js';
import {
  ClassValue,
  isCallable,
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { environmentBySchema } from '../../libraries/env-schema.js';
import { makeApp } from '../members.js';
import { skipMark } from '../boot.js';
import { option } from '../settings.js';
import type { FastifyWorld } from '../world.js';
import { auth, basicAuth, bearerAuth } from './auth.js';
import { autoload } from './autoload.js';
import { jwt } from './jwt.js';
import { type PluginLoad, pluginValue } from './plugin.js';
import { sensible } from './sensible.js';
import { session } from './session.js';
import { mongodb, mysql, postgres, redis } from './stores.js';

/** `fastify.config` from the environment. */
const env: PluginLoad = ({ interpreter, instance, options, span }) => {
  const value = environmentBySchema(interpreter, options, span);
  instance.object.fields.set(textOf(option(options, 'confKey')) ?? 'config', value);
  instance.object.fields.set('getEnvs', new NativeValue('getEnvs', () => value));
};

/** `fastify.rateLimit()` and the like: a hook that lets requests through. */
const hookMaker =
  (...names: string[]): PluginLoad =>
  ({ instance }) => {
    const hook = new NativeValue(
      'hook',
      ({ interpreter, args, span }) => {
        const done = args.at(-1);
        return done && isCallable(done) ? interpreter.call(done, undefinedValue, [], span) : undefinedValue;
      },
      3,
    );
    for (const name of names) instance.object.fields.set(name, new NativeValue(name, () => hook));
  };

/** `request.requestContext.get(key)`. */
const requestContext: PluginLoad = ({ instance }) => {
  const store = new ObjectValue(true);
  store.fields.set(
    'get',
    new NativeValue('get', ({ interpreter, args }) => {
      const name = textOf(args[0]);
      return name === undefined
        ? undefinedValue
        : ((interpreter.path?.notes.get(`request-context ${name}`) as Value | undefined) ?? undefinedValue);
    }),
  );
  store.fields.set(
    'set',
    new NativeValue('set', ({ interpreter, args: [key, value] }) => {
      interpreter.path?.notes.set(`request-context ${textOf(key) ?? ''}`, value ?? undefinedValue);
      return undefinedValue;
    }),
  );
  instance.object.fields.set('requestContext', store);
  instance.requestDecorators.set('requestContext', store);
};

/** Plugins by their package, under the names before they moved to `@fastify/` too. */
const plugins: Record<string, PluginLoad> = {
  sensible,
  jwt,
  auth,
  'bearer-auth': bearerAuth,
  'basic-auth': basicAuth,
  session: session('cookieName', 'sessionId'),
  'secure-session': session('cookieName', 'session'),
  env,
  autoload,
  'rate-limit': hookMaker('rateLimit', 'createRateLimit'),
  'request-context': requestContext,
  postgres,
  mysql,
  redis,
  mongodb,
  cookie: () => undefined,
};

/** `fastify`, `fastify-plugin`, `@fastify/error`, and the plugins that are known. */
export function fastifyLibrary(world: FastifyWorld): Library {
  const made = new Map<string, Value>();
  const provide = (module: string): Value | undefined => {
    if (module === 'fastify') return fastifyModule(world);
    if (module === 'fastify-plugin') return pluginWrapper();
    if (module === '@fastify/error') return errorFactory();
    if (module === 'fastify-type-provider-zod' || module === '@fastify/type-provider-zod') return zodProvider();
    const name = module.replace(/^(@fastify\/|fastify-)/, '');
    const load = name !== module && Object.hasOwn(plugins, name) ? plugins[name] : undefined;
    return load && pluginValue(module, load);
  };
  return {
    name: 'fastify',
    provide(module) {
      const known = made.get(module) ?? provide(module);
      if (known) made.set(module, known);
      return known;
    },
  };
}

function fastifyModule(world: FastifyWorld): Value {
  const factory = new NativeValue(
    'fastify',
    ({ interpreter, args, span }) => makeApp(interpreter, world, args[0], span).object,
  );
  for (const name of ['default', 'fastify']) factory.fields.set(name, factory);
  const codes = new ObjectValue(true);
  codes.trap = { name: 'errorCodes', get: (key) => new ClassValue(key, undefined, undefined, undefined) };
  factory.fields.set('errorCodes', codes);
  return factory;
}

/** `fp(plugin, { name, dependencies })`: what it decorates is seen outside. */
function pluginWrapper(): Value {
  const wrap = new NativeValue('fp', ({ interpreter, args: [given = undefinedValue, options] }) => {
    const inner = given.type === 'object' ? getMember(interpreter, given, 'default') : given;
    const plugin = isCallable(inner) ? inner : given;
    if (plugin.type !== 'function' && plugin.type !== 'native') return plugin;
    const encapsulates = option(options, 'encapsulate');
    plugin.fields.set(skipMark, primitive(!(encapsulates?.type === 'primitive' && encapsulates.value === true)));
    for (const name of ['name', 'dependencies'])
      if (option(options, name)) plugin.fields.set(`@@plugin-${name}`, option(options, name) ?? undefinedValue);
    return plugin;
  });
  for (const name of ['default', 'fastifyPlugin']) wrap.fields.set(name, wrap);
  return wrap;
}

/** `createError(code, message, statusCode)` of @fastify/error. */
function errorFactory(): Value {
  const create = new NativeValue('createError', (call) => errorClass(call));
  for (const name of ['default', 'createError']) create.fields.set(name, create);
  return create;
}

function errorClass({
  interpreter,
  args: [code = undefinedValue, message = undefinedValue, status],
}: NativeCall): Value {
  const base = interpreter.global.find('Error')?.binding.value;
  const name = textOf(code) ?? 'FastifyError';
  return new ClassValue(name, base?.type === 'class' ? base : undefined, undefined, undefined, (call, self) => {
    const text = textOf(message);
    let used = 0;
    const filled =
      text === undefined
        ? message
        : call.args.every((arg) => arg.type === 'primitive')
          ? primitive(
              text.replace(/%[sdjo]/g, () => String((call.args[used++] as { value?: unknown } | undefined)?.value)),
            )
          : /%[sdjo]/.test(text)
            ? unknownMessage(text, call.args)
            : message;
    const fields: Record<string, Value> = {
      name: primitive('FastifyError'),
      code,
      message: filled,
      statusCode: status ?? primitive(500),
      stack: primitive(''),
    };
    for (const [field, value] of Object.entries(fields)) self.fields.set(field, value);
  });
}

const unknownMessage = (text: string, args: Value[]): Value =>
  operation(
    'template',
    ...text.split(/%[sdjo]/).flatMap((part, index) => [primitive(part), ...(args[index] ? [args[index]] : [])]),
  );

function zodProvider(): Value {
  const provider = new ObjectValue(true);
  for (const name of ['validatorCompiler', 'serializerCompiler', 'jsonSchemaTransform', 'createJsonSchemaTransform'])
    provider.fields.set(name, new NativeValue(name, () => undefinedValue));
  const isValidation = ({ args: [error] }: NativeCall): Value =>
    primitive(error?.type === 'object' && error.fields.has('validation'));
  provider.fields.set(
    'hasZodFastifySchemaValidationErrors',
    new NativeValue('hasZodFastifySchemaValidationErrors', isValidation),
  );
  provider.fields.set(
    'isResponseSerializationError',
    new NativeValue('isResponseSerializationError', () => primitive(false)),
  );
  return provider;
}
