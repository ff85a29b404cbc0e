import type { BuildExpr, Entity, HarnessPlan, Store } from '../../model/index.js';
import { databaseEntity, databaseObject } from './database.js';
import type { Imports } from './imports.js';
import { access, literal, text } from './literals.js';

export interface StoreView {
  name: string;
  /** Absent: the service's own, imported. */
  open?: string;
  close?: string;
  entities: EntityView[];
  /** Name of the client library: picks the partial. */
  client: string;
}

export interface EntityView {
  name: string;
  read: string;
  clear: string;
  insert: string;
  alter: string;
  remove: string;
}

/** `db`, `db2`, …; a store that a file exports keeps its own name. */
export function storeNames(harness: HarnessPlan, imports: Imports): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set(harness.entities.map((entity) => entity.store));
  const ordered = [...harness.stores].sort((left, right) => Number(used.has(right.id)) - Number(used.has(left.id)));
  let count = 0;
  for (const store of ordered) {
    if (store.handle && used.has(store.id) && (store.handle.kind === 'import' || onApp(store.handle)))
      names.set(store.id, imports.code(store.handle));
    else names.set(store.id, count++ ? `db${count}` : 'db');
  }
  return names;
}

/** The app itself has it, and closes it. */
const onApp = (expression: BuildExpr): boolean =>
  expression.kind === 'app' || (expression.kind === 'member' && onApp(expression.of));

/** How a store is opened, closed, read, emptied and written to. */
export function storeView(
  store: Store,
  entities: Entity[],
  name: string,
  imports: Imports,
  special: (expression: BuildExpr) => string | undefined,
  /** The app's factory takes the client. */
  isGiven: boolean,
): StoreView {
  const handle = store.handle ?? { kind: 'unknown', text: '' };
  const own = entities.filter((entity) => entity.store === store.id);
  if (store.connection) {
    const service =
      handle.kind === 'import' && handle.file !== undefined ? ownClose(store, imports.code(handle)) : undefined;
    return {
      name,
      ...(isGiven && handle.kind !== 'import' && !onApp(handle) ? { open: imports.code(handle, special) } : {}),
      ...(service ? { close: service } : {}),
      client: store.client,
      entities: own.map((entity) => databaseEntity(store, entity)),
    };
  }
  const close = onApp(handle) ? undefined : closing(store, name);
  const open = handle.kind === 'import' || onApp(handle) ? undefined : imports.code(handle, special);
  return {
    name,
    ...(open === undefined ? {} : { open }),
    ...(close ? { close } : {}),
    client: store.client,
    entities: own.map((entity) => entityView(store, entity, name, imports)),
  };
}

/** The service's own way to let its connections go. */
function ownClose(store: Store, name: string): string | undefined {
  const calls: Partial<Record<Store['client'], string>> = {
    knex: 'destroy',
    kysely: 'destroy',
    sequelize: 'close',
    typeorm: 'destroy',
    prisma: '$disconnect',
  };
  const call = calls[store.client];
  return call && `await ${name}.${call}()`;
}

export interface DatabaseLines {
  /** Name of the object that reaches it. */
  name: string;
  /** Literal list of the tables that must be there, and of those that requests write to. */
  tables: string;
  written: string;
  /** Literal object: how many rows the start puts into which tables. Absent: none that is known. */
  started?: string;
  /** The service makes them while it starts. */
  waits: boolean;
  prepares: string[];
  /** After the service is loaded. */
  finishes: string[];
}

/** Before the service is loaded: an empty database, with its tables where the service does not make them itself. */
export function databaseLines(store: Store, harness: HarnessPlan, imports: Imports): DatabaseLines {
  const { tables } = store;
  const names = harness.entities.filter((entity) => entity.store === store.id).map((entity) => entity.name);
  const prepares: string[] = [];
  const finishes: string[] = [];
  if (tables?.by === 'files') {
    imports.named('node:fs', 'readFileSync');
    for (const file of tables.files) prepares.push(`await testDatabase.create(readFileSync(${text(file)}, 'utf8'));`);
  }
  const handle = store.handle?.kind === 'import' && store.handle.file !== undefined ? store.handle : undefined;
  if (handle && tables?.by === 'migrations')
    prepares.push(
      store.client === 'knex'
        ? `await ${imports.code(handle)}.migrate.latest(${tables.folder === undefined ? '' : `{ directory: ${text(tables.folder)} }`});`
        : `await ${imports.code(handle)}.runMigrations();`,
    );
  if (handle && tables?.by === 'sync')
    if (store.client === 'typeorm') finishes.push(`await ${imports.code(handle)}.synchronize();`);
    else prepares.push(`await ${imports.code(handle)}.sync();`);
  const written = names.filter((name) => harness.written.includes(name));
  const started = Object.fromEntries(Object.entries(harness.started).filter(([name]) => names.includes(name)));
  const starts = Object.keys(started).length > 0;
  return {
    name: databaseObject(store),
    tables: literal(names),
    written: literal(written),
    ...(starts ? { started: literal(started) } : {}),
    waits: !['redis', 'memory'].includes(store.dialect ?? '') && (starts || store.dialect !== 'mongodb'),
    prepares,
    finishes,
  };
}

