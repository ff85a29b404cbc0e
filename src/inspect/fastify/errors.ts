import { STATUS_CODES } from 'node:http';
import type { Interpreter } from '../interpreter/interpreter.js';
import { getMember } from '../interpreter/access.js';
import { isNil, ObjectValue, primitive, type Symbolic, symbolic, type Value } from '../interpreter/values.js';
import type { Part } from '../interpreter/values.js';

/** An error that Fastify or a plugin of its makes: `code`, `statusCode`, `message`. */
export function fastifyError(
  interpreter: Interpreter,
  fields: { statusCode: number; code?: Value; message: Value; name?: string; more?: Record<string, Value> },
): ObjectValue {
  const error = new ObjectValue(false);
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  const all: Record<string, Value | undefined> = {
    name: primitive(fields.name ?? 'FastifyError'),
    message: fields.message,
    statusCode: primitive(fields.statusCode),
    code: fields.code,
    stack: primitive(''),
    ...fields.more,
  };
  for (const [name, value] of Object.entries(all)) if (value) error.fields.set(name, value);
  return error;
}

const contexts: Record<Part, string> = {
  body: 'body',
  query: 'querystring',
  path: 'params',
  header: 'headers',
  cookie: 'cookies',
};

/** What validation throws: its message names the place, so it is not known before the request is. */
export function validationFailure(interpreter: Interpreter, part: Part, hasCode: boolean): ObjectValue {
  const failure = (...at: string[]): Symbolic => symbolic({ kind: 'failure', of: 'validation', name: 'Error', at });
  return fastifyError(interpreter, {
    statusCode: 400,
    name: 'Error',
    ...(hasCode ? { code: primitive('FST_ERR_VALIDATION') } : {}),
    message: failure('message'),
    more: { validation: failure('validation'), validationContext: primitive(contexts[part]) },
  });
}

/** What the JSON parser throws. Fastify 4 passes the parser's own SyntaxError on, without a code. */
export function malformedBody(interpreter: Interpreter, version: number): ObjectValue {
  const text = symbolic({ kind: 'failure', of: 'JSON.parse', name: 'SyntaxError', at: ['message'] });
  return version >= 5
    ? fastifyError(interpreter, {
        statusCode: 400,
        code: primitive('FST_ERR_CTP_INVALID_JSON_BODY'),
        message: primitive("Body is not valid JSON but content-type is set to 'application/json'"),
      })
    : fastifyError(interpreter, { statusCode: 400, name: 'SyntaxError', message: text });
}

/** Is it an `Error`? Others that are thrown are sent as they are. */
export function isError(value: Value): boolean {
  if (value.type === 'symbolic') return value.origin.kind === 'failure' && !value.origin.at.length;
  if (value.type !== 'object') return false;
  for (let cls = value.cls; cls; cls = cls.parent?.type === 'class' ? cls.parent : undefined)
    if (/Error$/.test(cls.name) && (cls.construct || cls.parent?.type === 'symbolic')) return true;
  return false;
}

/** The body that Fastify gives an error that no handler has answered. */
export function errorBody(interpreter: Interpreter, error: Value, status: number): ObjectValue {
  const body = new ObjectValue(false);
  const field = (name: string): Value => getMember(interpreter, error, name);
  const code = error.type === 'object' ? field('code') : undefined;
  body.fields.set('statusCode', primitive(status));
  if (code && !isNil(code)) body.fields.set('code', code);
  body.fields.set('error', primitive(STATUS_CODES[status] ?? ''));
  body.fields.set('message', error.type === 'primitive' ? primitive('') : field('message'));
  return body;
}
