import type { Guard, Operation, Response } from '../../model/index.js';
import type { State } from './stores.js';

/**
 * A cache is no state: what is read there would be found elsewhere, and was put there for that. An entity of a key-value store is one
 * where an operation succeeds with what it finds there, or fills it and succeeds too, and where nobody is refused because of it. Its
 * effects, its lookups and what was decided by them go; the operation is what it is without a cache.
 */
export function withoutCaches(state: State, operations: Operation[]): void {
  const keyed = new Set(state.stores.filter(({ client }) => client === 'redis').map(({ id }) => id));
  const caches = new Set(
    state.entities.filter(({ name, store }) => keyed.has(store) && isCache(name, operations)).map(({ name }) => name),
  );
  if (!caches.size) return;
  for (const operation of operations) forget(operation, caches);
  state.entities = state.entities.filter(({ name }) => !caches.has(name));
  state.stores = state.stores.filter(({ id }) => !keyed.has(id) || state.entities.some(({ store }) => store === id));
}

function isCache(entity: string, operations: Operation[]): boolean {
  const effects = operations.flatMap((operation) => operation.effects.filter(({ target }) => target === entity));
  const inserts = new Set(effects.filter(({ verb }) => verb === 'insert').map(({ id }) => id));
  // What nobody puts there is only cleared away.
  if (effects.length && !inserts.size) return true;
  const fills = ({ effects: own }: Response): boolean => own.some((id) => inserts.has(id));
  const isFilled = (operation: Operation): boolean => {
    const successes = operation.responses.filter(({ when }) => when === 'success');
    const finds = ({ guards }: Response): boolean =>
      guards.some((guard) => !guard.holds && askedOf(operation, guard) === entity);
    return successes.some(fills) && successes.some((response) => finds(response) && !fills(response));
  };
  const decides = (operation: Operation): boolean =>
    operation.responses.some(({ guards, decidedBy }) => {
      const guard = guards[decidedBy ?? -1];
      return guard !== undefined && askedOf(operation, guard) === entity;
    });
  return operations.some(isFilled) && !operations.some(decides);
}

/** The entity of which a guard asks whether there is a row. */
function askedOf({ lookups }: Operation, { predicate }: Guard): string | undefined {
  const { of } = predicate.kind === 'nil' || predicate.kind === 'falsy' ? predicate : {};
  return of?.kind === 'row' && !of.at.length ? lookups.find(({ id }) => id === of.lookup)?.entity : undefined;
}

function forget(operation: Operation, caches: Set<string>): void {
  const isCached = (guard: Guard): boolean => caches.has(askedOf(operation, guard) ?? '');
  const hits = (response: Response): boolean => response.guards.some((guard) => isCached(guard) && !guard.holds);
  const left = operation.responses.filter((response) => !hits(response));
  const dropped = new Set(operation.effects.filter(({ target }) => caches.has(target)).map(({ id }) => id));
  operation.responses = (left.length ? left : operation.responses).map((response) => {
    const { decidedBy, guards } = response;
    const before = guards.slice(0, decidedBy ?? 0).filter(isCached).length;
    return {
      ...response,
      guards: guards.filter((guard) => !isCached(guard)),
      ...(decidedBy === undefined ? {} : { decidedBy: decidedBy - before }),
      effects: response.effects.filter((id) => !dropped.has(id)),
    };
  });
  operation.effects = operation.effects.filter(({ id }) => !dropped.has(id));
  operation.lookups = operation.lookups.filter(({ entity }) => !caches.has(entity));
}
