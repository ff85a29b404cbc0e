import { sourceRef, type Span } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import { quiet } from '../interpreter/globals.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  type NativeCall,
  isCallable,
  isNil,
  NativeValue,
  ObjectValue,
  primitive,
  PromiseValue,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { boot, drain, enqueue } from './boot.js';
import { App, Instance } from './instance.js';
import { addRoute, shorthand } from './routes.js';
import type { FastifyWorld } from './world.js';

/** `fastify(options)`. */
export function makeApp(
  interpreter: Interpreter,
  world: FastifyWorld,
  options: Value | undefined,
  span: Span,
): Instance {
  return makeInstance(interpreter, world, new App(sourceRef(span), options), undefined, '');
}

export function makeInstance(
  interpreter: Interpreter,
  world: FastifyWorld,
  app: App,
  parent: Instance | undefined,
  prefix: string,
): Instance {
  const object = new ObjectValue(true);
  const instance = new Instance(app, object, parent, prefix);
  object.host = instance;
  object.trap = {
    name: 'fastify',
    get: (key) => memberOf(interpreter, world, instance, key),
    settle: () => {
      drain(interpreter, world, instance);
      return object;
    },
  };
  world.instances.push(instance);
  return instance;
}

const methods = new Set([
  'get',
  'post',
  'put',
  'delete',
  'patch',
  'options',
  'head',
  'trace',
  'all',
  'propfind',
  'proppatch',
  'mkcol',
  'copy',
  'move',
  'lock',
  'unlock',
  'search',
  'query',
]);

function memberOf(interpreter: Interpreter, world: FastifyWorld, instance: Instance, key: string): Value | undefined {
  const { object, parent } = instance;
  if (object.fields.has(key) || object.getters?.has(key)) return undefined;
  if (methods.has(key))
    return new NativeValue(`fastify.${key}`, (call) => shorthand(world, instance, key.toUpperCase(), call));
  const action = actions[key];
  if (action) return new NativeValue(`fastify.${key}`, (call) => action({ world, instance, call }));
  const value = property(instance, key);
  if (value) return value;
  const inherited = parent && getMember(interpreter, parent.object, key, interpreterSpan(instance));
  if (inherited && !(inherited.type === 'primitive' && inherited.value === undefined)) return inherited;
  return instance.open && symbolic({ kind: 'unknown', text: `fastify.${key}`, reads: [] }, true);
}

/** Getters of decorators need a place to be called from. */
const interpreterSpan = (instance: Instance): Span | undefined => instance.hook('onRegister')[0]?.span;

function property(instance: Instance, key: string): Value | undefined {
  switch (key) {
    case 'prefix':
      return primitive(instance.prefix);
    case 'log':
      return quiet('log');
    case 'version':
      return primitive('');
    case 'initialConfig':
      return instance.app.settings.options ?? new ObjectValue(true);
    case 'server':
    case 'websocketServer':
      return symbolic({ kind: 'external', module: 'http', path: ['Server'] }, true);
    default:
      return undefined;
  }
}

interface Action {
  world: FastifyWorld;
  instance: Instance;
  call: NativeCall;
}

type Act = (action: Action) => Value;

const fluent =
  (act: (action: Action) => void): Act =>
  (action) => {
    act(action);
    return action.instance.object;
  };

/** Puts something on the instance that a plugin alone would not bring. */
const own = (act: (action: Action) => void): Act =>
  fluent((action) => {
    if (!action.instance.app.running) action.instance.app.hasOwnParts = true;
    act(action);
  });

const ready: Act = ({ world, instance, call: { interpreter, args, span } }) => {
  boot(interpreter, world, instance);
  const callback = args.find(isCallable);
  if (callback) interpreter.call(callback, undefinedValue, [undefinedValue], span);
  return new PromiseValue({ ok: true, value: instance.object }, true);
};

const listen: Act = ({ world, instance, call: { interpreter, args, span } }) => {
  boot(interpreter, world, instance);
  world.catalog.listens.push({ file: span.source.file, value: instance.object, source: sourceRef(span) });
  const callback = args.find(isCallable);
  if (callback && interpreter.loading)
    interpreter.call(callback, undefinedValue, [undefinedValue, primitive('')], span);
  return new PromiseValue({ ok: true, value: primitive('') }, true);
};

const decorate = (place: (instance: Instance) => Map<string, Value>): Act => fluentDecorator(place);

function fluentDecorator(place: (instance: Instance) => Map<string, Value>): Act {
  return own(({ instance, call: { args } }) => {
    const name = textOf(args[0]);
    if (name === undefined) return;
    const value = args[1] ?? undefinedValue;
    const getter = value.type === 'object' ? value.fields.get('getter') : undefined;
    if (getter?.type === 'function' && place(instance) === instance.object.fields)
      (instance.object.getters ??= new Map()).set(name, getter);
    else {
      if (value.type !== 'primitive' && !value.label) value.label = name;
      place(instance).set(name, value);
    }
  });
}

