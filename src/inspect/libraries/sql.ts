import { parse, type Statement } from 'pgsql-ast-parser';
import type { Store } from '../../model/index.js';
import type { Catalog, StoreEntry } from '../catalog.js';
import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  isCallable,
  type NativeCall,
  NativeValue,
  type Symbolic,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { StartPath } from '../interpreter/start-path.js';
import { chainOf } from './chain.js';
import { connectionOf } from './connection.js';
import { beginTransaction, endTransaction, transaction } from './record.js';
import { callsBack, toldToCallback } from './sql-callbacks.js';
import { partlyKnown } from './sql-holes.js';
import { queryOf, type SqlShape } from './sql-statements.js';
import { readTable, sqlStore } from './sql-tables.js';
import { normalized } from './sql-text.js';

interface Driver {
  client: Store['client'];
  dialect: NonNullable<Store['dialect']>;
  /** Answers of `query` are `{ rows }` rather than the rows. */
  wraps: boolean;
  /** Its connections can be pointed at a test database. */
  redirected: boolean;
}

const drivers: Record<string, Driver> = {
  'better-sqlite3': { client: 'better-sqlite3', dialect: 'sqlite', wraps: false, redirected: true },
  libsql: { client: 'libsql', dialect: 'sqlite', wraps: false, redirected: false },
  'node:sqlite': { client: 'node-sqlite', dialect: 'sqlite', wraps: false, redirected: true },
  sqlite3: { client: 'sqlite3', dialect: 'sqlite', wraps: false, redirected: true },
  sqlite: { client: 'sqlite3', dialect: 'sqlite', wraps: false, redirected: true },
  'node-sqlite3-wasm': { client: 'sqlite-wasm', dialect: 'sqlite', wraps: false, redirected: false },
  '@electric-sql/pglite': { client: 'pglite', dialect: 'postgres', wraps: true, redirected: false },
  pg: { client: 'pg', dialect: 'postgres', wraps: true, redirected: true },
};

const executes = new Set(['get', 'all', 'run', 'query', 'execute', 'exec', 'iterate', 'values']);

/** What takes a function that is called once the client is there. */
const waits = new Set(['serialize', 'parallelize', 'connect']);

/** Clients that take SQL as text. */
export function sql(catalog: Catalog): Library {
  return {
    name: 'sql',
    call(callee, call) {
      const { origin } = callee;
      if (origin.kind === 'external') return opened(callee, call);
      if (origin.kind !== 'member') return undefined;
      if (waits.has(origin.key)) {
        const target = clientOf(origin.of);
        if (target) callsBack(target.client, origin.key, call);
        return undefined;
      }
      if (origin.key === 'transaction') return inTransaction(origin.of, call);
      if (!executes.has(origin.key)) return undefined;
      const target = clientOf(origin.of);
      if (!target) return undefined;
      const store = storeOf(catalog, target.client, target.driver, call);
      const statement = target.prepared ?? call.args[0];
      const known = textOf(statement);
      const texts = known === undefined ? partlyKnown(statement) : [known];
      if (!texts) {
        // A file of SQL that is read when the service starts.
        if (call.interpreter.loading) store.tables = { by: 'start-up' };
        return undefined;
      }
      const params = target.prepared ? call.args : call.args.slice(1);
      const plain = params.filter((param) => !isCallable(param));
      return toldToCallback(call, () => run(catalog, store, target.driver, origin.key, texts, plain, call));
    },
  };
}

/** `sqlite3.verbose()` is the package; what `new sqlite3.Database(file, ready)` calls is a part of the start. */
function opened(callee: Symbolic, call: NativeCall): Value | undefined {
  if (callee.origin.kind !== 'external' || callee.origin.module !== 'sqlite3') return undefined;
  const name = callee.origin.path.at(-1);
  if (name === 'verbose') return symbolic({ kind: 'external', module: 'sqlite3', path: [] }, true);
  if (name === 'Database' && call.interpreter.path instanceof StartPath) callsBack(callee, name, call);
  return undefined;
}

