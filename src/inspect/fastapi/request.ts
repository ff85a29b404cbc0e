import type { Interpreter } from '../interpreter/interpreter.js';
import {
  NativeValue,
  nullValue,
  ObjectValue,
  operation,
  type Part,
  primitive,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { input } from '../terms.js';

/** Starlette's `Request`, as middleware, dependencies and handlers see it. */
export function makeRequest(app: Value, method: string, path: string): ObjectValue {
  const request = new ObjectValue(false);
  request.label = 'request';
  const fields: Record<string, Value> = {
    app,
    method: primitive(method),
    headers: mapping('header', (name) => name.toLowerCase()),
    cookies: mapping('cookie'),
    query_params: mapping('query'),
    path_params: mapping('path'),
    state: new ObjectValue(false),
    url: url(path),
    base_url: symbolic({ kind: 'unknown', text: 'request.base_url', reads: [] }),
    client: client(),
    session: symbolic({ kind: 'session', at: [] }),
    scope: scope(path, method),
    user: symbolic({ kind: 'unknown', text: 'request.user', reads: [] }),
    json: new NativeValue('request.json', () => input('body')),
    body: new NativeValue('request.body', () => operation('json', input('body'))),
    form: new NativeValue('request.form', () => mapping('body')),
    url_for: new NativeValue('request.url_for', ({ args, span }) => unknown('request.url_for', args, span)),
    is_disconnected: new NativeValue('request.is_disconnected', () => primitive(false)),
  };
  for (const [name, value] of Object.entries(fields)) request.fields.set(name, value);
  return request;
}

/** A part of the request that is read by name: `request.headers["x-key"]`, `.get("x-key", default)`. */
function mapping(part: Part, nameOf: (name: string) => string = (name) => name): ObjectValue {
  const object = new ObjectValue(false);
  const read = (name: string): Value => input(part, nameOf(name));
  object.trap = {
    name: `request ${part}`,
    get: (key) =>
      key === 'get'
        ? new NativeValue('get', ({ args: [name, fallback] }) => {
            const text = textOf(name);
            if (text === undefined) return unknown('a field of the request', name ? [name] : []);
            const value = read(text);
            return fallback &&
              !(fallback.type === 'primitive' && (fallback.value === null || fallback.value === undefined))
              ? operation('??', value, fallback)
              : value;
          })
        : key === 'getlist'
          ? new NativeValue('getlist', ({ args: [name] }) => read(textOf(name) ?? ''))
          : ['items', 'keys', 'values'].includes(key)
            ? new NativeValue(key, () => unknown(`the request's ${part}`))
            : read(key),
  };
  return object;
}

function url(path: string): ObjectValue {
  const object = new ObjectValue(false);
  const text = pathValue(path);
  object.fields.set('path', text);
  object.open = symbolic({ kind: 'unknown', text: 'request.url', reads: [] });
  return object;
}

/** The request's own path: what it begins with is known. */
function pathValue(path: string): Value {
  const parts = path
    .split(/(\{\w+(?::\w+)?\})/)
    .filter(Boolean)
    .map((part): Value => {
      const name = /^\{(\w+)/.exec(part)?.[1];
      return name === undefined ? primitive(part) : input('path', name);
    });
  return parts.every((part) => part.type === 'primitive') ? primitive(path) : operation('template', ...parts);
}

function client(): ObjectValue {
  const object = new ObjectValue(false);
  object.fields.set('host', primitive('testclient'));
  object.fields.set('port', primitive(50000));
  return object;
}

function scope(path: string, method: string): ObjectValue {
  const object = new ObjectValue(false);
  object.fields.set('path', pathValue(path));
  object.fields.set('method', primitive(method));
  object.fields.set('type', primitive('http'));
  object.open = symbolic({ kind: 'unknown', text: 'request.scope', reads: [] });
  return object;
}

/** `BackgroundTasks`: what it is given runs when the answer is on its way. */
export class TaskHost {
  readonly tasks: (() => void)[] = [];
}

export function backgroundTasks(interpreter: Interpreter): ObjectValue {
  const object = new ObjectValue(false);
  const host = new TaskHost();
  object.host = host;
  object.fields.set(
    'add_task',
    new NativeValue('add_task', ({ args: [fn, ...rest], keywords, span }) => {
      if (fn)
        host.tasks.push(() => {
          interpreter.settle(interpreter.call(fn, undefinedValue, rest, span, false, keywords), span);
        });
      return nullValue;
    }),
  );
  return object;
}