const has =
  (place: (instance: Instance) => Map<string, Value>): Act =>
  ({ instance, call: { args } }) =>
    primitive(!!instance.find((scope) => (place(scope).has(textOf(args[0]) ?? '') ? true : undefined)));

const decorated =
  (place: (instance: Instance) => Map<string, Value>): Act =>
  ({ instance, call: { args } }) =>
    instance.find((scope) => place(scope).get(textOf(args[0]) ?? '')) ?? undefinedValue;

const onInstance = (instance: Instance): Map<string, Value> => instance.object.fields;
const onRequest = (instance: Instance): Map<string, Value> => instance.requestDecorators;
const onReply = (instance: Instance): Map<string, Value> => instance.replyDecorators;

const actions: Record<string, Act> = {
  register: fluent(({ instance, call: { interpreter, args, span } }) => {
    if (args[0]) enqueue(interpreter, instance, { plugin: args[0], options: args[1], span });
  }),
  after: ({ world, instance, call: { interpreter, args, span } }) => {
    const [callback] = args;
    if (callback) enqueue(interpreter, instance, { plugin: undefinedValue, options: undefined, span, callback });
    else drain(interpreter, world, instance);
    return instance.object;
  },
  ready,
  listen,
  inject: (action) => {
    ready(action);
    return symbolic({ kind: 'unknown', text: 'an injected answer', reads: [] }, true);
  },
  route: own(({ world, instance, call }) => {
    if (call.args[0]?.type === 'object') addRoute(world, instance, call.args[0], undefined, call);
  }),
  addHook: own(({ instance, call: { args, span } }) => {
    const name = textOf(args[0]);
    if (name !== undefined && args[1]) instance.addHook(name, { run: args[1], span, self: instance.object });
  }),
  decorate: decorate(onInstance),
  decorateRequest: decorate(onRequest),
  decorateReply: decorate(onReply),
  hasDecorator: has(onInstance),
  hasRequestDecorator: has(onRequest),
  hasReplyDecorator: has(onReply),
  getDecorator: decorated(onInstance),
  setErrorHandler: own(({ instance, call: { args } }) => (instance.errorHandler = args[0])),
  setNotFoundHandler: own(({ instance, call: { args } }) => (instance.notFoundHandler = args.at(-1))),
  setValidatorCompiler: own(({ instance, call: { args } }) => (instance.validatorCompiler = args[0])),
  setSerializerCompiler: own(({ instance, call: { args } }) => (instance.serializerCompiler = args[0])),
  addSchema: own(({ instance, call: { args } }) => {
    const [schema] = args;
    const id = schema?.type === 'object' ? textOf(schema.fields.get('$id')) : undefined;
    if (schema && id !== undefined) instance.schemas.set(id, schema);
  }),
  getSchema: ({ instance, call: { args } }) => schemaById(instance, textOf(args[0]) ?? '') ?? undefinedValue,
  getSchemas: ({ instance }) => {
    const all = new ObjectValue(true);
    for (const scope of instance.scopes()) for (const [id, schema] of scope.schemas) all.fields.set(id, schema);
    return all;
  },
  addContentTypeParser: own(({ instance, call: { args } }) => {
    const parse = args.at(-1);
    if (args[0] && parse && !isNil(parse)) instance.parsers.push({ types: args[0], parse });
  }),
  errorHandler: ({ instance }) => instance.find((scope) => scope.errorHandler) ?? undefinedValue,
  swagger: () => symbolic({ kind: 'unknown', text: 'an OpenAPI document', reads: [] }, true),
  close: () => new PromiseValue({ ok: true, value: undefinedValue }, true),
};
for (const name of [
  'withTypeProvider',
  'setSchemaErrorFormatter',
  'setSchemaController',
  'setReplySerializer',
  'setGenReqId',
  'setChildLoggerFactory',
  'removeContentTypeParser',
  'removeAllContentTypeParsers',
  'hasContentTypeParser',
  'addConstraintStrategy',
  'addHttpMethod',
  'use',
  'printRoutes',
  'printPlugins',
  'hasPlugin',
  'hasRoute',
  'addresses',
])
  actions[name] ??= ({ instance }) => instance.object;

export const schemaById = (instance: Instance, id: string): Value | undefined =>
  instance.find(
    (scope) => scope.schemas.get(id) ?? scope.schemas.get(`${id}#`) ?? scope.schemas.get(id.replace(/#$/, '')),
  );