/** The client of `db.get(…)`, or of `db.prepare(text).get(…)`; a connection that a pool lends is the pool. */
function clientOf(of: Symbolic): { client: Symbolic; prepared: Value | undefined; driver: Driver } | undefined {
  const { origin } = of;
  const isPrepared =
    origin.kind === 'call' && origin.callee.origin.kind === 'member' && origin.callee.origin.key === 'prepare';
  const { module, root } = chainOf(of);
  const driver = module === undefined ? undefined : drivers[module];
  return driver && origin.kind === 'call' && root.origin.kind === 'call'
    ? { client: root, driver, prepared: isPrepared ? (origin.args[0] ?? undefinedValue) : undefined }
    : undefined;
}

/** better-sqlite3: `db.transaction(fn)` is a function that runs `fn` as a whole or not at all. */
function inTransaction(of: Symbolic, { args: [body], span }: NativeCall): Value | undefined {
  if (!body || !isCallable(body) || !clientOf(of)) return undefined;
  return new NativeValue('transaction', ({ args, interpreter, self }) =>
    transaction(interpreter, `${span.source.file}:${span.start}`, () => interpreter.call(body, self, args, span)),
  );
}

function storeOf(catalog: Catalog, client: Symbolic, driver: Driver, { interpreter, span }: NativeCall): StoreEntry {
  const connection = driver.redirected ? connectionOf(driver.dialect, driver.client) : undefined;
  const facts = { client: driver.client, dialect: driver.dialect, ...(connection ? { connection } : {}) };
  return sqlStore(catalog, client, facts, interpreter, span);
}

function run(
  catalog: Catalog,
  store: StoreEntry,
  driver: Driver,
  method: string,
  texts: string[],
  params: Value[],
  { interpreter, span }: NativeCall,
): Value | undefined {
  const read = firstParsed(texts);
  if (!read) {
    if (!interpreter.path) return undefined;
    const shown = texts[0]?.replace(/\s+/g, ' ').trim().slice(0, 80) ?? '';
    interpreter.gap('sql-not-read', `This SQL was not read: ${shown}`, span);
    return unknown('sql', params, span);
  }
  const { statements, names } = read;
  for (const statement of statements)
    if (statement.type === 'create table') {
      store.tables = { by: 'start-up' };
      readTable(catalog, store, statement, span);
    }
  const [statement] = statements;
  if (!interpreter.path || !statement) return undefined;
  if (isControl(statement, interpreter, span)) return undefinedValue;
  const shape: SqlShape = { wraps: driver.wraps, method };
  return queryOf(catalog, store, shape, statement, parameterValues(params, names), interpreter, span);
}

function firstParsed(texts: string[]): { statements: Statement[]; names: string[] } | undefined {
  for (const source of texts) {
    const { text, names } = normalized(source);
    try {
      return { statements: parse(text), names };
    } catch {
      // The next wording, if there is one.
    }
  }
  return undefined;
}

/** `BEGIN`, `COMMIT`, `ROLLBACK`. */
function isControl({ type }: Statement, interpreter: Interpreter, span: Span): boolean {
  if (type === 'begin' || type === 'start transaction')
    beginTransaction(interpreter, `${span.source.file}:${span.start}`);
  else if (type === 'commit' || type === 'rollback') endTransaction(interpreter, type === 'commit');
  else return false;
  return true;
}

/** Positional, in an array, or by name in an object. */
function parameterValues(params: Value[], names: string[]): Value[] {
  const [first] = params;
  if (names.length && first?.type === 'object')
    return names.map(
      (name) =>
        first.fields.get(name) ?? first.fields.get(`$${name}`) ?? first.fields.get(`@${name}`) ?? undefinedValue,
    );
  return first?.type === 'array' ? first.items : params;
}
