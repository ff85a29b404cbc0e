import { STATUS_CODES } from 'node:http';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { ClassValue, NativeValue, ObjectValue, primitive, type Value } from '../interpreter/values.js';

/** http-errors: `createError(404, 'message')`, `new createError.NotFound('message')`. */
export const httpErrors: Library = {
  name: 'http-errors',
  provide: (module, interpreter) => (module === 'http-errors' ? errorMaker(interpreter) : undefined),
};

/** An error with a status, as http-errors makes it; without a message its text is the status's own. */
export function httpError(interpreter: Interpreter, status: number, args: Value[]): ObjectValue {
  const error = new ObjectValue(interpreter.loading);
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  const message = args.find((arg) => arg.type !== 'object') ?? primitive(STATUS_CODES[status] ?? '');
  const more = args.find((arg) => arg.type === 'object');
  const fields: Record<string, Value> = {
    name: primitive(`${(STATUS_CODES[status] ?? 'Http').replace(/[^A-Za-z]/g, '')}Error`),
    message,
    status: primitive(status),
    statusCode: primitive(status),
    expose: primitive(status < 500),
    stack: primitive(''),
  };
  for (const [name, value] of Object.entries(fields)) error.fields.set(name, value);
  if (more?.type === 'object') for (const [name, value] of more.fields) error.fields.set(name, value);
  return error;
}

/** `Not Found` → `NotFound` or `notFound`. */
export const errorNames = (status: number): [string, string] => {
  const words = (STATUS_CODES[status] ?? '')
    .replace(/[^A-Za-z ]/g, '')
    .split(' ')
    .map((word) => word[0]?.toUpperCase() + word.slice(1));
  const name = words.join('');
  return [name, (name[0] ?? '').toLowerCase() + name.slice(1)];
};

export const errorStatuses = Object.keys(STATUS_CODES)
  .map(Number)
  .filter((status) => status >= 400);

/** A text's status is 500; the first number is the status. */
export const createError = (interpreter: Interpreter, args: Value[]): ObjectValue => {
  const status = args.find((arg) => arg.type === 'primitive' && typeof arg.value === 'number');
  const code = status?.type === 'primitive' ? Number(status.value) : 500;
  return httpError(
    interpreter,
    code,
    args.filter((arg) => arg !== status),
  );
};

function errorMaker(interpreter: Interpreter): Value {
  const make = new NativeValue('createError', (call) => createError(call.interpreter, call.args));
  const base = interpreter.global.find('Error')?.binding.value;
  const parent = base?.type === 'class' ? base : undefined;
  const general = new ClassValue('HttpError', parent, undefined, undefined, () => undefined);
  make.fields.set('HttpError', general);
  make.fields.set('default', make);
  make.fields.set(
    'isHttpError',
    new NativeValue('isHttpError', ({ args: [of] }) => primitive(of?.type === 'object' && of.fields.has('statusCode'))),
  );
  for (const status of errorStatuses) {
    const [name] = errorNames(status);
    const cls = new ClassValue(`${name}Error`, general, undefined, undefined, (call, self) => {
      for (const [field, value] of httpError(call.interpreter, status, call.args).fields) self.fields.set(field, value);
    });
    make.fields.set(name, cls);
    make.fields.set(String(status), cls);
  }
  return make;
}
