import type { AdapterFactory, FrameworkAdapter, Route } from '../adapter.js';
import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { ObjectValue, Value } from '../interpreter/values.js';
import { type ApiWorld, apiClasses, ApiHost, hostOf, startUp } from './api.js';
import { declaredAnswer } from './serialize.js';
import { flatten, type FlatRoute } from './flatten.js';
import { fastapiLibrary } from './names.js';
import { originOf } from './origin.js';
import { template } from './paths.js';
import { mediaTypeOf, operationRun, type Prepared, prepare } from './run.js';

/** FastAPI, with the Starlette that is inside of it. */
export const fastapi: AdapterFactory = (catalog, version): FrameworkAdapter => {
  const world: ApiWorld = { apps: [], routers: [] };
  const classes = apiClasses(world);
  return {
    name: 'fastapi',
    libraries: [fastapiLibrary(classes, catalog, version)],
    fallbacks: [],
    builds: (text) => /\b(FastAPI|APIRouter)\s*\(|\.(include_router|add_api_route)\s*\(/.test(text),
    appFor: (parameter, interpreter, span) =>
      /^(app|application|fastapi_app|api|router|api_router)$/i.test(parameter)
        ? interpreter.construct(/router/i.test(parameter) ? classes.APIRouter : classes.FastAPI, [], span)
        : undefined,
    routes: (interpreter) => {
      startUp(interpreter, world);
      return routes(interpreter, world, catalog);
    },
    lacksApp: (interpreter) => !world.apps.some((app) => flatten(interpreter, app).length > 0),
    serve: (value) => {
      if (hostOf(value) && value.type === 'object') world.served = value;
    },
    origin: () => originOf((world.served ? [world.served] : world.apps).flatMap((app) => hostOf(app) ?? [])),
    apps: () =>
      (world.served ? [world.served, ...world.apps.filter((app) => app !== world.served)] : world.apps).map(
        (value) => ({
          value,
          source: (value.host as ApiHost).source,
        }),
      ),
  };
};

function routes(interpreter: Interpreter, world: ApiWorld, catalog: Catalog): Route[] {
  const found = new Map<string, Route>();
  for (const app of roots(interpreter, world))
    for (const flat of flatten(interpreter, app))
      for (const method of flat.methods) {
        const path = template(flat.path);
        const key = `${method} ${path}`;
        if (!found.has(key)) found.set(key, routeOf(interpreter, app, flat, method, path, catalog));
      }
  return [...found.values()];
}

function routeOf(
  interpreter: Interpreter,
  app: Value,
  flat: FlatRoute,
  method: string,
  path: string,
  catalog: Catalog,
): Route {
  const { handler } = flat;
  let known: Prepared | undefined;
  const prepared = (): Prepared => (known ??= prepare(interpreter, flat));
  return {
    method,
    path,
    source: sourceRef(flat.span),
    ...(handler.type === 'function' ? { handler: sourceRef(handler.node.span) } : {}),
    ...(flat.condition ? { condition: flat.condition } : {}),
    get mediaType() {
      return mediaTypeOf(prepared());
    },
    get declared() {
      return declaredAnswer(interpreter, flat);
    },
    run: operationRun({ app, flat, method, catalog }, prepared),
  };
}

/** Apps that no other app mounts; where there is none with operations, routers that nobody includes. */
function roots(interpreter: Interpreter, world: ApiWorld): ObjectValue[] {
  if (world.served && flatten(interpreter, world.served).length > 0) return [world.served];
  const inside = new Set<Value>();
  for (const holder of [...world.apps, ...world.routers])
    for (const registration of hostOf(holder)?.registrations ?? []) {
      if (registration.kind === 'include') inside.add(registration.router);
      if (registration.kind === 'mount') inside.add(registration.app);
    }
  const apps = world.apps.filter((app) => !inside.has(app));
  const used = apps.some((app) => flatten(interpreter, app).length > 0);
  const loose = world.routers.filter(
    (router) => !inside.has(router) && (hostOf(router)?.registrations.length ?? 0) > 0,
  );
  if (used && loose.length)
    interpreter.gap(
      'routes-not-listed',
      `${loose.length === 1 ? 'A router is' : `${loose.length} routers are`} not included anywhere that could be read: the operations are missing.`,
      undefined,
    );
  return used ? apps : loose;
}
