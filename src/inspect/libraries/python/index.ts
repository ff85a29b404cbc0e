import type { Catalog } from '../../catalog.js';
import type { Library } from '../../interpreter/interpreter.js';
import { memory } from '../memory.js';
import { pydantic } from './pydantic/index.js';
import { standard } from './standard.js';

/** What the names of Python's packages mean, first match wins: one line a library. */
export function pythonLibraries(catalog: Catalog): Library[] {
  return [standard, pydantic, memory(catalog)];
}
