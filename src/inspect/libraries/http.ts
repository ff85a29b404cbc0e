import type { Catalog } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import { type Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import type { Library } from '../interpreter/library.js';
import {
  NativeValue,
  ObjectValue,
  operation,
  primitive,
  PromiseValue,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import type { RecordedEffect } from '../interpreter/path.js';
import { chainOf, externalCall } from './chain.js';
import { mayFail, recordEffect } from './record.js';
import { inJson } from '../interpreter/json.js';

const clients = new Set([
  'axios',
  'got',
  'ky',
  'node-fetch',
  'undici',
  'superagent',
  'needle',
  'ofetch',
  'cross-fetch',
]);
const verbs = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'request']);

/** Outbound HTTP: fetch, undici, axios, got and their kind. */
export function http(catalog: Catalog): Library {
  return {
    name: 'http',
    call(callee, call) {
      if (!call.interpreter.path) return undefined;
      const external = externalCall(callee);
      const isFetch =
        external &&
        ((external.module === 'global' && external.name === 'fetch') ||
          ['node-fetch', 'cross-fetch'].includes(external.module) ||
          (external.module === 'undici' && external.name === 'fetch'));
      if (isFetch) return send(catalog, call.interpreter, fetchRequest(call.args), call.span, 'fetch');
      const chain = callee.origin.kind === 'external' || callee.origin.kind === 'member' ? chainOf(callee) : undefined;
      if (!chain?.module || !clients.has(chain.module)) return undefined;
      const verb = chain.steps.at(-1)?.name ?? '';
      if (!verbs.has(verb) && verb !== chain.module && callee.origin.kind !== 'external') return undefined;
      if (verb === 'create' || verb === 'extend') return undefined;
      return send(catalog, call.interpreter, clientRequest(verb, call.args, baseOf(callee)), call.span, 'client');
    },
  };
}

export interface Outgoing {
  method: string;
  url: Value;
  headers: Value | undefined;
  body: Value | undefined;
}

function fetchRequest([url = undefinedValue, options]: Value[]): Outgoing {
  const field = (name: string): Value | undefined =>
    options?.type === 'object' ? options.fields.get(name) : undefined;
  const body = field('body');
  const json = inJson(body) ?? body;
  return {
    method: (textOf(field('method')) ?? 'GET').toUpperCase(),
    url: urlOf(url),
    headers: field('headers'),
    body: json,
  };
}

/** `new URL('/charges', base)` → base + path. */
function urlOf(value: Value): Value {
  if (value.type !== 'symbolic' || value.origin.kind !== 'call' || chainOf(value).steps.at(-1)?.name !== 'URL')
    return value;
  const [path = undefinedValue, base] = value.origin.args;
  return base ? operation('template', base, path) : path;
}

/** `axios.create({ baseURL })`. */
function baseOf(callee: Symbolic): Value | undefined {
  const step = chainOf(callee).steps.find((one) => one.name === 'create' || one.name === 'extend');
  const config = step?.args?.[0];
  return config?.type === 'object' ? (config.fields.get('baseURL') ?? config.fields.get('prefixUrl')) : undefined;
}

function clientRequest(verb: string, args: Value[], base: Value | undefined): Outgoing {
  const config = args.find((arg) => arg.type === 'object' && (arg.fields.has('url') || arg.fields.has('method')));
  if (config?.type === 'object' && args.length === 1) {
    const url = config.fields.get('url') ?? undefinedValue;
    return {
      method: (textOf(config.fields.get('method')) ?? 'GET').toUpperCase(),
      url: base ? operation('template', base, url) : url,
      headers: config.fields.get('headers'),
      body: config.fields.get('data'),
    };
  }
  const [url = undefinedValue, second, third] = args;
  const hasBody = ['post', 'put', 'patch'].includes(verb);
  const options = hasBody ? third : second;
  const json = second?.type === 'object' ? second.fields.get('json') : undefined;
  const headers = options?.type === 'object' ? options.fields.get('headers') : undefined;
  return {
    method: verbs.has(verb) && verb !== 'request' ? verb.toUpperCase() : 'GET',
    url: base ? operation('template', base, url) : url,
    headers,
    body: json ?? (hasBody ? second : undefined),
  };
}

function originOf(url: Value): Value {
  if (url.type === 'symbolic' && url.origin.kind === 'op' && url.origin.op === 'template' && url.origin.args[0])
    return originOf(url.origin.args[0]);
  const text = textOf(url);
  return text ? primitive(/^https?:\/\/[^/]+/.exec(text)?.[0] ?? text) : url;
}

const nameOf = (origin: Value): string =>
  textOf(origin) ?? (origin.type === 'symbolic' && origin.origin.kind === 'environment' ? origin.origin.name : 'http');

/** Notes a request to another service. */
export function recordRequest(
  catalog: Catalog,
  interpreter: Interpreter,
  request: Outgoing,
  span: Span,
): RecordedEffect {
  const origin = originOf(request.url);
  const name = nameOf(origin);
  catalog.sink(`http:${name}`, () => ({
    kind: 'http',
    name,
    methods: [],
    originValue: origin,
    source: sourceRef(span),
  }));
  const { method, url, headers, body } = request;
  return recordEffect(
    interpreter,
    {
      kind: 'http',
      target: `http:${name}`,
      verb: 'call',
      request: { method, url, ...(headers ? { headers } : {}), ...(body ? { body } : {}) },
    },
    span,
  );
}

function send(
  catalog: Catalog,
  interpreter: Interpreter,
  request: Outgoing,
  span: Span,
  style: 'fetch' | 'client',
): Value {
  const effect = recordRequest(catalog, interpreter, request, span);
  try {
    mayFail(interpreter, effect, span);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return new PromiseValue({ ok: false, error: error.value, guards: error.decisions, span }, false);
  }
  return new PromiseValue(
    { ok: true, value: style === 'fetch' ? fetchAnswer(effect.id) : clientAnswer(effect.id) },
    false,
  );
}

function fetchAnswer(effect: string): Value {
  const answer = new ObjectValue(false);
  const body = symbolic({ kind: 'upstream', effect, at: [] });
  answer.trap = {
    name: 'response',
    get: (key) => {
      if (key === 'json') return jsonReader(body);
      if (key === 'ok') return operation('<', symbolic({ kind: 'upstream', effect, at: ['$status'] }), primitive(300));
      if (key === 'status') return symbolic({ kind: 'upstream', effect, at: ['$status'] });
      return key === 'text'
        ? jsonReader(operation('string', body))
        : symbolic({ kind: 'upstream', effect, at: [`$${key}`] });
    },
  };
  return answer;
}

function clientAnswer(effect: string): Value {
  const answer = new ObjectValue(false);
  answer.fields.set('data', symbolic({ kind: 'upstream', effect, at: [] }));
  answer.fields.set('body', symbolic({ kind: 'upstream', effect, at: [] }));
  answer.fields.set('status', symbolic({ kind: 'upstream', effect, at: ['$status'] }));
  answer.open = symbolic({ kind: 'upstream', effect, at: [] });
  return answer;
}

const jsonReader = (value: Value): Value => new NativeValue('json', () => value);
