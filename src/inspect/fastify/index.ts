import type { SourceRef } from '../../model/index.js';
import type { AdapterFactory, FrameworkAdapter, Route } from '../adapter.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isCallable, primitive, type Value } from '../interpreter/values.js';
import { boot, enqueue, skipMark } from './boot.js';
import type { Instance, Registered } from './instance.js';
import { runRoute } from './lifecycle.js';
import { makeApp } from './members.js';
import { fastifyLibrary } from './plugins/index.js';
import { sessionMethods } from './plugins/session.js';
import { template } from './routes.js';
import { schemasOf } from './schemas.js';
import { type FastifyWorld, roots } from './world.js';

/** Fastify 3 to 5. */
export const fastify: AdapterFactory = (catalog, version): FrameworkAdapter => {
  const [major = 5, told = 99] = (version ?? '').match(/\d+/g)?.map(Number) ?? [];
  // A range lets the newest in.
  const minor = /^\d/.test(version ?? '') ? told : 99;
  const world: FastifyWorld = {
    version: major,
    codesValidation: major > 4 || (major === 4 && minor >= 17),
    catalog,
    instances: [],
  };
  return {
    name: 'fastify',
    libraries: [fastifyLibrary(world), sessionMethods],
    fallbacks: [],
    builds: (text) => /\b[Ff]astify\s*\(|\.register\s*\(|\.(get|post|put|delete|patch|route)\s*\(/.test(text),
    appFor: (parameter, interpreter, span) =>
      /^(app|server|fastify|instance|api|router)$/i.test(parameter)
        ? sharedApp(interpreter, world, span).object
        : undefined,
    routes: (interpreter) => routes(interpreter, world),
    apps: () => mainFirst(world).map(({ object, app }) => ({ value: object, source: app.source })),
    plugin: () => solePlugin(world),
    madeWithApp: (id) => roots(world).some(({ app }) => app.made.some(([first, last]) => first <= id && id <= last)),
  };
};

/** All functions that nobody calls register on one app. */
const sharedApp = (interpreter: Interpreter, world: FastifyWorld, span: Span): Instance =>
  roots(world)[0] ?? makeApp(interpreter, world, undefined, span);

function routes(interpreter: Interpreter, world: FastifyWorld): Route[] {
  if (!world.instances.length) startPlugin(interpreter, world);
  for (const root of roots(world)) boot(interpreter, world, root);
  const [main, ...others] = mainFirst(world);
  for (const other of others)
    if (other.app.routes.length)
      interpreter.gap(
        'routes-not-listed',
        `A second app is made here: its ${other.app.routes.length} operations are not listed. Give it by --entry to have tests for it.`,
      );
  const found = new Map<string, Route>();
  for (const route of main?.app.routes ?? [])
    for (const one of operationsOf(interpreter, world, route))
      if (!found.has(`${one.method} ${one.path}`)) found.set(`${one.method} ${one.path}`, one);
  return [...found.values()];
}

/** The app that listens, else the one with the most operations. */
const mainFirst = (world: FastifyWorld): Instance[] => {
  const listening = world.catalog.listens.map((listen) => listen.value);
  const rank = (instance: Instance): number =>
    (listening.includes(instance.object) ? 1_000_000 : 0) + instance.app.routes.length;
  return roots(world)
    .map((instance, index) => ({ instance, index }))
    .sort((left, right) => rank(right.instance) - rank(left.instance) || left.index - right.index)
    .map(({ instance }) => instance);
};

/** The entry is a plugin, as fastify-cli starts it: `fastify start app.js`. */
function startPlugin(interpreter: Interpreter, world: FastifyWorld): void {
  const [entry] = interpreter.modules.values();
  if (!entry) return;
  const named = new Map(interpreter.modules.exportsOf(entry));
  const name = ['default', '*', 'app', 'plugin'].find((one) => isPlugin(named.get(one)));
  const plugin = name === undefined ? undefined : named.get(name);
  if (!plugin || name === undefined || plugin.type !== 'function') return;
  const options = named.get('options') ?? plugin.fields.get('options');
  const span = plugin.node.span;
  const instance = makeApp(interpreter, world, options, span);
  plugin.fields.set(skipMark, primitive(true));
  enqueue(interpreter, instance, { plugin, options: undefined, span });
}

/** All that is registered on the main app is one plugin of the service. */
function solePlugin(world: FastifyWorld): ReturnType<NonNullable<FrameworkAdapter['plugin']>> {
  const [main] = mainFirst(world);
  if (!main || main.app.hasOwnParts || main.app.direct.length !== 1) return undefined;
  const [only] = main.app.direct;
  const plugin = only?.plugin.type === 'promise' && only.plugin.state.ok ? only.plugin.state.value : only?.plugin;
  if (plugin?.type !== 'function') return undefined;
  const { options } = main.app.settings;
  return {
    plugin,
    source: main.app.source,
    ...(options ? { options } : {}),
    ...(only?.options ? { given: only.options } : {}),
  };
}

const isPlugin = (value: Value | undefined): boolean =>
  value?.type === 'function' && isCallable(value) && value.node.params.length > 0;

/** One operation for each method; a route for every method is one. */
function operationsOf(interpreter: Interpreter, world: FastifyWorld, route: Registered): Route[] {
  const source = sourceRef(route.span);
  const { handler: value } = route;
  const handler: SourceRef | undefined = value?.type === 'function' ? sourceRef(value.node.span) : undefined;
  const { responses } = schemasOf(interpreter, route, world.version);
  return route.methods
    .filter((method) => method !== 'HEAD' || route.methods.length === 1)
    .map((method) => ({
      method,
      path: template(route.path),
      source,
      ...(handler ? { handler } : {}),
      ...(route.condition ? { condition: route.condition } : {}),
      ...(responses.size ? { declared: Object.fromEntries(responses) } : {}),
      run: () => runRoute(interpreter, world, route, method === 'ALL' ? 'GET' : method),
    }));
}
