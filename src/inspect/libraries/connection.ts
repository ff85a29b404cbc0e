import type { Store } from '../../model/index.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { type ObjectValue, type Symbolic, textOf, type Value } from '../interpreter/values.js';

type Dialect = NonNullable<Store['dialect']>;

const byName: [RegExp, Dialect][] = [
  [/^(postgres|postgresql|pg|pg-native|cockroachdb|aurora-postgres)$/i, 'postgres'],
  [/^(sqlite|sqlite3|better-sqlite3)$/i, 'sqlite'],
  [/^(mysql|mysql2|mariadb|aurora-mysql)$/i, 'mysql'],
];

const drivers: Record<Dialect, RegExp> = {
  postgres: /"(pg|postgres|pg-native|@electric-sql\/pglite)"\s*:/,
  sqlite: /"(sqlite3|better-sqlite3|libsql|@libsql\/client|sql\.js)"\s*:/,
  mysql: /"(mysql|mysql2|mariadb)"\s*:/,
  mongodb: /"(mongodb|mongoose)"\s*:/,
  redis: /"(redis|ioredis)"\s*:/,
  memory: /(?:)/,
};

/** The dialect that a client's options name (`dialect: 'postgres'`, `client: 'pg'`), or its URL begins with. */
export function dialectOf(client: Symbolic, interpreter?: Interpreter): Dialect | undefined {
  const settings = interpreter && settingsByEnvironment(client);
  return (settings && dialectInTests(settings, interpreter)) ?? namedIn(textsIn(client));
}

/**
 * `config[process.env.NODE_ENV]`: what is said for `test`. Where the service lacks the driver for that (a file that was generated and never
 * changed there), tests run as another environment whose driver it has.
 */
function dialectInTests(settings: ObjectValue, interpreter: Interpreter): Dialect | undefined {
  const manifest = interpreter.host.text('package.json') ?? '';
  const named = [...settings.fields].flatMap(([name, field]): [string, Dialect][] => {
    const dialect = namedIn(textsIn(field));
    return dialect ? [[name, dialect]] : [];
  });
  const usable = named.filter(([, dialect]) => drivers[dialect].test(manifest));
  const [found] = [usable.find(([name]) => name === 'test'), ...usable].filter((one) => one !== undefined);
  if (!found || !named.some(([name]) => name === 'test')) return undefined;
  const variable = interpreter.environment.get('NODE_ENV');
  if (found[0] !== 'test' && variable) variable.assumed = found[0];
  return found[1];
}

/** The object that is indexed by `NODE_ENV` somewhere in the arguments of the client. */
function settingsByEnvironment(value: Value, depth = 0): ObjectValue | undefined {
  if (value.type !== 'symbolic' || depth > 4) return undefined;
  const { origin } = value;
  if (origin.kind === 'op' && origin.op === 'pick') {
    const [of, key] = origin.args;
    return of?.type === 'object' && key && isNodeEnvironment(key) ? of : undefined;
  }
  const parts = origin.kind === 'call' ? origin.args : origin.kind === 'member' ? [origin.of] : [];
  return parts.map((part) => settingsByEnvironment(part, depth + 1)).find((found) => found !== undefined);
}

/** Settings of databases: which entry tests can take hangs on the drivers that are there, so the client's reader chooses. */
export const isOfDatabases = (of: ObjectValue): boolean =>
  [...of.fields.values()].some((entry) => entry.type === 'object' && entry.fields.has('dialect'));

/** A variable that may say which database. */
export const isVariable = ({ origin }: Symbolic): boolean =>
  origin.kind === 'environment' && origin.name !== 'NODE_ENV';

const isNodeEnvironment = (key: Value): boolean =>
  key.type === 'symbolic' &&
  (key.origin.kind === 'op'
    ? key.origin.args.some(isNodeEnvironment)
    : key.origin.kind === 'environment' && key.origin.name === 'NODE_ENV');

function namedIn(texts: string[]): Dialect | undefined {
  for (const text of texts) {
    const found = byName.find(([pattern]) => pattern.test(text))?.[1] ?? ofUrl(text);
    if (found) return found;
  }
  return undefined;
}

function ofUrl(text: string): Dialect | undefined {
  const scheme = /^(\w+):/.exec(text)?.[1] ?? '';
  return byName.find(([pattern]) => pattern.test(scheme))?.[1];
}

/** Texts among the arguments of the call that makes the client. */
export function textsIn(client: Value): string[] {
  const found: string[] = [];
  const seen = new Set<Value>();
  const visit = (value: Value, depth: number): void => {
    if (depth > 5 || seen.has(value)) return;
    seen.add(value);
    const text = textOf(value);
    if (text !== undefined) found.push(text);
    else if (value.type === 'object') for (const field of value.fields.values()) visit(field, depth + 1);
    else if (value.type === 'array') value.items.forEach((item) => visit(item, depth + 1));
    else if (value.type === 'symbolic') {
      const { origin } = value;
      if (origin.kind === 'environment' && typeof origin.fallback === 'string') found.push(origin.fallback);
      else if (origin.kind === 'op') origin.args.forEach((arg) => visit(arg, depth + 1));
      else if (origin.kind === 'call') {
        origin.args.forEach((arg) => visit(arg, depth + 1));
        if (origin.callee.origin.kind === 'external') found.push(origin.callee.origin.module);
      }
    }
  };
  visit(client, 0);
  return found;
}

/** Packages that open SQLite files where a test database can take their place. */
const sqliteDrivers: Record<string, string> = {
  sqlite3: 'sqlite3',
  'better-sqlite3': 'better-sqlite3',
  'node-sqlite': 'node:sqlite',
};

/** How tests open the same database over a connection of their own. */
export function connectionOf(dialect: Dialect, driver?: string): Store['connection'] | undefined {
  if (dialect === 'postgres') return { kind: 'postgres', package: 'pg' };
  const file = dialect === 'sqlite' && driver !== undefined ? sqliteDrivers[driver] : undefined;
  if (file !== undefined) return { kind: 'sqlite', package: file };
  return undefined;
}
