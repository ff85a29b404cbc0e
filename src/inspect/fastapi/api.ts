import type { SourceRef } from '../../model/index.js';
import { sourceRef, type Span } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  ArrayValue,
  ClassValue,
  isCallable,
  type Keywords,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';

/** What was registered on an app or router, in order. */
export type Registration = { span: Span; condition: string | undefined } & (
  | { kind: 'route'; path: Value; methods: string[]; handler: Value; options: Keywords; isPlain: boolean }
  | { kind: 'include'; router: Value; options: Keywords }
  | { kind: 'mount'; path: Value; app: Value }
);

/** What an app or router has been told. */
export class ApiHost {
  readonly registrations: Registration[] = [];
  readonly handlers: { of: Value; handler: Value }[] = [];
  /** The last that was added comes first. */
  readonly middleware: { value: Value; options: Keywords; isFunction: boolean; span: Span }[] = [];
  readonly starts: Value[] = [];
  prefix: Value = primitive('');
  dependencies: Value[] = [];
  responseClass: Value | undefined;
  constructor(
    readonly kind: 'app' | 'router',
    readonly source: SourceRef,
  ) {}
}

/** A route that was made as an object: `APIRoute(path, endpoint)`, `Route`, `Mount`. */
export class RouteHost {
  constructor(readonly registration: Registration) {}
}

export interface ApiWorld {
  apps: ObjectValue[];
  routers: ObjectValue[];
  /** The app that is served, where it is known which. */
  served?: ObjectValue;
}

export const hostOf = (value: Value | undefined): ApiHost | undefined =>
  value?.type === 'object' && value.host instanceof ApiHost ? value.host : undefined;

const verbs = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head', 'trace'];

export interface ApiClasses {
  FastAPI: ClassValue;
  APIRouter: ClassValue;
  APIRoute: ClassValue;
  Mount: ClassValue;
}

/** The classes that operations are registered on. */
export function apiClasses(world: ApiWorld): ApiClasses {
  const construct = (kind: 'app' | 'router') => (call: NativeCall, self: ObjectValue) => setUp(world, kind, call, self);
  const router = new ClassValue('APIRouter', undefined, undefined, undefined, construct('router'));
  const app = new ClassValue('FastAPI', undefined, undefined, undefined, construct('app'));
  for (const cls of [router, app]) registerMethods(cls);
  const route = new ClassValue('APIRoute', undefined, undefined, undefined, (call, self) => {
    self.host = new RouteHost(routeOf(call.interpreter, call.args[0], call.args[1], call.keywords, call.span, false));
  });
  const mount = new ClassValue('Mount', undefined, undefined, undefined, (call, self) => {
    const inner = call.keywords?.get('app') ?? call.args[1];
    const routes = call.keywords?.get('routes');
    self.host = new RouteHost(mountOf(call, call.args[0] ?? primitive(''), inner ?? routes ?? nullValue));
  });
  return { FastAPI: app, APIRouter: router, APIRoute: route, Mount: mount };
}

function setUp(world: ApiWorld, kind: 'app' | 'router', call: NativeCall, self: ObjectValue): void {
  const host = new ApiHost(kind, sourceRef(call.span));
  const { keywords } = call;
  self.host = host;
  host.prefix = keywords?.get('prefix') ?? primitive('');
  host.dependencies = itemsOf(keywords?.get('dependencies'));
  host.responseClass = keywords?.get('default_response_class');
  const lifespan = keywords?.get('lifespan');
  if (lifespan) host.starts.push(lifespan);
  host.starts.push(...itemsOf(keywords?.get('on_startup')));
  const handlers = keywords?.get('exception_handlers');
  if (handlers?.type === 'object')
    for (const [name, handler] of handlers.fields) host.handlers.push({ of: statusOrName(name), handler });
  const routes = keywords?.get('routes');
  self.fields.set('routes', routes?.type === 'array' ? routes : new ArrayValue([], call.interpreter.loading));
  self.fields.set('prefix', host.prefix);
  for (const name of ['state', 'dependency_overrides', 'extra'])
    self.fields.set(name, new ObjectValue(call.interpreter.loading));
  if (kind === 'app') self.fields.set('router', self);
  (kind === 'app' ? world.apps : world.routers).push(self);
}

const statusOrName = (name: string): Value => primitive(/^\d+$/.test(name) ? Number(name) : name);

export const itemsOf = (value: Value | undefined): Value[] => (value?.type === 'array' ? value.items : []);

function registerMethods(cls: ClassValue): void {
  const method = (name: string, run: (call: NativeCall, host: ApiHost) => Value): void => {
    cls.natives.set(
      name,
      new NativeValue(name, (call) => {
        const host = hostOf(call.self);
        return host ? run(call, host) : undefinedValue;
      }),
    );
  };
  for (const verb of verbs)
    method(verb, (call) =>
      decorator(call, call.args[0] ?? call.keywords?.get('path'), [verb.toUpperCase()], call.keywords),
    );
  method('api_route', (call) => decorator(call, call.args[0] ?? call.keywords?.get('path'), undefined, call.keywords));
  method('route', (call) =>
    decorator(call, call.args[0] ?? call.keywords?.get('path'), undefined, call.keywords, true),
  );
  for (const name of ['websocket', 'websocket_route']) method(name, () => itself);
  method('add_api_route', (call, host) => add(call, host, false));
  method('add_route', (call, host) => add(call, host, true));
  for (const name of [
    'add_websocket_route',
    'add_api_websocket_route',
    'host',
    'openapi',
    'setup',
    'build_middleware_stack',
  ])
    method(name, () => nullValue);
  method('include_router', (call, host) => {
    const router = call.args[0] ?? call.keywords?.get('router') ?? undefinedValue;
    host.registrations.push({
      kind: 'include',
      router,
      options: call.keywords ?? new Map<string, Value>(),
      ...placeOf(call),
    });
    return nullValue;
  });
  method('mount', (call, host) => {
    const [path = call.keywords?.get('path') ?? primitive(''), app = call.keywords?.get('app') ?? nullValue] =
      call.args;
    host.registrations.push(mountOf(call, path, app));
    return nullValue;
  });
  registerAround(method);
}

