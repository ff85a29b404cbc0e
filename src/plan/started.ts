import type { Json } from '../model/index.js';
import { literal } from './context.js';
import type { Row } from './scene.js';

/** A row that the service itself puts there when it starts. */
export function startedAs(entity: string, row: Json | undefined): Row | undefined {
  if (row === undefined || row === null || typeof row !== 'object' || Array.isArray(row)) return undefined;
  const value = (column: string): Json | undefined => row[column];
  return {
    entity,
    value,
    expr: (column) => {
      const found = value(column);
      return found === undefined ? undefined : literal(found);
    },
  };
}
