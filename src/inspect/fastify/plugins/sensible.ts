import {
  NativeValue,
  ObjectValue,
  type NativeCall,
  ArrayValue,
  nullValue,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { Thrown } from '../../interpreter/thrown.js';
import { getMember } from '../../interpreter/access.js';
import { truth } from '../../interpreter/truth.js';
import { createError, errorNames, errorStatuses, httpError } from '../../libraries/http-errors.js';
import { statusCode } from '../../request-values.js';
import type { PluginLoad } from './plugin.js';

/** @fastify/sensible: `reply.notFound()`, `fastify.httpErrors.notFound()`, `fastify.assert`, `fastify.to`. */
export const sensible: PluginLoad = ({ instance }) => {
  const errors = new ObjectValue(true);
  for (const status of errorStatuses) {
    for (const name of errorNames(status))
      errors.fields.set(name, new NativeValue(name, ({ interpreter, args }) => httpError(interpreter, status, args)));
    const [, method] = errorNames(status);
    instance.replyDecorators.set(
      method,
      new NativeValue(`reply.${method}`, (call) => send(call, httpError(call.interpreter, status, call.args))),
    );
  }
  const make = new NativeValue('createError', ({ interpreter, args }) => createError(interpreter, args));
  for (const name of ['createError', 'getHttpError']) errors.fields.set(name, make);
  instance.object.fields.set('httpErrors', errors);
  instance.object.fields.set('assert', assertion());
  instance.object.fields.set('to', new NativeValue('to', settled));
  instance.replyDecorators.set(
    'getHttpError',
    new NativeValue('reply.getHttpError', (call) => send(call, createError(call.interpreter, call.args))),
  );
};

function send({ interpreter, self, span }: NativeCall, error: Value): Value {
  const method = getMember(interpreter, self, 'send', span);
  return interpreter.call(method, self, [error], span);
}

/** `fastify.assert(value, status, message)`. */
function assertion(): NativeValue {
  const check =
    (holds: (call: NativeCall) => boolean | undefined, used: number) =>
    (call: NativeCall): Value => {
      if (holds(call) !== false) return undefinedValue;
      const [code, ...rest] = call.args.slice(used);
      const status = code && statusCode(call.interpreter, code, call.span);
      return call.interpreter.throw(httpError(call.interpreter, status ?? 500, rest), call.span);
    };
  const value = new NativeValue(
    'assert',
    check(({ interpreter, args: [of], span }) => truth(interpreter, of ?? undefinedValue, span), 1),
  );
  value.fields.set('ok', value);
  return value;
}

/** `fastify.to(promise)` → `[error, value]`. */
function settled({ interpreter, args: [promise], span }: NativeCall): Value {
  interpreter.catching++;
  try {
    const value = promise ? interpreter.settle(promise, span) : undefinedValue;
    return new ArrayValue([nullValue, value], interpreter.loading);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return new ArrayValue([error.value, undefinedValue], interpreter.loading);
  } finally {
    interpreter.catching--;
  }
}
