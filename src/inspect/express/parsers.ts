import {
  generated,
  isCallable,
  symbolic,
  NativeValue,
  ObjectValue,
  primitive,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { input } from '../terms.js';

const withBody = ['POST', 'PUT', 'PATCH'];

/** A body parser: sets `req.body`, and refuses malformed JSON with 400 before anything of the service runs. */
export function bodyParser(type: string, options?: Value): Value {
  const verify = options?.type === 'object' ? options.fields.get('verify') : undefined;
  return new NativeValue(
    `bodyParser.${type}`,
    ({ interpreter, args: [request, response, next], span }) => {
      if (request?.type !== 'object') return undefinedValue;
      // The bytes as they came: `verify: (req, res, buffer) => { req.rawBody = buffer; }`.
      if (verify && isCallable(verify))
        interpreter.call(verify, undefinedValue, [request, response ?? undefinedValue, input('body')], span);
      const method = request.trap?.get?.('method', request);
      const reads = method?.type === 'primitive' && withBody.includes(String(method.value));
      request.fields.set('body', input('body'));
      if (
        type === 'json' &&
        reads &&
        interpreter.path &&
        !interpreter.decide({ kind: 'type', of: input('body'), is: 'json' }, span, true)
      )
        interpreter.throw(malformed(interpreter), span);
      return next ? interpreter.call(next, undefinedValue, [], span) : undefinedValue;
    },
    3,
  );
}

/** What body-parser throws: a SyntaxError with status 400. */
function malformed(interpreter: Interpreter): Value {
  const error = new ObjectValue(false);
  const cls = interpreter.global.find('SyntaxError')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  const text = symbolic({ kind: 'failure', of: 'JSON.parse', name: 'SyntaxError', at: ['message'] });
  const fields: Record<string, Value> = {
    name: primitive('SyntaxError'),
    message: text,
    status: primitive(400),
    statusCode: primitive(400),
    type: primitive('entity.parse.failed'),
    expose: primitive(true),
    body: generated('other', { type: 'string' }),
  };
  for (const [name, value] of Object.entries(fields)) error.fields.set(name, value);
  return error;
}

/** Static files: nothing of the service's contract. */
export const staticFiles = (): Value =>
  new NativeValue(
    'express.static',
    ({ interpreter, args, span }) => (args[2] ? interpreter.call(args[2], undefinedValue, [], span) : undefinedValue),
    3,
  );
