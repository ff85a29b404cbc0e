import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { ObjectValue, Value } from '../interpreter/values.js';
import { pathText } from '../path-text.js';
import { type Registration, RouterHost } from './router.js';

/** One handler in its place: where its prefix ends and in which order it stands. */
export interface Layer {
  prefix: string;
  /** Must match the whole path, not only its beginning. */
  exact: boolean;
  method: string;
  handler: Value;
  order: number;
  span: Span;
  condition: string | undefined;
  /** `router.param(name)` handlers run only where the path has it. */
  param?: string;
}

export interface FlatRoute {
  method: string;
  path: string;
  handlers: Value[];
  layers: Layer[];
  order: number;
  span: Span;
  condition: string | undefined;
}

export interface Flattened {
  routes: FlatRoute[];
  layers: Layer[];
}

interface Frame {
  interpreter: Interpreter;
  out: Flattened;
  next: number;
  active: Set<RouterHost>;
}

const hosted = (value: Value): RouterHost | undefined =>
  value.type === 'object' && value.host instanceof RouterHost ? value.host : undefined;

/** All routes of an app with every layer that a request passes before and after, in Express's order. */
export function flatten(interpreter: Interpreter, app: ObjectValue): Flattened {
  const frame: Frame = { interpreter, out: { routes: [], layers: [] }, next: 0, active: new Set() };
  const host = hosted(app);
  if (host) walk(frame, host, '', undefined);
  return frame.out;
}

function walk(frame: Frame, host: RouterHost, prefix: string, condition: string | undefined): void {
  if (frame.active.has(host)) return;
  frame.active.add(host);
  for (const registration of host.registrations) {
    const when = [condition, registration.condition].filter(Boolean).join(' && ') || undefined;
    const paths = registration.paths.length
      ? registration.paths.map((path) => pathText(frame.interpreter, path, registration.span))
      : [''];
    for (const path of paths) if (path !== undefined) place(frame, registration, join(prefix, path), when);
  }
  frame.active.delete(host);
}

function place(frame: Frame, registration: Registration, path: string, condition: string | undefined): void {
  const { span } = registration;
  if (registration.kind === 'param') {
    const name = registration.paths[0];
    for (const handler of registration.handlers)
      frame.out.layers.push({
        prefix: '',
        exact: false,
        method: 'ALL',
        handler,
        order: frame.next++,
        span,
        condition,
        ...(name?.type === 'primitive' ? { param: String(name.value) } : {}),
      });
    return;
  }
  if (registration.kind === 'use') {
    for (const handler of registration.handlers) {
      const router = hosted(handler) ?? mountedRouter(frame.interpreter, handler);
      if (router) walk(frame, router, path, condition);
      else
        frame.out.layers.push({
          prefix: path,
          exact: false,
          method: 'ALL',
          handler,
          order: frame.next++,
          span,
          condition,
        });
    }
    return;
  }
  if (registration.method === 'ALL' && (registration.handlers.length < 2 || !path)) {
    for (const handler of registration.handlers)
      frame.out.layers.push({
        prefix: path,
        exact: true,
        method: 'ALL',
        handler,
        order: frame.next++,
        span,
        condition,
      });
  }
  frame.out.routes.push({
    method: registration.method,
    path: path || '/',
    handlers: registration.handlers,
    layers: frame.out.layers,
    order: frame.next++,
    span,
    condition,
  });
}

/** `app.use(users.handlers)` where handlers is an object that holds a router under `router`, `default` or `routes`. */
function mountedRouter(interpreter: Interpreter, value: Value): RouterHost | undefined {
  void interpreter;
  if (value.type !== 'object' || value.trap?.name === 'quiet') return undefined;
  const inner = value.fields.get('default');
  return inner ? hosted(inner) : undefined;
}

function join(prefix: string, path: string): string {
  if (path === '' || path === '/') return prefix;
  const clean = path.startsWith('/') || path.startsWith('*') ? path : `/${path}`;
  return (prefix + (clean.startsWith('*') ? `/${clean}` : clean)).replace(/\/{2,}/g, '/').replace(/(.)\/+$/, '$1');
}

/** Express's path syntax as an OpenAPI template: `/orders/:id(\\d+)` → `/orders/{id}`; an optional parameter is in it. */
export function template(path: string): string {
  const text = path
    .replace(/\{\/:(\w+)\}/g, '/:$1')
    .replace(/:(\w+)(\([^)]*\))?[?+*]?/g, '{$1}')
    .replace(/\/\*(\w+)/g, '/{$1}')
    .replace(/\/{2,}/g, '/');
  return text.length > 1 ? text.replace(/\/+$/, '') : text;
}

/** Does a layer at `prefix` see a request to `path` (both in Express's syntax)? */
export function covers(layer: Layer, path: string): boolean {
  if (layer.param) return new RegExp(`:${layer.param}\\b`).test(path);
  if (layer.prefix === '' || layer.prefix === '/') return !layer.exact || path === '/' || path === '';
  if (layer.exact && /^\/?(\*|\/\*|\(\.\*\)|\/\{\*\w+\}|\/\*\w+)$/.test(layer.prefix)) return true;
  const mine = layer.prefix.split('/').filter(Boolean);
  const theirs = path.split('/').filter(Boolean);
  if (mine.length > theirs.length || (layer.exact && mine.length !== theirs.length)) return false;
  return mine.every((part, index) => part.startsWith(':') || part.startsWith('*') || part === theirs[index]);
}
