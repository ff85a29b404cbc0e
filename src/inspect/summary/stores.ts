import type { BuildExpr, Entity, Sink, Store } from '../../model/index.js';
import type { FrameworkAdapter } from '../adapter.js';
import type { Catalog } from '../catalog.js';
import { type Builder, known } from './build.js';

export interface State {
  stores: Store[];
  entities: Entity[];
  sinks: Sink[];
}

/** Stores and sinks with the expressions by which test code reaches them. */
export function storesOf(catalog: Catalog, builder: Builder, adapter: FrameworkAdapter): State {
  void adapter;
  const stores = [...catalog.stores.values()].map(({ value, ...store }): Store => {
    const handle = builder.build(value);
    return { ...store, ...(known(handle) ? { handle } : {}) };
  });
  for (const [, entry] of catalog.stores) builder.replaced.set(entry.value, { kind: 'store', store: entry.id });
  const sinks = [...catalog.sinks.values()].map(({ value, originValue, ...sink }): Sink => {
    const handle = value && builder.build(value);
    return {
      ...sink,
      ...(handle && known(handle) ? { handle } : {}),
      ...(originValue ? { origin: builder.build(originValue) } : {}),
    };
  });
  for (const [, entry] of catalog.sinks)
    if (entry.value && !builder.exportOf(entry.value))
      builder.replaced.set(entry.value, { kind: 'sink', sink: entry.id });
  const entities = [...catalog.entities.values()].map(({ value, ...entity }): Entity => {
    const handle: BuildExpr | undefined = value && builder.build(value);
    return { ...entity, ...(handle && known(handle) ? { handle } : {}) };
  });
  return { stores, entities, sinks };
}