function closing(store: Store, name: string): string | undefined {
  const driver = store.driver ?? store.client;
  if (/pglite|libsql|better-sqlite|node-sqlite|sqlite-wasm/.test(driver))
    return store.client === 'drizzle' ? `await ${name}.$client.close()` : `await ${name}.close()`;
  if (/node-postgres|postgres-js|mysql|pg$/.test(driver))
    return store.client === 'drizzle' ? `await ${name}.$client.end()` : `await ${name}.end()`;
  if (driver === 'prisma') return `await ${name}.$disconnect()`;
  if (driver === 'knex') return `await ${name}.destroy()`;
  return undefined;
}

function entityView(store: Store, entity: Entity, name: string, imports: Imports): EntityView {
  const entry = text(entity.name);
  if (store.client === 'drizzle' && entity.handle) {
    const table = imports.code(entity.handle);
    return {
      name: entry,
      read: `${name}.select().from(${table})`,
      clear: `await ${name}.delete(${table})`,
      insert: `(await ${name}.insert(${table}).values(values${''} as never).returning())[0]`,
      alter: `await ${name}.update(${table}).set(values as never).where(eq(${access(table, entity.key ?? 'id')}, by[${text(entity.key ?? 'id')}] as never))`,
      remove: `await ${name}.delete(${table}).where(eq(${access(table, entity.key ?? 'id')}, by[${text(entity.key ?? 'id')}] as never))`,
    };
  }
  if (store.client === 'prisma') {
    const rows = `${name}.${entity.name.charAt(0).toLowerCase()}${entity.name.slice(1)}`;
    return {
      name: entry,
      read: `${rows}.findMany()`,
      clear: `await ${rows}.deleteMany()`,
      insert: `await ${rows}.create({ data: values as never })`,
      alter: `await ${rows}.updateMany({ where: by as never, data: values as never })`,
      remove: `await ${rows}.deleteMany({ where: by as never })`,
    };
  }
  return sqlEntity(store, entity, name);
}

/** Plain SQL through the service's own client. */
function sqlEntity(store: Store, entity: Entity, name: string): EntityView {
  const table = `"${entity.name.replace(/"/g, '""')}"`;
  const entry = text(entity.name);
  const isPrepared = ['libsql', 'better-sqlite3', 'node-sqlite'].includes(store.client);
  if (store.client === 'knex')
    return {
      name: entry,
      read: `${name}(${entry}).select()`,
      clear: `await ${name}(${entry}).delete()`,
      insert: `(await ${name}(${entry}).insert(values).returning('*'))[0]`,
      alter: `await ${name}(${entry}).where(by).update(values)`,
      remove: `await ${name}(${entry}).where(by).delete()`,
    };
  if (store.client === 'sqlite-wasm') {
    return {
      name: entry,
      read: `${name}.all(${text(`SELECT * FROM ${table}`)})`,
      clear: `${name}.run(${text(`DELETE FROM ${table}`)})`,
      insert: `${name}.get(insertSql(${text(table)}, values), Object.values(values) as never[])`,
      alter: `${name}.run(updateSql(${text(table)}, by, values), [...Object.values(values), ...Object.values(by)] as never[])`,
      remove: `${name}.run(deleteSql(${text(table)}, by), Object.values(by) as never[])`,
    };
  }
  if (isPrepared) {
    return {
      name: entry,
      read: `${name}.prepare(${text(`SELECT * FROM ${table}`)}).all()`,
      clear: `${name}.prepare(${text(`DELETE FROM ${table}`)}).run()`,
      insert: `${name}.prepare(insertSql(${text(table)}, values)).get(...Object.values(values))`,
      alter: `${name}.prepare(updateSql(${text(table)}, by, values)).run(...Object.values(values), ...Object.values(by))`,
      remove: `${name}.prepare(deleteSql(${text(table)}, by)).run(...Object.values(by))`,
    };
  }
  return {
    name: entry,
    read: `(await ${name}.query(${text(`SELECT * FROM ${table}`)})).rows`,
    clear: `await ${name}.query(${text(`DELETE FROM ${table}`)})`,
    insert: `(await ${name}.query(insertSql(${text(table)}, values), Object.values(values))).rows[0]`,
    alter: `await ${name}.query(updateSql(${text(table)}, by, values), [...Object.values(values), ...Object.values(by)])`,
    remove: `await ${name}.query(deleteSql(${text(table)}, by), Object.values(by))`,
  };
}
