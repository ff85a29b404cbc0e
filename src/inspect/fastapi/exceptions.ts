import type { Span } from '../core/language.js';
import { ancestors } from '../interpreter/ancestors.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import {
  ArrayValue,
  ClassValue,
  isNil,
  NativeValue,
  ObjectValue,
  primitive,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import type { ApiHost } from './api.js';
import { makeResponse, responseHost } from './responses.js';

const base = new ClassValue(
  'Exception',
  new ClassValue('BaseException', undefined, undefined, undefined, () => undefined),
  undefined,
  undefined,
  () => undefined,
);

const phrases: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  418: "I'm a Teapot",
  422: 'Unprocessable Entity',
  423: 'Locked',
  424: 'Failed Dependency',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const refusal: NonNullable<ClassValue['construct']> = ({ args, keywords }, self) => {
  const status = keywords?.get('status_code') ?? args[0] ?? primitive(500);
  const detail = keywords?.get('detail') ?? args[1];
  self.fields.set('status_code', status);
  const phrase = status.type === 'primitive' ? phrases[Number(status.value)] : undefined;
  self.fields.set('detail', detail && !isNil(detail) ? detail : primitive(phrase ?? null));
  const headers = keywords?.get('headers') ?? args[2];
  if (headers) self.fields.set('headers', headers);
};

const httpException = new ClassValue('HTTPException', base, undefined, undefined, refusal);
/** Starlette's own, which FastAPI's extends: told apart where a test names the class. */
const starletteException = new ClassValue('HTTPException', base, undefined, undefined, refusal);

/** The module that a test imports an exception of the framework from; undefined: it is none. */
export const moduleOf = (cls: ClassValue): string | undefined =>
  cls === httpException ? 'fastapi' : cls === starletteException ? 'starlette.exceptions' : undefined;

/** The exceptions that a unit raises, by the package whose names they are. */
export const raised: Record<'fastapi' | 'starlette', [string, Value][]> = {
  fastapi: [
    ['HTTPException', httpException],
    ['StarletteHTTPException', starletteException],
  ],
  starlette: [['HTTPException', starletteException]],
};

const validationError = new ClassValue(
  'RequestValidationError',
  base,
  undefined,
  undefined,
  ({ interpreter, args }, self) => {
    const errors = args[0] ?? new ArrayValue([], interpreter.loading, unknown('a validation error'));
    self.fields.set('errors', new NativeValue('errors', () => errors));
    self.fields.set('body', unknown('the refused body'));
  },
);

/** `HTTPException` and what FastAPI raises itself. */
export const exceptionClasses = (): [string, Value][] => [
  ['HTTPException', httpException],
  ['StarletteHTTPException', httpException],
  ['RequestValidationError', validationError],
];

/** Raises an `HTTPException` as the framework does. */
export function refuse(
  interpreter: Interpreter,
  status: number,
  detail: string,
  span: Span,
  header?: [string, string],
): never {
  const error = interpreter.construct(httpException, [primitive(status), primitive(detail)], span);
  if (header && error.type === 'object') {
    const headers = new ObjectValue(false);
    headers.fields.set(header[0], primitive(header[1]));
    error.fields.set('headers', headers);
  }
  return interpreter.throw(error, span);
}

/** Raises what FastAPI raises when the input is not valid. `decisions`: the decision that found it so is the last of them. */
export function refuseInput(interpreter: Interpreter, span: Span, decisions: number): never {
  throw new Thrown(interpreter.construct(validationError, [], span), span, decisions);
}

/** Answers an exception as the app does: its handler for the status or the nearest class, else FastAPI's own. */
export function answerFor(interpreter: Interpreter, app: ApiHost, request: Value, thrown: Thrown): Value | undefined {
  const { value, span, decisions } = thrown;
  const at = { span, decisions, failed: true };
  const handler = handlerFor(app, value);
  if (handler) {
    const result = interpreter.settle(interpreter.call(handler, undefinedValue, [request, value], span), span);
    return responseHost(result) ? failedAt(interpreter, result, at) : undefined;
  }
  if (value.type !== 'object' || !value.cls) return undefined;
  const classes = ancestors(value.cls);
  if (classes.includes(httpException)) {
    const body = new ObjectValue(false);
    body.fields.set('detail', value.fields.get('detail') ?? undefinedValue);
    const status = value.fields.get('status_code') ?? primitive(500);
    const isEmpty = status.type === 'primitive' && [204, 304].includes(Number(status.value));
    return makeResponse(interpreter, status, isEmpty ? undefined : body, at, value.fields.get('headers'));
  }
  if (!classes.includes(validationError)) return undefined;
  const errors = value.fields.get('errors');
  const body = new ObjectValue(false);
  body.fields.set('detail', errors ? interpreter.call(errors, value, [], span) : undefinedValue);
  return makeResponse(interpreter, primitive(422), body, at);
}

/** What a handler answered is decided where the exception was raised. */
function failedAt(
  interpreter: Interpreter,
  response: Value,
  at: { span: Span; decisions: number; failed: boolean },
): Value {
  if (response.type !== 'object') return response;
  const status = response.fields.get('status_code') ?? primitive(200);
  const body = responseHost(response)?.isJson ? response.fields.get('body') : undefined;
  return makeResponse(interpreter, status, body, at, response.fields.get('headers'));
}

function handlerFor(app: ApiHost, error: Value): Value | undefined {
  if (error.type !== 'object' || !error.cls) {
    return error.type === 'symbolic' ? app.handlers.findLast(({ of }) => isRoot(of))?.handler : undefined;
  }
  const status = error.fields.get('status_code');
  const classes = ancestors(error.cls);
  if (classes.includes(httpException) && status?.type === 'primitive') {
    const own = app.handlers.findLast(({ of }) => of.type === 'primitive' && of.value === status.value);
    if (own) return own.handler;
  }
  for (const cls of classes) {
    const own = app.handlers.findLast(
      ({ of }) =>
        of === cls ||
        (of.type === 'symbolic' && cls.type === 'symbolic' && of.key === cls.key) ||
        (isNamed(of) && isNamed(cls) && !isOwn(of) && of.name === cls.name),
    );
    if (own) return own.handler;
  }
  return app.handlers.findLast(({ of }) => (of.type === 'primitive' && of.value === 500) || isRoot(of))?.handler;
}

const isNamed = (value: Value): value is ClassValue => value.type === 'class';
const isOwn = (cls: ClassValue): boolean => !!cls.node;
const isRoot = (of: Value): boolean => of.type === 'class' && !of.node && of.name === 'Exception';
