import type { Catalog } from '../../catalog.js';
import type { Library } from '../../interpreter/library.js';
import { memory } from '../memory.js';
import { sinks } from '../sinks.js';
import { credentials } from './credentials.js';
import { delivery } from './delivery.js';
import { pythonHttp } from './http.js';
import { pydantic } from './pydantic/index.js';
import { sqlalchemy } from './sqlalchemy/index.js';
import { standard } from './standard.js';

/** What the names of Python's packages mean, first match wins: one line a library. */
export function pythonLibraries(catalog: Catalog): Library[] {
  return [
    standard,
    sqlalchemy(catalog),
    pydantic,
    credentials(catalog),
    pythonHttp(catalog),
    delivery(catalog),
    memory(catalog),
    sinks(catalog),
  ];
}
