import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Keywords, ObjectValue, Value } from '../interpreter/values.js';
import { type ApiHost, hostOf, itemsOf, type Registration, RouteHost } from './api.js';
import { pathText } from './paths.js';

/** An operation as it stands in an app, with all that its routers put around it. */
export interface FlatRoute {
  methods: string[];
  path: string;
  handler: Value;
  options: Keywords;
  /** Of the app, the routers and where they are included, outermost first; those of the route itself are in `options`. */
  dependencies: Value[];
  /** The apps that it lies in, outermost first: their middleware and exception handlers apply. */
  apps: ApiHost[];
  responseClass: Value | undefined;
  isPlain: boolean;
  span: Span;
  condition: string | undefined;
}

interface Place {
  prefix: string;
  dependencies: Value[];
  apps: ApiHost[];
  responseClass: Value | undefined;
  condition: string | undefined;
  active: ApiHost[];
}

/** All operations of an app, in FastAPI's order. */
export function flatten(interpreter: Interpreter, app: ObjectValue): FlatRoute[] {
  const host = hostOf(app);
  if (!host) return [];
  const place = { prefix: '', dependencies: [], apps: [], responseClass: undefined, condition: undefined, active: [] };
  return walk(interpreter, app, host, place);
}

function walk(interpreter: Interpreter, of: Value, host: ApiHost, outer: Place): FlatRoute[] {
  if (outer.active.includes(host)) return [];
  const own = pathText(interpreter, host.prefix, host.registrations[0]?.span ?? ({} as Span));
  if (own === undefined) return [];
  const place: Place = {
    prefix: outer.prefix + own,
    dependencies: [...outer.dependencies, ...host.dependencies],
    apps: host.kind === 'app' ? [...outer.apps, host] : outer.apps,
    responseClass: host.responseClass ?? outer.responseClass,
    condition: outer.condition,
    active: [...outer.active, host],
  };
  const listed = of.type === 'object' ? itemsOf(of.fields.get('routes')) : [];
  const made = listed.flatMap((item) =>
    item.type === 'object' && item.host instanceof RouteHost ? [item.host.registration] : [],
  );
  return [...made, ...host.registrations].flatMap((registration) => expand(interpreter, registration, place));
}

const both = (left: string | undefined, right: string | undefined): string | undefined =>
  [left, right].filter(Boolean).join(' && ') || undefined;

function expand(interpreter: Interpreter, registration: Registration, place: Place): FlatRoute[] {
  const condition = both(place.condition, registration.condition);
  if (registration.kind === 'route') {
    const path = pathText(interpreter, registration.path, registration.span);
    if (path === undefined) return [];
    const { methods, handler, options, isPlain, span } = registration;
    const { dependencies, apps, responseClass } = place;
    return [
      {
        methods,
        handler,
        options,
        isPlain,
        span,
        condition,
        dependencies,
        apps,
        responseClass,
        path: place.prefix + path,
      },
    ];
  }
  if (registration.kind === 'mount') return mounted(interpreter, registration, { ...place, condition });
  const host = hostOf(registration.router);
  if (!host) {
    interpreter.gap(
      'routes-not-listed',
      'The router that is included here was not read: its operations are missing.',
      registration.span,
    );
    return [];
  }
  const prefix = registration.options.get('prefix');
  const text = prefix ? pathText(interpreter, prefix, registration.span) : '';
  if (text === undefined) return [];
  const dependencies = [...place.dependencies, ...itemsOf(registration.options.get('dependencies'))];
  return walk(interpreter, registration.router, host, {
    ...place,
    prefix: place.prefix + text,
    dependencies,
    condition,
  });
}

/** A mounted app has its own dependencies; what surrounds it does not reach in, except for middleware. */
function mounted(
  interpreter: Interpreter,
  registration: Extract<Registration, { kind: 'mount' }>,
  place: Place,
): FlatRoute[] {
  const path = pathText(interpreter, registration.path, registration.span);
  if (path === undefined) return [];
  const inner = { ...place, prefix: place.prefix + path.replace(/\/$/, ''), dependencies: [] };
  const host = hostOf(registration.app);
  if (host) return walk(interpreter, registration.app, host, inner);
  return itemsOf(registration.app).flatMap((item) =>
    item.type === 'object' && item.host instanceof RouteHost ? expand(interpreter, item.host.registration, inner) : [],
  );
}
