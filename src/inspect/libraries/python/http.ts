import type { Catalog } from '../../catalog.js';
import type { Library } from '../../interpreter/library.js';
import { truth } from '../../interpreter/truth.js';
import {
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { chainOf } from '../chain.js';
import { type Outgoing, recordRequest } from '../http.js';
import { mayFail } from '../record.js';
import { inJson } from '../../interpreter/json.js';

const clients = new Set(['httpx', 'requests', 'aiohttp', 'niquests', 'urllib3']);
const verbs = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'request']);
const makers = /^(Client|AsyncClient|Session|ClientSession|session)$/;

/** Outbound HTTP: httpx, requests, aiohttp. */
export function pythonHttp(catalog: Catalog): Library {
  return {
    name: 'http',
    call(callee, call) {
      if (!call.interpreter.path) return undefined;
      const { origin } = callee;
      if (origin.kind !== 'external' && origin.kind !== 'member') return undefined;
      const { module, steps } = chainOf(callee);
      const verb = steps.at(-1)?.name ?? '';
      if (!module || !clients.has(module) || !verbs.has(verb)) return undefined;
      return send(catalog, call, verb, callee);
    },
  };
}

/** `httpx.AsyncClient(base_url=…)` */
function baseOf(callee: Symbolic): Value | undefined {
  const made = chainOf(callee).steps.find((step) => step.args && makers.test(step.name));
  return made?.keywords?.get('base_url') ?? (made?.name === 'ClientSession' ? made.args?.[0] : undefined);
}

function send(catalog: Catalog, call: NativeCall, verb: string, callee: Symbolic): Value {
  const { interpreter, args, keywords, span } = call;
  const [method, url] =
    verb === 'request' ? [textOf(args[0] ?? keywords?.get('method')) ?? 'GET', args[1]] : [verb, args[0]];
  const path = url ?? keywords?.get('url') ?? undefinedValue;
  const base = baseOf(callee);
  const body = keywords?.get('json') ?? keywords?.get('data') ?? keywords?.get('content');
  const request: Outgoing = {
    method: method.toUpperCase(),
    url: base ? operation('template', base, path) : path,
    headers: keywords?.get('headers'),
    body: inJson(body) ?? body,
  };
  const effect = recordRequest(catalog, interpreter, request, span);
  mayFail(interpreter, effect, span, {
    error: () => symbolic({ kind: 'failure', of: effect.target, name: 'RequestError', at: [] }),
  });
  return answer(effect.id);
}

/** The response object of any of these libraries. */
function answer(effect: string): ObjectValue {
  const response = new ObjectValue(false);
  const body = symbolic({ kind: 'upstream', effect, at: [] });
  const status = symbolic({ kind: 'upstream', effect, at: ['$status'] });
  const isOk = operation('<', status, primitive(400));
  const reader = (name: string, value: Value): NativeValue => new NativeValue(name, () => value);
  const fields: Record<string, Value> = {
    status_code: status,
    status,
    is_success: operation('<', status, primitive(300)),
    is_error: operation('!', isOk),
    ok: isOk,
    json: reader('json', body),
    text: operation('string', body),
    content: operation('string', body),
    read: reader('read', operation('string', body)),
    headers: symbolic({ kind: 'upstream', effect, at: ['$headers'] }),
    raise_for_status: new NativeValue('raise_for_status', ({ interpreter, span }) => {
      if (!truth(interpreter, isOk, span))
        interpreter.throw(symbolic({ kind: 'failure', of: effect, name: 'HTTPStatusError', at: [] }), span);
      return response;
    }),
    close: reader('close', nullValue),
    aclose: reader('aclose', nullValue),
  };
  for (const [name, value] of Object.entries(fields)) response.fields.set(name, value);
  return response;
}
