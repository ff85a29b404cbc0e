import type { Entity, HarnessPlan, Store, Triage } from '../../model/index.js';
import { keyLiteral, literal, text } from './literals.js';
import type { EntityView } from './stores.js';
import type { Imports } from './imports.js';

/** The stores whose data tests reach over connections of their own: one in a file of the harness. */
export const databaseStores = (harness: HarnessPlan): Store[] =>
  harness.stores
    .filter((store) => store.connection)
    .filter((store, index, all) => all.findIndex((one) => databaseFile(one) === databaseFile(store)) === index);

/** The file of the harness that reaches it, and what that exports. */
export const databaseFile = ({ connection }: Store): string =>
  connection?.kind === 'redis' || connection?.kind === 'files' ? connection.kind : 'database';
export const databaseObject = (store: Store): string =>
  ({ redis: 'testRedis', files: 'testFiles' })[databaseFile(store)] ?? 'testDatabase';

const ports = { postgres: 5432, mysql: 3306, mongodb: 27017, sqlite: 0, redis: 6379, files: 0 };
const users = { postgres: 'postgres:postgres@', mysql: 'root@', mongodb: '', sqlite: '', redis: '', files: '' };

export interface DatabaseView {
  template: string;
  url: string;
  name: string;
  files: boolean;
  /** What opens connections, where a kind of database has several packages for it. */
  partials?: { driver: string };
}

export function databaseView({ connection, tables }: Store, triage: Triage): DatabaseView {
  const { kind = 'postgres', package: driver = 'pg' } = connection ?? {};
  const name = serviceName(triage);
  return {
    template: `database-${kind}`,
    url: `${kind}://${users[kind]}127.0.0.1:${ports[kind]}/${kind === 'redis' ? '1' : `${name}_test`}`,
    name: `${name.replace(/_/g, '-')}-test`,
    files: tables?.by === 'files',
    ...(kind === 'postgres' || kind === 'files'
      ? {}
      : { partials: { driver: `javascript/${kind}-${packageName(driver)}` } }),
  };
}

const packageName = (name: string): string => name.replace(':', '-');

const serviceName = (triage: Triage): string =>
  (triage.root.split(/[\\/]/).at(-1) ?? 'service')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40) || 'service';

/** What the generated file imports. */
export function importDriver(store: Store, imports: Imports, isTyped: boolean): void {
  const { connection } = store;
  if (connection?.package === 'ioredis') imports.whole('ioredis', 'Redis');
  else if (connection?.package === 'redis') imports.named('redis', 'createClient');
  else if (connection?.package === 'mongoose') imports.whole('mongoose', 'mongoose');
  else if (connection?.package === 'mongodb') imports.named('mongodb', 'MongoClient', 'ObjectId');
  else if (connection?.kind === 'postgres') imports.whole('pg', 'pg');
  else if (connection?.kind === 'files') {
    imports.named('node:module', 'syncBuiltinESMExports');
    imports.named('node:os', 'tmpdir');
    imports.whole('node:path', 'path');
  } else if (connection?.kind === 'sqlite') {
    if (connection.package === 'node:sqlite') {
      imports.named('node:module', 'syncBuiltinESMExports');
      if (isTyped) imports.named('node:sqlite', 'type DatabaseSync');
    } else imports.whole(connection.package, connection.package === 'sqlite3' ? 'sqlite3' : 'Database');
    if (connection.package === 'better-sqlite3') imports.named('node:module', 'createRequire');
    imports.named('node:fs', 'mkdtempSync', 'rmSync');
    imports.named('node:os', 'tmpdir');
    imports.whole('node:path', 'path');
  }
  if (connection?.kind === 'postgres' || connection?.kind === 'sqlite')
    imports.named('node:timers/promises', 'setTimeout');
}

/** How the harness reads and writes one entity through the suite's own connection. */
export function databaseEntity(store: Store, entity: Entity): EntityView {
  const name = text(entity.name);
  const database = databaseObject(store);
  const shape = shapeOf(store, entity);
  const more = shape === undefined ? '' : `, ${shape}`;
  return {
    name,
    read: `${database}.rows(${name}${store.connection?.kind === 'redis' ? '' : more})`,
    clear: '',
    insert: `await ${database}.insert(${name}, values${more})`,
    alter: `await ${database}.alter(${name}, by, values${more})`,
    remove: `await ${database}.remove(${name}, by${more})`,
  };
}

/** Where rows differ from what the service sees: names, and types that the database lacks; in Redis, which field varies in the key. */
function shapeOf(store: Store, entity: Entity): string | undefined {
  if (store.connection?.kind === 'files') return text(store.path ?? '');
  if (store.connection?.kind === 'redis') return entity.key === '$key' ? undefined : text(entity.key ?? '$key');
  const columns = Object.entries(entity.columns);
  const names = columns.flatMap(([name, column]) =>
    column.dbName !== undefined && column.dbName !== name ? [`${keyLiteral(column.dbName)}: ${text(name)}`] : [],
  );
  const renamed = names.length ? `{ ${names.join(', ')} }` : undefined;
  if (store.connection?.kind !== 'sqlite') return store.connection?.kind === 'mongodb' ? undefined : renamed;
  const those = (fits: (type: unknown, format?: string) => boolean): string[] =>
    columns.filter(([, { schema }]) => fits(schema.type, schema.format)).map(([name]) => name);
  const booleans = those((type) => type === 'boolean');
  const moments = those((_, format) => format === 'date-time');
  const parts = [
    ...(renamed === undefined ? [] : [`names: ${renamed}`]),
    ...(booleans.length ? [`booleans: ${literal(booleans)}`] : []),
    ...(moments.length ? [`moments: ${literal(moments)}`] : []),
  ];
  return parts.length ? `{ ${parts.join(', ')} }` : undefined;
}
