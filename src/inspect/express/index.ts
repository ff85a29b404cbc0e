import type { Catalog } from '../catalog.js';
import { isBuiltin } from 'node:module';
import type { SourceRef } from '../../model/index.js';
import type { AdapterFactory, FrameworkAdapter, Route } from '../adapter.js';
import { sourceRef } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  isCallable,
  NativeValue,
  type ObjectValue,
  symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { relevantLayers, runChain } from './chain.js';
import { calledAtStart } from '../start-up.js';
import { describeSymbol, symbolsIn } from '../terms.js';
import { passesThrough } from './transparent.js';
import { bodyParser, staticFiles } from './parsers.js';
import { flatten, type FlatRoute, template } from './flatten.js';
import { routingControllers } from './routing-controllers/index.js';
import { isStarting, makeRouter, RouterHost, type RouterWorld } from './router.js';

/** Express 4 and 5. */
/** An app that listens, unless only where `NODE_ENV` is not `test`. */
const listensTo =
  (catalog: Catalog): RouterWorld['onListen'] =>
  (value, span, interpreter) => {
    if (!interpreter.untested) catalog.listens.push({ file: span.source.file, value, source: sourceRef(span) });
  };

export const express: AdapterFactory = (catalog, version): FrameworkAdapter => {
  const major = Number(/\d+/.exec(version ?? '')?.[0] ?? 4);
  const world: RouterWorld = {
    version: major,
    apps: [],
    routers: [],
    onListen: listensTo(catalog),
  };
  return {
    name: 'express',
    startsAgain: true,
    libraries: [expressLibrary(world), routingControllers(world), asyncErrors(world), httpServer(catalog)],
    fallbacks: [wrapped, handedOn, handedAway, calledAtStart],
    builds: (text) =>
      /\bexpress\s*\(|\bRouter\s*\(|(create|use)ExpressServer\s*\(|\b(app|router|server)\.(use|get|post)\s*\(/.test(
        text,
      ),
    appFor: (parameter, interpreter, span) =>
      /^(app|router|server|express|expressApp)$/i.test(parameter)
        ? makeRouter(world, 'app', { interpreter, self: undefinedValue, args: [], span, isNew: false })
        : undefined,
    routes: (interpreter) => routes(interpreter, world),
    apps: () => world.apps.map((value) => ({ value, source: (value.host as RouterHost).source })),
  };
};

function expressLibrary(world: RouterWorld): Library {
  const router = new NativeValue('express.Router', (call) => makeRouter(world, 'router', call));
  const app = new NativeValue('express', (call) => makeRouter(world, 'app', call));
  app.fields.set('Router', router);
  for (const name of ['json', 'urlencoded', 'raw', 'text'])
    app.fields.set(name, new NativeValue(`express.${name}`, ({ args }) => bodyParser(name, args[0])));
  app.fields.set('static', new NativeValue('express.static', () => staticFiles()));
  app.fields.set('application', undefinedValue);
  const parser = new NativeValue('bodyParser', () => bodyParser('json'));
  for (const name of ['json', 'urlencoded', 'raw', 'text'])
    parser.fields.set(name, new NativeValue(`bodyParser.${name}`, ({ args }) => bodyParser(name, args[0])));
  const provided: Record<string, Value> = {
    express: app,
    'body-parser': parser,
    'express-promise-router': router,
    router,
  };
  return { name: 'express', provide: (module) => provided[module] };
}

/**
 * `wrap(handler)(request, response, next)`: what a package makes of one function runs that function. A rejection goes to
 * `next`, which is what such wrappers are for.
 */
const wrapped: Library = {
  name: 'wrapper',
  call: (callee, { args, interpreter, span, self }) => {
    const { origin } = callee;
    if (origin.kind !== 'call' || origin.isNew || passesThrough(callee)) return undefined;
    const [inner, ...others] = origin.args;
    if (inner?.type !== 'function' || others.some(isCallable)) return undefined;
    const result = interpreter.call(inner, self, args, span);
    const next = args.at(-1);
    if (result.type !== 'promise' || result.state.ok || next?.type !== 'native' || next.name !== 'next') return result;
    result.handled = true;
    interpreter.cause = { error: result.state.error, decisions: result.state.guards, span: result.state.span };
    return interpreter.call(next, undefinedValue, [result.state.error], span);
  },
};

/** The app goes to a package that is not read: what that registers is not known. */
const handedAway: Library = {
  name: 'handed away',
  call: (callee, { args, interpreter, span }) => {
    if (!interpreter.loading || passesThrough(callee)) return undefined;
    const given = args.flatMap((arg) =>
      arg.type === 'object' && !arg.host && !arg.trap ? [...arg.fields.values()] : [arg],
    );
    const [module] = symbolsIn(callee).flatMap(({ origin }) => (origin.kind === 'external' ? [origin.module] : []));
    if (module && !isBuiltin(module) && given.some((arg) => arg.type === 'object' && arg.host instanceof RouterHost))
      interpreter.gap(
        'routes-not-listed',
        `${describeSymbol(callee)} is given the app: what it registers is not listed.`,
        span,
      );
    return undefined;
  },
};

/** A middleware that is called by hand, `compression()(request, response, next)`: what it refuses is not known. */
const handedOn: Library = {
  name: 'middleware',
  call: (callee, { args, interpreter, span }) => {
    const next = args.at(-1);
    if (args.length !== 3 || next?.type !== 'native' || next.name !== 'next') return undefined;
    if (!passesThrough(callee))
      interpreter.gap(
        'middleware-not-read',
        `The middleware ${describeSymbol(callee)} was not read: what it refuses has no case.`,
        span,
      );
    return interpreter.call(next, undefinedValue, [], span);
  },
};

/** `express-async-errors` and the like make Express 4 pass rejections on. */
function asyncErrors(world: RouterWorld): Library {
  return {
    name: 'express-async-errors',
    provide: (module) => {
      if (module === 'express-async-errors' || module === 'express-async-patch') world.version = 5;
      return undefined;
    },
  };
}

/** `http.createServer(app).listen(…)` listens too. */
function httpServer(catalog: Parameters<AdapterFactory>[0]): Library {
  const server = new NativeValue('http.createServer', ({ args }) => {
    const app = args.find((arg) => arg.type === 'object');
    const made = symbolic({ kind: 'external', module: 'http', path: ['Server'] }, true);
    if (app) servers.set(made, app);
    return made;
  });
  const servers = new Map<Value, Value>();
  return {
    name: 'http',
    call: (callee, call) => {
      const { origin } = callee;
      if (origin.kind !== 'external' || !['http', 'https', 'http2'].includes(origin.module)) return undefined;
      if (origin.path.at(-1) === 'createServer') return server.run(call);
      if (origin.path.at(-1) !== 'listen') return undefined;
      const app = servers.get(call.self);
      listensTo(catalog)(app ?? undefinedValue, call.span, call.interpreter);
      const ready = call.args.find((arg) => arg.type === 'function');
      if (ready && isStarting(call.interpreter)) call.interpreter.call(ready, undefinedValue, [], call.span);
      return call.self;
    },
  };
}

function routes(interpreter: Interpreter, world: RouterWorld): Route[] {
  const found = new Map<string, Route>();
  for (const app of roots(interpreter, world)) {
    const flat = flatten(interpreter, app);
    for (const route of flat.routes)
      for (const one of operationsOf(interpreter, world, app, route))
        if (!found.has(`${one.method} ${one.path}`)) found.set(`${one.method} ${one.path}`, one);
  }
  return [...found.values()];
}

/** Apps that no other app mounts; where there is none, routers that nobody mounts. */
function roots(interpreter: Interpreter, world: RouterWorld): ObjectValue[] {
  const mounted = new Set<Value>();
  for (const holder of [...world.apps, ...world.routers])
    for (const registration of (holder.host as RouterHost).registrations)
      for (const handler of registration.handlers) mounted.add(handler);
  const apps = world.apps.filter((app) => !mounted.has(app));
  const loose = world.routers.filter(
    (router) =>
      !mounted.has(router) &&
      (router.host as RouterHost).registrations.some((registration) => registration.kind === 'route'),
  );
  const used = apps.some((app) => flatten(interpreter, app).routes.length > 0);
  if (used && loose.length)
    interpreter.gap(
      'routes-not-listed',
      `${loose.length === 1 ? 'A router is' : `${loose.length} routers are`} not mounted anywhere that could be read: the operations are missing.`,
      undefined,
    );
  return used ? apps : loose;
}

function operationsOf(interpreter: Interpreter, world: RouterWorld, app: Value, route: FlatRoute): Route[] {
  if (route.method === 'ALL' && /[*]$|^\*|\(\.\*\)/.test(route.path)) return [];
  const source = sourceRef(route.span);
  const last = route.handlers.at(-1);
  const handler: SourceRef | undefined = last?.type === 'function' ? sourceRef(last.node.span) : undefined;
  const path = template(route.path);
  const layers = relevantLayers(route);
  return [
    {
      method: route.method,
      path,
      source,
      ...(handler ? { handler } : {}),
      ...(route.condition ? { condition: route.condition } : {}),
      run: () => runChain({ interpreter, version: world.version, app }, route, layers),
    },
  ];
}
