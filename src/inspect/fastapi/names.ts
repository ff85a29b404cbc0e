import type { Catalog } from '../catalog.js';
import type { Library } from '../interpreter/library.js';
import { ObjectValue, symbolic, type Value } from '../interpreter/values.js';
import { statusNamed } from '../libraries/python/standard.js';
import type { ApiClasses } from './api.js';
import { exceptionClasses, raised } from './exceptions.js';
import { responseClasses } from './responses.js';
import { securityClasses } from './security.js';

/** What the names of `fastapi` and `starlette` mean, whichever of their modules they are imported from. */
export function fastapiLibrary(classes: ApiClasses, catalog: Catalog, version: string | undefined): Library {
  const known = new Map<string, Value>([
    ['FastAPI', classes.FastAPI],
    ['Starlette', classes.FastAPI],
    ['APIRouter', classes.APIRouter],
    ['Router', classes.APIRouter],
    ['APIRoute', classes.APIRoute],
    ['Route', classes.APIRoute],
    ['Mount', classes.Mount],
    ...exceptionClasses(),
    ...responseClasses(),
    ...securityClasses(catalog, version),
  ]);
  const modules = { fastapi: names('fastapi', known), starlette: names('starlette', known) };
  return {
    name: 'fastapi',
    provide: (module) => (module === 'fastapi' || module === 'starlette' ? modules[module] : undefined),
  };
}

/** A module of names; its submodules have the same ones. */
function names(module: string, known: Map<string, Value>): ObjectValue {
  const object = new ObjectValue(true);
  object.label = module;
  object.trap = {
    name: module,
    get: (key) => {
      const value = known.get(key) ?? statusNamed(key);
      if (value) return value;
      return /^[a-z]/.test(key) && !functions.has(key)
        ? object
        : symbolic({ kind: 'external', module, path: [key] }, true);
    },
  };
  return object;
}

/** What a unit that stands outside of an app means by the framework's names: statuses and exceptions. */
export const frameworkExceptions: Library = {
  name: 'fastapi',
  provide: (module) =>
    module === 'fastapi' || module === 'starlette' ? names(module, new Map(raised[module])) : undefined,
};

/** Lower-case names that are no modules. */
const functions = new Set([
  'run_in_threadpool',
  'iterate_in_threadpool',
  'jsonable_encoder',
  'get_openapi',
  'get_swagger_ui_html',
  'get_redoc_html',
  'http_exception_handler',
  'request_validation_exception_handler',
  'get_authorization_scheme_param',
  'run_until_first_complete',
  'contextmanager_in_threadpool',
  'generate_unique_id',
  'get_swagger_ui_oauth2_redirect_html',
]);
