import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { checkedSchema } from './joi.js';
import { validate } from './validation.js';

/** The parts of a request, in celebrate's order, with the names of `Segments`. */
const segments: Record<string, string> = {
  HEADERS: 'headers',
  PARAMS: 'params',
  QUERY: 'query',
  COOKIES: 'cookies',
  SIGNEDCOOKIES: 'signedCookies',
  BODY: 'body',
};

/** celebrate: Joi schemas for parts of the request as a middleware, and the error handler that answers 400. */
export const celebrate: Library = {
  name: 'celebrate',
  provide: (module, interpreter) => {
    if (module !== 'celebrate') return undefined;
    const object = new ObjectValue(true);
    const set = (name: string, value: Value): void => void object.fields.set(name, value);
    const names = new ObjectValue(true);
    for (const [name, part] of Object.entries(segments)) names.fields.set(name, primitive(part));
    set('Segments', names);
    set('Joi', interpreter.modules.external('joi', '*'));
    set('celebrate', new NativeValue('celebrate', ({ args: [schemas, options] }) => middleware(schemas, options)));
    set('errors', new NativeValue('celebrate.errors', ({ args: [options] }) => errorHandler(options)));
    set('isCelebrateError', new NativeValue('isCelebrateError', ({ args: [error] }) => primitive(isOurs(error))));
    return object;
  },
};

/** What an error of celebrate's is known by. */
const ours = Symbol('celebrate');

const isOurs = (error: Value | undefined): boolean => error?.type === 'object' && error.host === ours;

function middleware(schemas: Value | undefined, options: Value | undefined): Value {
  return new NativeValue(
    'celebrate',
    ({ interpreter, args: [request = undefinedValue, , next = undefinedValue], span }) => {
      for (const part of Object.values(segments)) {
        const schema = schemas?.type === 'object' ? schemas.fields.get(part) : undefined;
        if (!schema) continue;
        const value = getMember(interpreter, request, part, span);
        if (!validate(interpreter, value, checkedSchema(schema, options), span))
          return interpreter.call(next, undefinedValue, [failure(part, interpreter)], span);
      }
      return interpreter.call(next, undefinedValue, [], span);
    },
    3,
  );
}

function failure(part: string, interpreter: Interpreter): Value {
  const error = new ObjectValue(false);
  error.host = ours;
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  error.fields.set('message', primitive('Validation failed'));
  error.fields.set('source', primitive(part));
  return error;
}

/** `app.use(errors())`: other errors go on. */
function errorHandler(options: Value | undefined): Value {
  const given = options?.type === 'object' ? options.fields.get('statusCode') : undefined;
  return new NativeValue('celebrate.errors', (call) => answer(given ?? primitive(400), call), 4);
}

function answer(status: Value, { interpreter, args, span }: NativeCall): Value {
  const [error = undefinedValue, , response = undefinedValue, next = undefinedValue] = args;
  if (!isOurs(error)) return interpreter.call(next, undefinedValue, [error], span);
  const body = new ObjectValue(false);
  body.fields.set('statusCode', status);
  body.fields.set('error', primitive('Bad Request'));
  body.fields.set('message', getMember(interpreter, error, 'message', span));
  const validation = new ObjectValue(false);
  validation.open = undefined;
  body.fields.set('validation', validation);
  interpreter.call(getMember(interpreter, response, 'status', span), response, [status], span);
  return interpreter.call(getMember(interpreter, response, 'json', span), response, [body], span);
}
