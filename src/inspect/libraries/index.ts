import type { Catalog } from '../catalog.js';
import type { Library } from '../interpreter/interpreter.js';

/** What the names of packages mean, first match wins: one line a library. */
export function libraries(catalog: Catalog): Library[] {
  void catalog;
  return [];
}
