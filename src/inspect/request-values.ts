import type { Span } from './core/language.js';
import type { Interpreter } from './interpreter/interpreter.js';
import { truth } from './interpreter/truth.js';
import { isNil, ObjectValue, operation, primitive, type Value } from './interpreter/values.js';
import { input } from './terms.js';

/** Header names are lower case however they are written. */
export function headersObject(): ObjectValue {
  const headers = new ObjectValue(false);
  headers.trap = {
    name: 'headers',
    get: (key) => (headers.fields.has(key) ? undefined : input('header', key.toLowerCase())),
  };
  return headers;
}

/** The path of a request to this route: its parameters (`:id`, `:id(\\d+)`) are holes. */
export function pathValue(path: string): Value {
  const parts = path.split(/:(\w+)(?:\([^)]*\))?[?*+]?/);
  if (parts.length === 1) return primitive(path);
  return operation('template', ...parts.map((part, index) => (index % 2 ? input('path', part) : primitive(part))));
}

/** A status as a number: choices are put to the path. Undefined: not known. */
export function statusCode(interpreter: Interpreter, value: Value, span: Span): number | undefined {
  if (value.type === 'primitive')
    return typeof value.value === 'number' ? value.value : value.value === undefined ? undefined : Number(value.value);
  if (value.type !== 'symbolic' || value.origin.kind !== 'op') return undefined;
  const { op, args } = value.origin;
  const [left, right, third] = args;
  if (op === 'cond' && left && right && third)
    return statusCode(interpreter, truth(interpreter, left, span) ? right : third, span);
  if ((op === '||' || op === '??') && left && right) {
    if (left.type === 'symbolic' && left.origin.kind === 'failure') return statusCode(interpreter, right, span);
    return isNil(left)
      ? statusCode(interpreter, right, span)
      : (statusCode(interpreter, left, span) ?? statusCode(interpreter, right, span));
  }
  return undefined;
}
