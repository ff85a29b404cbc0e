import path from 'node:path/posix';
import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, SourceText, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import { promised } from '../../interpreter/promises.js';
import { StartPath } from '../../interpreter/start-path.js';
import {
  isCallable,
  primitive,
  type Symbolic,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';
import { type ChainStep } from '../chain.js';
import { connectionOf, dialectOf, isVariable, textsIn } from '../connection.js';
import { listOf, Table } from '../table.js';
import { transaction, uniqueViolation } from '../record.js';
import { runStatement } from '../statement.js';
import { tableBuilder } from './table-builder.js';
import { stepped, countName, chosenColumns, conditions } from './conditions.js';

/** knex, as a query builder and as the one who makes tables in migrations. */
export function knex(catalog: Catalog): Library {
  return new KnexReader(catalog).library();
}

/** Stands for the client that a migration gets. */
const migrating = symbolic(
  {
    kind: 'call',
    callee: symbolic({ kind: 'external', module: 'knex', path: ['migration'] }, true),
    args: [],
    isNew: false,
    span: { source: new SourceText('migration', ''), start: 0, end: 0 },
  },
  true,
);

const isClient = (value: Value | undefined): value is Symbolic => {
  if (value?.type !== 'symbolic') return false;
  if (value === migrating) return true;
  const { origin } = value;
  if (origin.kind !== 'call' || origin.callee.origin.kind !== 'external') return false;
  const { module, path: names } = origin.callee.origin;
  return module === 'knex' && ['', 'default', 'knex', 'Knex'].includes(names.at(-1) ?? '');
};

/** Steps from the client to the value. */
function stepsOf(value: Symbolic): { client: Symbolic; steps: ChainStep[] } | undefined {
  const steps: ChainStep[] = [];
  for (let current: Value = value; current.type === 'symbolic';) {
    if (isClient(current)) return { client: current, steps };
    const { origin }: Symbolic = current;
    if (origin.kind === 'member') {
      steps.unshift({ name: origin.key, args: undefined, isNew: false });
      current = origin.of;
    } else if (origin.kind === 'call' && isClient(origin.callee)) {
      steps.unshift({ name: '()', args: origin.args, isNew: false });
      current = origin.callee;
    } else if (origin.kind === 'call' && origin.callee.origin.kind === 'member') {
      steps.unshift({ name: origin.callee.origin.key, args: origin.args, isNew: false });
      current = origin.callee.origin.of;
    } else return undefined;
  }
  return undefined;
}

const tableMakers = new Set(['createTable', 'createTableIfNotExists', 'alterTable', 'table']);

class KnexReader {
  private store: StoreEntry | undefined;
  private migrated = false;

  constructor(private readonly catalog: Catalog) {}

  library(): Library {
    return {
      name: 'knex',
      call: (callee, call) => {
        const { origin } = callee;
        if (origin.kind !== 'member') return undefined;
        const { interpreter, args, span } = call;
        if (tableMakers.has(origin.key) && this.isSchema(origin.of))
          return this.makesTable(origin.of, args, interpreter, span);
        if (
          origin.key === 'latest' &&
          origin.of.origin.kind === 'member' &&
          isClient(origin.of.origin.of) &&
          interpreter.loading
        )
          this.storeOf(origin.of.origin.of, interpreter, span).tables = { by: 'start-up' };
        if (!interpreter.path || !isClient(origin.of)) return undefined;
        if (origin.key === 'transaction') {
          const body = args.find(isCallable);
          const client = origin.of;
          if (!body) return client;
          return promised(interpreter, span, () =>
            transaction(interpreter, `${span.source.file}:${span.start}`, () =>
              interpreter.settle(interpreter.call(body, undefinedValue, [client], span), span),
            ),
          );
        }
        return undefined;
      },
      settle: (value, interpreter, span) => {
        if (!interpreter.path || value.origin.kind !== 'call') return undefined;
        const chain = stepsOf(value);
        if (!chain || chain.client === migrating) return undefined;
        if (interpreter.path instanceof StartPath && chain.steps.at(-1)?.name === 'hasTable') return primitive(false);
        return this.run(chain.client, chain.steps, interpreter, value.origin.span ?? span);
      },
    };
  }

  private isSchema(value: Symbolic): boolean {
    const chain = stepsOf(value);
    return chain?.steps[0]?.name === 'schema';
  }

  private storeOf(client: Symbolic, interpreter: Interpreter, span: Span): StoreEntry {
    if (client !== migrating && !this.store) {
      const dialect = dialectOf(client, interpreter) ?? 'postgres';
      const driver = textsIn(client).some((text) => text === 'better-sqlite3') ? 'better-sqlite3' : 'sqlite3';
      const connection = connectionOf(dialect, driver);
      const url = symbolsIn(client).find(isVariable);
      this.store = this.catalog.store(client, () => ({
        client: 'knex',
        driver: 'knex',
        dialect,
        ...(connection ? { connection } : {}),
        ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
        source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
      }));
    }
    if (this.store && !this.migrated) this.migrations(client, this.store, interpreter);
    return this.store ?? this.catalog.store(client, () => ({ client: 'knex', source: sourceRef(span) }));
  }

  /** The service's migrations say what the tables are: they are run in order, as while loading. */
  private migrations(client: Symbolic, store: StoreEntry, interpreter: Interpreter): void {
    this.migrated = true;
    const folder = this.migrationFolder(client, interpreter);
    if (folder === undefined) return;
    store.tables ??= { by: 'migrations', folder };
    for (const entry of interpreter.host.list(folder) ?? []) {
      if (!entry.isFile || !/\.[cm]?[jt]s$/.test(entry.name) || /\.d\.ts$/.test(entry.name)) continue;
      const record = interpreter.modules.load(path.join(folder, entry.name));
      if (!record) continue;
      const up = interpreter.modules.exportsOf(record).find(([name]) => name === 'up')?.[1];
      if (up && isCallable(up))
        interpreter.whileLoading(() =>
          interpreter.call(up, undefinedValue, [migrating], record.node.body[0]?.span as Span),
        );
    }
  }

  private migrationFolder(client: Symbolic, interpreter: Interpreter): string | undefined {
    const own = client.origin.kind === 'call' ? path.dirname(client.origin.span.source.file) : '.';
    const bases: string[] = [];
    for (let base = own; ; base = path.dirname(base)) {
      bases.push(base);
      if (base === '.' || base === '/') break;
    }
    const named = textsIn(client).filter((text) => /migration/i.test(text) && !/^knex_/.test(text));
    const usual = [
      'migrations',
      'db/migrations',
      'database/migrations',
      'src/migrations',
      'src/db/migrations',
      'src/database/migrations',
    ];
    for (const base of bases)
      for (const name of [...named, ...usual]) {
        const folder = path.isAbsolute(name) ? name.slice(1) : path.join(base, name);
        if (interpreter.host.list(folder)?.some((entry) => entry.isFile && /\.[cm]?[jt]s$/.test(entry.name)))
          return folder;
      }
    return undefined;
  }

  private makesTable(of: Symbolic, args: Value[], interpreter: Interpreter, span: Span): Value {
    const chain = stepsOf(of);
    const name = textOf(args[0]);
    const build = args.find(isCallable);
    if (!chain || name === undefined || !build) return of;
    const store = this.storeOf(chain.client, interpreter, span);
    if (chain.client !== migrating) store.tables = { by: 'start-up' };
    const entity = this.catalog.entity(name, store.id, sourceRef(span));
    interpreter.whileLoading(() =>
      interpreter.call(build, undefinedValue, [tableBuilder(this.catalog, entity, store.dialect)], span),
    );
    return of;
  }

  private run(client: Symbolic, steps: ChainStep[], interpreter: Interpreter, span: Span): Value | undefined {
    const store = this.storeOf(client, interpreter, span);
    const named = steps.find((step) => step.args && ['()', 'from', 'into', 'table'].includes(step.name));
    const table = textOf(named?.args?.[0])?.split(/\s+/)[0];
    if (table === undefined || steps.some((step) => step.name === 'raw')) return undefined;
    const entity = this.catalog.entity(table, store.id, sourceRef(span));
    const of = (...names: string[]): ChainStep | undefined =>
      steps.find((step) => step.args && names.includes(step.name));
    const write = of('insert', 'update', 'del', 'delete', 'increment', 'decrement');
    const counting = of('count', 'countDistinct');
    const first = of('first');
    const returning =
      of('returning') ??
      (write?.args && write.args.length > 1 && write.name !== 'increment'
        ? { ...write, args: write.args.slice(1) }
        : undefined);
    const chosen = write ? returning : (of('select', 'columns', 'column') ?? first);
    const columns = chosenColumns(chosen?.args ?? []);
    const action = !write
      ? counting
        ? 'count'
        : 'select'
      : write.name === 'insert'
        ? 'insert'
        : /^del/.test(write.name)
          ? 'delete'
          : 'update';
    const rows = new Table(this.catalog, interpreter, store, entity, span, {
      absent: undefinedValue,
      unique: (world) => uniqueViolation(world, store.dialect),
    });
    return runStatement(rows, {
      action,
      where: conditions(steps, table),
      ...(write?.args?.[0] ? { values: /crement$/.test(write.name) ? stepped(write) : write.args[0] } : {}),
      ...(columns ? { columns } : {}),
      joined: steps.some((step) => /join$/i.test(step.name)),
      single: !!first,
      returning: !!returning,
      ignores: !!of('onConflict'),
      outcome: (count, row) =>
        action === 'insert'
          ? listOf(
              symbolic({
                kind: 'written',
                effect: row.origin.kind === 'written' ? row.origin.effect : '',
                at: [entity.key ?? 'id'],
              }),
            )
          : count,
      counts: [countName(counting)],
    });
  }
}
