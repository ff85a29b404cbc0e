import type { BuildExpr, Column, Entity, SecurityScheme, Sink, SourceRef, Store } from '../model/index.js';
import type { Symbolic, Value } from './interpreter/values.js';

export interface StoreEntry extends Omit<Store, 'handle' | 'migrate' | 'sessions' | 'metadata'> {
  /** How operations come by a session, where the client has sessions. */
  sessionValues?: { isAsync: boolean; factory?: Value; dependency?: Value };
  /** What has a `metadata` that knows the tables. */
  baseValue?: Value;
  /** The client as the interpreter has it; turned into an expression at the end. */
  value: Value;
}

export interface SinkEntry extends Omit<Sink, 'handle' | 'origin'> {
  value?: Value;
  /** What test code replaces where it cannot have the value itself, or must not let it be made. */
  made?: { by: BuildExpr; always: boolean };
  originValue?: Value;
}

export interface SchemeEntry extends Omit<SecurityScheme, 'jwt' | 'accepted' | 'otherTokens'> {
  keyValue?: Value;
  jwt?: Omit<NonNullable<SecurityScheme['jwt']>, 'key'>;
  acceptedValue?: Value;
}

/** A token that the service signs: claims and key, to tell an access token from a refresh token. */
export interface SignedToken {
  name: string;
  key: Value;
  claims: Value;
  options: Value | undefined;
  source: SourceRef;
}

export interface EntityEntry extends Omit<Entity, 'handle'> {
  value?: Value;
}

/** What libraries learn about the service as a whole while its code is run. */
export class Catalog {
  readonly stores = new Map<string, StoreEntry>();
  readonly entities = new Map<string, EntityEntry>();
  readonly sinks = new Map<string, SinkEntry>();
  readonly schemes = new Map<string, SchemeEntry>();
  readonly tokens = new Map<string, SignedToken>();
  /** Places where the service opens a store. */
  readonly connects: {
    store: string;
    source: SourceRef;
    /** The module that was being loaded. */ file: string | undefined;
  }[] = [];
  /** Files that call `listen`, with the value that listens. */
  readonly listens: { file: string; value: Value; source: SourceRef }[] = [];

  /** Functions that hand a value to those who ask for it (a dependency that yields a session), by the value's key. */
  readonly providers = new Map<string, Value>();

  store(value: Symbolic | Value, make: () => Omit<StoreEntry, 'value' | 'id'>): StoreEntry {
    const key = value.type === 'symbolic' ? value.key : `${value.type}${'id' in value ? value.id : ''}`;
    let entry = this.stores.get(key);
    if (!entry) {
      entry = { ...make(), id: `store${this.stores.size + 1}`, value };
      this.stores.set(key, entry);
      this.byId.set(entry.id, entry);
    }
    return entry;
  }

  private readonly byId = new Map<string, StoreEntry>();

  storeById(id: string): StoreEntry | undefined {
    return this.byId.get(id);
  }

  entity(name: string, store: string, source?: SourceRef): EntityEntry {
    let entry = this.entities.get(name);
    if (!entry) {
      entry = { name, store, columns: {}, unique: [], ...(source ? { source } : {}) };
      this.entities.set(name, entry);
    }
    if (!entry.store) entry.store = store;
    return entry;
  }

  private readonly first = new Map<string, EntityEntry>();

  /** The first entity of a store; undefined: none is known yet. */
  entityIn(store: string): EntityEntry | undefined {
    const known = this.first.get(store) ?? [...this.entities.values()].find((entity) => entity.store === store);
    if (known) this.first.set(store, known);
    return known;
  }

  column(entity: EntityEntry, name: string): Column {
    return (entity.columns[name] ??= { schema: {}, nullable: true, generated: false });
  }

  sink(id: string, make: () => Omit<SinkEntry, 'id'>): SinkEntry {
    let entry = this.sinks.get(id);
    if (!entry) {
      entry = { ...make(), id };
      this.sinks.set(id, entry);
    }
    return entry;
  }
}

/** Its rows are values of the code: a list, a Map, what a file holds. */
export const isHeld = ({ client }: Pick<Store, 'client'>): boolean => client === 'memory' || client === 'files';
