import type { Expr, Incident, Operation } from '../../model/index.js';
import { literal } from '../context.js';

/** The operation that a request reaches; leading segments that a proxy adds may be missing from the template. */
export function operationFor(
  operations: Operation[],
  { method, path }: Pick<Incident, 'method' | 'path'>,
): Operation | undefined {
  const segments = path.split('/').filter(Boolean);
  for (let start = 0; start <= segments.length; start++) {
    const found = operations
      .filter((one) => (one.method === method || one.method === 'ALL') && parametersIn(one, segments.slice(start)))
      .sort((left, right) => left.path.split('{').length - right.path.split('{').length)[0];
    if (found) return found;
  }
  return undefined;
}

/** Values of the path's parameters; undefined: it is another path. */
function parametersIn(operation: Operation, segments: string[]): Record<string, string> | undefined {
  const template = operation.path.split('/').filter(Boolean);
  if (template.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, piece] of template.entries()) {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (name !== undefined) values[name] = segments[index] ?? '';
    else if (piece !== segments[index]) return undefined;
  }
  return values;
}

/** The last parameter of the path as it was sent: what was not there. */
export function absentPath(
  operation: Operation,
  incident: Incident,
): { when: string; path: Record<string, Expr> } | undefined {
  const segments = incident.path.split('/').filter(Boolean);
  const length = operation.path.split('/').filter(Boolean).length;
  const [name, value] = Object.entries(parametersIn(operation, segments.slice(-length)) ?? {}).at(-1) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return {
    when: `there is no ${name} ${value}`,
    path: { [name]: literal(/^\d+$/.test(value) ? Number(value) : value) },
  };
}
