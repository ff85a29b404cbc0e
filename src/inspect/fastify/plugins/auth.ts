import { sourceRef, type Span } from '../../core/language.js';
import { type Interpreter } from '../../interpreter/interpreter.js';
import { Thrown } from '../../interpreter/thrown.js';
import { getMember } from '../../interpreter/access.js';
import { MapHost } from '../../interpreter/collections.js';
import { truth } from '../../interpreter/truth.js';
import {
  isCallable,
  isNil,
  NativeValue,
  type NativeCall,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { input } from '../../terms.js';
import { fastifyError } from '../errors.js';
import { booleanOf, option } from '../settings.js';
import type { FastifyWorld } from '../world.js';
import type { PluginLoad } from './plugin.js';

/** @fastify/auth: `fastify.auth([a, [b, c]], { relation: 'and' })`. */
export const auth: PluginLoad = ({ instance, options }) => {
  const byDefault = textOf(option(options, 'defaultRelation')) ?? 'or';
  instance.object.fields.set(
    'auth',
    new NativeValue('fastify.auth', ({ args: [functions, settings] }) => {
      const relation = textOf(option(settings, 'relation')) ?? byDefault;
      return new NativeValue('auth', (call) => authorize(instance.object, functions, relation, call), 3);
    }),
  );
};

/** The hook: passes when one (or, and) all of them pass; else the last error goes on, as 401 where nothing says otherwise. */
function authorize(self: ObjectValue, functions: Value | undefined, relation: string, call: NativeCall): Value {
  const [request = undefinedValue, reply = undefinedValue, done = undefinedValue] = call.args;
  const one = (fn: Value): Refused | undefined => attempt(call.interpreter, fn, self, request, reply, call.span);
  const combine = (list: Value[], how: string): Refused | undefined => {
    let last: Refused | undefined;
    for (const item of list) {
      last = item.type === 'array' ? combine(item.items, how === 'and' ? 'or' : 'and') : one(item);
      if (how === 'and' ? last : !last) return last;
    }
    return last;
  };
  const refused = combine(functions?.type === 'array' ? functions.items : [], relation);
  if (!refused) return call.interpreter.call(done, undefinedValue, [], call.span);
  if (booleanOf(getMember(call.interpreter, reply, 'sent'))) return undefinedValue;
  const set = getMember(call.interpreter, reply, 'statusCode');
  if (set.type === 'primitive' && Number(set.value) < 400)
    call.interpreter.call(getMember(call.interpreter, reply, 'code'), reply, [primitive(401)], call.span);
  call.interpreter.cause = { error: refused.error, decisions: refused.decisions, span: refused.span };
  return call.interpreter.call(done, undefinedValue, [refused.error], call.span);
}

interface Refused {
  error: Value;
  decisions: number;
  span: Span;
}

function attempt(
  interpreter: Interpreter,
  fn: Value,
  self: Value,
  request: Value,
  reply: Value,
  span: Span,
): Refused | undefined {
  let refused: Refused | undefined;
  const here = (): number => interpreter.path?.decisions.length ?? 0;
  const done = new NativeValue('next', ({ args: [error], span: at }) => {
    const cause = interpreter.cause?.error === error ? interpreter.cause : undefined;
    if (error && !isNil(error)) refused = { error, decisions: cause?.decisions ?? here(), span: cause?.span ?? at };
    return undefinedValue;
  });
  try {
    interpreter.settle(interpreter.call(fn, self, [request, reply, done], span), span);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return { error: error.value, decisions: error.decisions, span: error.span };
  }
  return refused;
}

/** @fastify/bearer-auth: one of some keys, or what its `auth` function says. */
export const bearerAuth: PluginLoad = ({ world, instance, options, span }) => {
  const keys = option(options, 'keys');
  const type = textOf(option(options, 'bearerType')) ?? 'Bearer';
  const adds = option(options, 'addHook');
  const hook = new NativeValue('verifyBearerAuth', (call) => bearer(world, options, keys, type, call), 3);
  instance.object.fields.set('verifyBearerAuth', hook);
  instance.object.fields.set('verifyBearerAuthFactory', new NativeValue('verifyBearerAuthFactory', () => hook));
  if (booleanOf(adds) === false) return;
  instance.addHook(textOf(adds) ?? 'onRequest', { run: hook, span, self: instance.object });
};

function bearer(world: FastifyWorld, options: Value, keys: Value | undefined, type: string, call: NativeCall): Value {
  const { interpreter, span, args } = call;
  const [request = undefinedValue, reply = undefinedValue, done = undefinedValue] = args;
  const header = input('header', 'authorization');
  const accepted = keysOf(keys);
  if (!world.catalog.schemes.has('bearer'))
    world.catalog.schemes.set('bearer', {
      id: 'bearer',
      type: 'bearer',
      in: 'header',
      name: 'authorization',
      prefix: type,
      claims: {},
      source: sourceRef(span),
      ...(accepted[0] ? { acceptedValue: accepted[0] } : {}),
    });
  const refuse = (code: string, message: string): Value => {
    const error = fastifyError(interpreter, { statusCode: 401, code: primitive(code), message: primitive(message) });
    interpreter.call(getMember(interpreter, reply, 'code'), reply, [primitive(401)], span);
    if (booleanOf(option(options, 'addHook')) === false) return interpreter.call(done, undefinedValue, [error], span);
    const respond = option(options, 'errorResponse');
    const body =
      respond && isCallable(respond) ? interpreter.call(respond, undefinedValue, [error], span) : textBody(message);
    return interpreter.call(getMember(interpreter, reply, 'send'), reply, [body], span);
  };
  if (interpreter.decide({ kind: 'nil', of: header }, span, false))
    return refuse('FST_BEARER_AUTH_MISSING_AUTHORIZATION_HEADER', 'missing authorization header');
  const own = option(options, 'auth');
  const holds =
    own && isCallable(own)
      ? truth(
          interpreter,
          interpreter.settle(
            interpreter.call(
              own,
              undefinedValue,
              [operation('item', operation('split', header, primitive(' ')), primitive(1)), request],
              span,
            ),
            span,
          ),
          span,
        )
      : interpreter.decide({ kind: 'verified', scheme: 'bearer' }, span, true);
  if (!holds) return refuse('FST_BEARER_AUTH_INVALID_AUTHORIZATION_HEADER', 'invalid authorization header');
  return interpreter.call(done, undefinedValue, [], span);
}

function textBody(text: string): ObjectValue {
  const body = new ObjectValue(false);
  body.fields.set('error', primitive(text));
  return body;
}

const keysOf = (keys: Value | undefined): Value[] =>
  keys?.type === 'array'
    ? keys.items
    : keys?.type === 'object' && keys.host instanceof MapHost
      ? keys.host.entries().map(([key]) => key)
      : [];

/** @fastify/basic-auth: name and password, judged by the service's own `validate`. */
export const basicAuth: PluginLoad = ({ world, instance, options }) => {
  const validate = option(options, 'validate');
  instance.object.fields.set(
    'basicAuth',
    new NativeValue('basicAuth', (call) => basic(world, instance.object, validate, call), 3),
  );
};

function basic(world: FastifyWorld, self: ObjectValue, validate: Value | undefined, call: NativeCall): Value {
  const { interpreter, span, args } = call;
  const [request = undefinedValue, reply = undefinedValue, done = undefinedValue] = args;
  if (!world.catalog.schemes.has('basic'))
    world.catalog.schemes.set('basic', {
      id: 'basic',
      type: 'basic',
      in: 'header',
      name: 'authorization',
      prefix: 'Basic',
      claims: {},
      source: sourceRef(span),
    });
  const missing = fastifyError(interpreter, {
    statusCode: 401,
    code: primitive('FST_BASIC_AUTH_MISSING_OR_BAD_AUTHORIZATION_HEADER'),
    message: primitive('Missing or bad formatted authorization header'),
  });
  if (interpreter.decide({ kind: 'nil', of: input('header', 'authorization') }, span, false))
    return interpreter.call(done, undefinedValue, [missing], span);
  const [name, password] = ['name', 'password'].map((part) =>
    operation('basic', input('header', 'authorization'), primitive(part)),
  );
  if (!validate || !name || !password) return interpreter.call(done, undefinedValue, [], span);
  const judge = new NativeValue('validate', ({ args: [, , next] }) =>
    interpreter.call(validate, self, [name, password, request, reply, ...(next ? [next] : [])], span),
  );
  const refused = attempt(interpreter, judge, self, request, reply, span);
  if (!refused) return interpreter.call(done, undefinedValue, [], span);
  const { error } = refused;
  if (error.type === 'object' && !error.fields.has('statusCode')) error.fields.set('statusCode', primitive(401));
  interpreter.cause = { error, decisions: refused.decisions, span: refused.span };
  return interpreter.call(done, undefinedValue, [error], span);
}
