import type { SourceRef } from '../../model/index.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { iterate } from '../interpreter/iterate.js';
import { StartPath } from '../interpreter/start-path.js';
import {
  type NativeCall,
  NativeValue,
  ObjectValue,
  primitive,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';

export interface Registration {
  kind: 'use' | 'route' | 'param';
  /** Upper case; `ALL`. */
  method: string;
  /** As written: strings, or values whose text is not known. Empty for `use(fn)`. */
  paths: Value[];
  handlers: Value[];
  span: Span;
  condition: string | undefined;
}

/** What an Express app or router keeps. */
export class RouterHost {
  readonly registrations: Registration[] = [];
  readonly settings = new Map<string, Value>();
  constructor(
    readonly kind: 'app' | 'router',
    readonly source: SourceRef,
    readonly file: string,
  ) {}

  /** Once: what the start does when it is run again is there already. */
  add(interpreter: Interpreter, registration: Registration): void {
    if (interpreter.loading) this.registrations.push(registration);
  }
}

/** Modules load, or what they do at the start is run again. */
export const isStarting = (interpreter: Interpreter): boolean =>
  interpreter.loading || interpreter.path instanceof StartPath;

export const methods = [
  'get',
  'post',
  'put',
  'delete',
  'patch',
  'options',
  'head',
  'all',
  'copy',
  'search',
  'propfind',
  'merge',
  'report',
];

export interface RouterWorld {
  version: number;
  apps: ObjectValue[];
  routers: ObjectValue[];
  onListen(app: Value, span: Span, interpreter: Interpreter): void;
}

export function makeRouter(world: RouterWorld, kind: 'app' | 'router', call: NativeCall): ObjectValue {
  const object = new ObjectValue(true);
  const host = new RouterHost(kind, sourceRef(call.span), call.span.source.file);
  object.host = host;
  object.trap = { name: kind, get: (key) => routerMember(world, object, host, key), call: () => undefinedValue };
  if (call.interpreter.loading) (kind === 'app' ? world.apps : world.routers).push(object);
  return object;
}

function routerMember(world: RouterWorld, self: ObjectValue, host: RouterHost, key: string): Value | undefined {
  if (self.fields.has(key)) return undefined;
  if (key === 'locals') {
    const locals = new ObjectValue(true);
    self.fields.set('locals', locals);
    return locals;
  }
  const run = (name: string, body: (call: NativeCall) => Value): NativeValue =>
    new NativeValue(`${host.kind}.${name}`, body);
  if (methods.includes(key)) return run(key, (call) => register(self, host, key, call));
  switch (key) {
    case 'use':
      return run(key, (call) => use(self, host, call));
    case 'route':
      return run(key, (call) => routeObject(host, call));
    case 'param':
      return run(key, (call) => {
        host.add(call.interpreter, {
          kind: 'param',
          method: 'ALL',
          paths: call.args.slice(0, 1),
          handlers: call.args.slice(1),
          span: call.span,
          condition: undefined,
        });
        return self;
      });
    case 'set':
    case 'enable':
    case 'disable':
    case 'engine':
    case 'on':
      return run(key, ({ args: [name, value] }) => {
        if (name?.type === 'primitive') host.settings.set(String(name.value), value ?? primitive(key === 'enable'));
        return self;
      });
    case 'listen':
      return run(key, (call) => {
        world.onListen(self, call.span, call.interpreter);
        const ready = call.args.find((arg) => arg.type === 'function');
        if (ready && isStarting(call.interpreter)) call.interpreter.call(ready, undefinedValue, [], call.span);
        return new ObjectValue(true);
      });
    case 'handle':
      return run(key, () => undefinedValue);
    case 'mountpath':
      return primitive('/');
    default:
      return undefined;
  }
}

const condition = (interpreter: Interpreter): string | undefined =>
  interpreter.conditions.length ? interpreter.conditions.join(' && ') : undefined;

/** `app.get('/x', …)`; with one string it reads a setting. */
function register(self: ObjectValue, host: RouterHost, method: string, call: NativeCall): Value {
  const [path = undefinedValue, ...rest] = call.args;
  if (method === 'get' && host.kind === 'app' && rest.length === 0)
    return path.type === 'primitive' ? (host.settings.get(String(path.value)) ?? undefinedValue) : undefinedValue;
  host.add(call.interpreter, {
    kind: 'route',
    method: method.toUpperCase(),
    paths: pathsOf(path),
    handlers: flat(call.interpreter, rest, call.span),
    span: call.span,
    condition: condition(call.interpreter),
  });
  return self;
}

const pathsOf = (value: Value): Value[] => (value.type === 'array' ? value.items : [value]);

/** Handlers may be arrays of arrays. */
function flat(interpreter: Interpreter, values: Value[], span: Span): Value[] {
  return values.flatMap((value) =>
    value.type === 'array' ? flat(interpreter, iterate(interpreter, value, 'of', span), span) : [value],
  );
}

const isPath = (value: Value): boolean =>
  value.type === 'primitive'
    ? typeof value.value === 'string'
    : (value.type === 'symbolic' &&
        ((value.origin.kind === 'op' && value.origin.op === 'template') || value.origin.kind === 'environment')) ||
      (value.type === 'array' && value.items.length > 0 && value.items.every(isPath)) ||
      (value.type === 'object' &&
        value.host !== null &&
        value.host !== undefined &&
        (value.host as object).constructor.name === 'RegexHost');

function use(self: ObjectValue, host: RouterHost, call: NativeCall): Value {
  const [first = undefinedValue, ...rest] = call.args;
  const hasPath = rest.length > 0 && isPath(first);
  host.add(call.interpreter, {
    kind: 'use',
    method: 'ALL',
    paths: hasPath ? pathsOf(first) : [],
    handlers: flat(call.interpreter, hasPath ? rest : call.args, call.span),
    span: call.span,
    condition: condition(call.interpreter),
  });
  return self;
}

/** `router.route('/x').get(…).post(…)`: each is located by its own method's token. */
function routeObject(host: RouterHost, call: NativeCall): Value {
  const object = new ObjectValue(true);
  const paths = pathsOf(call.args[0] ?? undefinedValue);
  object.trap = {
    name: 'route',
    get: (key) =>
      methods.includes(key)
        ? new NativeValue(`route.${key}`, ({ args, interpreter, span }) => {
            const handlers = flat(interpreter, args, span);
            const at = methodToken(span, key);
            host.add(interpreter, {
              kind: 'route',
              method: key.toUpperCase(),
              paths,
              handlers,
              span: at,
              condition: condition(interpreter),
            });
            return object;
          })
        : undefined,
  };
  return object;
}

/** The span of a chained call starts at the head of the chain: its own method is the last `.get(` at this nesting. */
function methodToken(span: Span, method: string): Span {
  const text = span.source.text.slice(span.start, span.end);
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index--) {
    const letter = text[index];
    if (letter === ')' || letter === '}' || letter === ']') depth++;
    else if (letter === '(' || letter === '{' || letter === '[') {
      depth--;
      const head = text.slice(0, index);
      const match = new RegExp(`\\.\\s*${method}\\s*(<[^()]*>)?\\s*$`).exec(head);
      if (depth === 0 && match) return { source: span.source, start: span.start + match.index + 1, end: span.end };
    }
  }
  return span;
}