type Method = (name: string, run: (call: NativeCall, host: ApiHost) => Value) => void;

/** What stands around the operations: middleware, exception handlers, start-up. */
function registerAround(method: Method): void {
  method('middleware', (call, host) =>
    wrapping((fn) => host.middleware.push({ value: fn, options: new Map(), isFunction: true, span: call.span })),
  );
  method('add_middleware', (call, host) => {
    const value = call.args[0] ?? call.keywords?.get('middleware_class');
    if (value)
      host.middleware.push({
        value,
        options: call.keywords ?? new Map<string, Value>(),
        isFunction: false,
        span: call.span,
      });
    return nullValue;
  });
  method('exception_handler', (call, host) =>
    wrapping((handler) =>
      host.handlers.push({
        of: call.args[0] ?? call.keywords?.get('exc_class_or_status_code') ?? undefinedValue,
        handler,
      }),
    ),
  );
  method('add_exception_handler', (call, host) => {
    const of = call.args[0] ?? call.keywords?.get('exc_class_or_status_code');
    const handler = call.args[1] ?? call.keywords?.get('handler');
    if (of && handler) host.handlers.push({ of, handler });
    return nullValue;
  });
  method('on_event', (call, host) =>
    wrapping((fn) => {
      if (textOf(call.args[0]) === 'startup') host.starts.push(fn);
    }),
  );
  method('add_event_handler', (call, host) => {
    if (textOf(call.args[0]) === 'startup' && call.args[1]) host.starts.push(call.args[1]);
    return nullValue;
  });
}

const itself = new NativeValue('itself', () => wrapping(() => undefined));

/** A decorator that notes the function and gives it back. */
const wrapping = (note: (fn: Value) => void): NativeValue =>
  new NativeValue('decorator', ({ args: [fn = undefinedValue] }) => {
    note(fn);
    return fn;
  });

/** `@router.get(path, …)`: registers through `add_api_route`, which a subclass may have made its own. */
function decorator(
  call: NativeCall,
  path: Value | undefined,
  methods: string[] | undefined,
  keywords: Keywords | undefined,
  isPlain = false,
): Value {
  const { self, interpreter, span } = call;
  return new NativeValue('decorator', ({ args: [fn = undefinedValue] }) => {
    const options = new Map(keywords ?? []);
    options.delete('path');
    if (methods)
      options.set(
        'methods',
        new ArrayValue(
          methods.map((name) => primitive(name)),
          true,
        ),
      );
    const register = getMember(interpreter, self, isPlain ? 'add_route' : 'add_api_route', span);
    interpreter.call(register, self, [path ?? primitive(''), fn], span, false, options);
    return fn;
  });
}

function add(call: NativeCall, host: ApiHost, isPlain: boolean): Value {
  const path = call.args[0] ?? call.keywords?.get('path');
  const handler = call.args[1] ?? call.keywords?.get('endpoint') ?? call.keywords?.get('route');
  host.registrations.push(routeOf(call.interpreter, path, handler, call.keywords, call.span, isPlain));
  return nullValue;
}

const conditionOf = (interpreter: Interpreter): string | undefined => interpreter.conditions.join(' && ') || undefined;

const placeOf = ({ interpreter, span }: NativeCall): { span: Span; condition: string | undefined } => ({
  span,
  condition: conditionOf(interpreter),
});

function routeOf(
  interpreter: Interpreter,
  path: Value | undefined,
  handler: Value | undefined,
  keywords: Keywords | undefined,
  span: Span,
  isPlain: boolean,
): Registration {
  const methods = keywords?.get('methods');
  const named = methods?.type === 'array' ? methods.items.flatMap((item) => textOf(item)?.toUpperCase() ?? []) : [];
  return {
    kind: 'route',
    path: path ?? keywords?.get('path') ?? primitive(''),
    methods: named.length ? named : ['GET'],
    handler: handler ?? keywords?.get('endpoint') ?? undefinedValue,
    options: keywords ?? new Map<string, Value>(),
    isPlain,
    span,
    condition: conditionOf(interpreter),
  };
}

const mountOf = (call: NativeCall, path: Value, app: Value): Registration => ({
  kind: 'mount',
  path,
  app,
  ...placeOf(call),
});

/** Runs what the apps do when they start, for some register their operations there. */
export function startUp(interpreter: Interpreter, world: ApiWorld): void {
  for (const app of [...world.apps])
    for (const start of hostOf(app)?.starts.splice(0) ?? []) {
      if (!isCallable(start)) continue;
      const span = start.type === 'function' ? start.node.span : undefined;
      if (!span) continue;
      const params = start.type === 'function' ? start.node.params.length : 0;
      interpreter.start(() => interpreter.call(start, undefinedValue, params ? [app] : [], span), span);
    }
}
