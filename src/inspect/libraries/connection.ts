import type { Store } from '../../model/index.js';
import { type Symbolic, textOf, type Value } from '../interpreter/values.js';

type Dialect = NonNullable<Store['dialect']>;

const byName: [RegExp, Dialect][] = [
  [/^(postgres|postgresql|pg|pg-native|cockroachdb|aurora-postgres)$/i, 'postgres'],
  [/^(sqlite|sqlite3|better-sqlite3)$/i, 'sqlite'],
  [/^(mysql|mysql2|mariadb|aurora-mysql)$/i, 'mysql'],
];

/** The dialect that a client's options name (`dialect: 'postgres'`, `client: 'pg'`), or its URL begins with. */
export function dialectOf(client: Symbolic): Dialect | undefined {
  for (const text of textsIn(client)) {
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
export function textsIn(client: Symbolic): string[] {
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
