import type { BuildExpr, Entity, Json, Operation, Sink, Store, Triage } from '../../model/index.js';
import type { FrameworkAdapter } from '../adapter.js';
import { isHeld, type Catalog, type StoreEntry } from '../catalog.js';
import { MapHost } from '../interpreter/collections.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Value } from '../interpreter/values.js';
import { type Builder, known } from './build.js';
import { driverOf } from './drivers.js';

export interface State {
  stores: Store[];
  entities: Entity[];
  sinks: Sink[];
}

/** Stores and sinks with the expressions by which test code reaches them. */
export function storesOf(
  catalog: Catalog,
  builder: Builder,
  adapter: FrameworkAdapter,
  interpreter: Interpreter,
  operations: Operation[],
  triage: Triage,
): State {
  const used = usedEntities(operations);
  const stores = [...catalog.stores.values()]
    .filter(holdsState)
    .map(({ value, sessionValues, baseValue, ...store }): Store => {
      const handle = builder.build(value);
      const lifetime =
        store.client === 'memory' && 'id' in value ? lifetimeOf(value.id, adapter, interpreter, builder) : undefined;
      const base = baseValue && builder.build(baseValue);
      return {
        ...store,
        ...driverOf(
          { ...store, ...(sessionValues ? { sessions: sessionValues } : {}) },
          triage.python?.value.packages ?? {},
        ),
        ...(known(handle) ? { handle } : {}),
        ...(sessionValues ? { sessions: sessionsOf(sessionValues, builder) } : {}),
        ...(base && known(base) ? { metadata: { kind: 'member' as const, of: base, name: 'metadata' } } : {}),
        ...(lifetime ? { lifetime } : {}),
      };
    });
  for (const [, entry] of catalog.stores)
    if (entry.client !== 'memory') builder.replaced.set(entry.value, { kind: 'store', store: entry.id });
  const sinks = [...catalog.sinks.values()].map(({ value, originValue, made, ...sink }): Sink => {
    const own = value && builder.build(value);
    const handle = made && (made.always || own?.kind === 'call' || own?.kind === 'unknown') ? made.by : own;
    return {
      ...sink,
      ...(handle && known(handle) ? { handle } : {}),
      ...(originValue ? { origin: builder.build(originValue) } : {}),
    };
  });
  for (const [, entry] of catalog.sinks)
    if (entry.value && !builder.exportOf(entry.value))
      builder.replaced.set(entry.value, { kind: 'sink', sink: entry.id });
  const entities = [...catalog.entities.values()].filter(isKept).map(({ value, ...entity }): Entity => {
    const handle: BuildExpr | undefined = value && builder.build(value);
    const store = catalog.storeById(entity.store);
    const seed = store && isHeld(store) ? seedOf(store.value) : [];
    return { ...entity, ...(handle && known(handle) ? { handle } : {}), ...(seed.length ? { seed } : {}) };
  });
  return { stores, entities, sinks };

  /** A collection in memory is state only where an operation reads or writes it: one inside of a job queue is not. */
  function holdsState(store: Pick<StoreEntry, 'id' | 'client'>): boolean {
    return (
      !isHeld(store) ||
      [...catalog.entities.values()].some((entity) => entity.store === store.id && used.has(entity.name))
    );
  }

  function isKept(entity: Entity): boolean {
    const store = catalog.storeById(entity.store);
    return used.has(entity.name) || !store || !isHeld(store);
  }
}

function sessionsOf(
  { isAsync, factory, dependency }: NonNullable<StoreEntry['sessionValues']>,
  builder: Builder,
): NonNullable<Store['sessions']> {
  const built = (value: Value | undefined): BuildExpr | undefined => {
    const expression = value && builder.build(value);
    return expression && known(expression) ? expression : undefined;
  };
  const [made, given] = [built(factory), built(dependency)];
  return { isAsync, ...(made ? { factory: made } : {}), ...(given ? { dependency: given } : {}) };
}

const usedEntities = (operations: Operation[]): Set<string> =>
  new Set(
    operations.flatMap((operation) => [
      ...operation.effects.map((effect) => effect.target),
      ...operation.lookups.map((lookup) => lookup.entity),
    ]),
  );

/** A store that comes to be while the app is made, by its factory or in what the factory is given, is as new as the app. */
function lifetimeOf(
  id: number,
  adapter: FrameworkAdapter,
  interpreter: Interpreter,
  builder: Builder,
): 'app' | 'process' {
  const seen = new Set<Value>();
  const within = (value: Value): boolean => {
    if (seen.has(value) || builder.exportOf(value)) return false;
    seen.add(value);
    const made = interpreter.made.get(value);
    if (made && made.first <= id && id <= made.last) return true;
    if (made) return made.args.some(within);
    return value.type === 'object' && !value.cls && [...value.fields.values()].some(within);
  };
  return adapter.madeWithApp?.(id) || adapter.apps().some(({ value }) => within(value)) ? 'app' : 'process';
}

/** Rows that the code itself puts into a store in memory, as far as they are plain values. */
function seedOf(value: Value): Json[] {
  const items =
    value.type === 'array'
      ? value.items
      : value.type === 'object' && value.host instanceof MapHost
        ? value.host.entries().map(([, item]) => item)
        : value.type === 'object'
          ? [...value.fields.values()]
          : [];
  return items.map(plain).filter((item) => item !== undefined);
}

function plain(value: Value): Json | undefined {
  if (value.type === 'primitive')
    return value.value === undefined || typeof value.value === 'bigint' ? undefined : value.value;
  if (value.type === 'array') return value.items.map((item) => plain(item) ?? null);
  if (value.type !== 'object' || value.host) return undefined;
  const fields = [...value.fields].map(([name, field]) => [name, plain(field)] as const);
  return Object.fromEntries(fields.filter((field): field is [string, Json] => field[1] !== undefined));
}
