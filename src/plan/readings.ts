import type { Operation, Reading, Response, Term } from '../model/index.js';
import { lookupOf, type PlanContext } from './context.js';
import { principalOfResponse } from './principals.js';

/** How tests see what the service keeps where they cannot look: the operation that lists all of it, as it is. */
export function readingOf(context: PlanContext, entity: string): Reading | undefined {
  for (const operation of context.model.operations) {
    if (operation.method !== 'GET' || operation.path.includes('{') || operation.condition) continue;
    if (operation.parameters.some((one) => one.required)) continue;
    for (const response of operation.responses) {
      const at = response.when === 'success' ? placeOfAll(operation, response.body, entity, []) : undefined;
      const caller = at && callerOf(context, operation, response);
      if (at && caller) return { entity, template: operation.path, status: response.status, at, ...caller };
    }
  }
  return undefined;
}

/** Where the answer holds every row of the entity, whole. */
function placeOfAll(operation: Operation, body: Term | undefined, entity: string, at: string[]): string[] | undefined {
  if (body?.kind === 'rows') {
    const lookup = lookupOf(operation, body.lookup);
    const all = lookup?.entity === entity && !lookup.other.length && !Object.keys(lookup.by).length;
    const isWhole = !body.each || (body.each.kind === 'row' && !body.each.at.length);
    return all && isWhole ? at : undefined;
  }
  if (body?.kind !== 'object') return undefined;
  for (const [name, field] of Object.entries(body.fields)) {
    const found = placeOfAll(operation, field, entity, [...at, name]);
    if (found) return found;
  }
  return undefined;
}

/** Reading must change nothing: a caller who has to be registered first is no use. */
function callerOf(context: PlanContext, operation: Operation, response: Response): { as?: string } | undefined {
  if (!operation.security.some((one) => !one.optional)) return {};
  const name = principalOfResponse(context, operation, response);
  const principal = name === undefined ? undefined : context.principals.get(name);
  return principal && !principal.arrange.length && !principal.signIn ? { as: principal.name } : undefined;
}
