import path from 'node:path/posix';
import type { Column } from '../../../model/index.js';
import type { Catalog, EntityEntry, StoreEntry } from '../../catalog.js';
import { sourceRef, SourceText, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import { promised } from '../../interpreter/promises.js';
import { StartPath } from '../../interpreter/start-path.js';
import {
  isCallable,
  NativeValue,
  ObjectValue,
  primitive,
  type Symbolic,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';
import { type ChainStep } from '../chain.js';
import { connectionOf, dialectOf, isVariable, textsIn } from '../connection.js';
import { everything, listOf, sqliteBoolean, Table, typeSchema } from '../table.js';
import { transaction, uniqueViolation } from '../record.js';
import { runStatement } from '../statement.js';
import { literal } from '../validation.js';

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

function stepped(step: ChainStep): Value {
  const values = new ObjectValue(false);
  const name = textOf(step.args?.[0]);
  if (name !== undefined) values.fields.set(name, unknown(`${step.name}ed ${name}`));
  return values;
}

function countName(step: ChainStep | undefined): string {
  const [first] = step?.args ?? [];
  if (first?.type === 'object') return [...first.fields.keys()][0] ?? 'count';
  return / as (\w+)/i.exec(textOf(first) ?? '')?.[1] ?? 'count';
}

/** `select('id', 'name as title')`; undefined: all of them. */
function chosenColumns(args: Value[]): Map<string, string> | undefined {
  const columns = new Map<string, string>();
  for (const arg of args.flatMap((one) => (one.type === 'array' ? one.items : [one]))) {
    const text = textOf(arg);
    if (text === undefined || /\*$/.test(text)) return undefined;
    const [name = '', alias] = text.split(/\s+as\s+/i);
    const column = name.split('.').at(-1) ?? name;
    columns.set(alias ?? column, alias === undefined ? column : name);
  }
  return columns.size ? columns : undefined;
}

function conditions(steps: ChainStep[], table: string): ReturnType<typeof everything> {
  const where = everything();
  const column = (value: Value | undefined): string | undefined =>
    textOf(value)?.replace(new RegExp(`^${table}\\.`), '');
  for (const step of steps) {
    if (!step.args || !/where|having/i.test(step.name)) continue;
    const [first, second, third] = step.args;
    const plain = step.name === 'where' || step.name === 'andWhere';
    if (plain && first?.type === 'object') {
      for (const [name, value] of first.fields) where.by.set(column(primitive(name)) ?? name, value);
      if (first.open) where.other.push('more conditions');
    } else if (plain && step.args.length === 2 && second && column(first) !== undefined)
      where.by.set(column(first) as string, second);
    else if (plain && step.args.length === 3 && textOf(second) === '=' && third && column(first) !== undefined)
      where.by.set(column(first) as string, third);
    else where.other.push(step.name);
  }
  return where;
}

/** The `table` of `createTable('books', (table) => …)`: each column it is asked for is noted. */
function tableBuilder(catalog: Catalog, entity: EntityEntry, dialect: StoreEntry['dialect']): ObjectValue {
  const builder = new ObjectValue(true);
  builder.trap = {
    name: 'table',
    get: (kind) =>
      new NativeValue(kind, ({ args }) => {
        const names = args[0]?.type === 'array' ? args[0].items.flatMap((item) => textOf(item) ?? []) : [];
        if (kind === 'unique' && args[0]) {
          const own = textOf(args[0]);
          entity.unique.push(names.length ? names : own === undefined ? [] : [own]);
          return builder;
        }
        if (kind === 'primary') {
          if (names.length === 1 || textOf(args[0])) entity.key = names[0] ?? textOf(args[0]) ?? 'id';
          return builder;
        }
        if (kind === 'timestamps') {
          for (const name of ['created_at', 'updated_at'])
            Object.assign(catalog.column(entity, name), { schema: ownMoment(dialect), generated: true });
          return builder;
        }
        if (/^drop/.test(kind)) {
          const dropped = textOf(args[0]);
          if (kind === 'dropColumn' && dropped !== undefined) delete entity.columns[dropped];
          return builder;
        }
        if (['index', 'foreign', 'comment', 'engine', 'charset', 'collate', 'inherits', 'setNullable'].includes(kind))
          return columnBuilder(entity, { schema: {}, nullable: true, generated: false }, '');
        const isSerial = kind === 'increments' || kind === 'bigIncrements';
        const name = textOf(args[0]) ?? (isSerial ? 'id' : undefined);
        if (name === undefined) return builder;
        const column = catalog.column(entity, name);
        column.schema =
          kind === 'enu' || kind === 'enum'
            ? choices(args[1])
            : plainType(kind === 'specificType' ? (textOf(args[1]) ?? '') : kind, dialect);
        if (isSerial) {
          entity.key = name;
          Object.assign(column, { nullable: false, generated: true });
        }
        return columnBuilder(entity, column, name, dialect);
      }),
  };
  return builder;
}

/** knex gives rows as the driver has them: SQLite has no booleans. */
const plainType = (name: string, dialect: StoreEntry['dialect']): Column['schema'] => {
  const schema = typeSchema(name);
  return dialect === 'sqlite' && schema.type === 'boolean' ? sqliteBoolean : schema;
};

/** A moment that the database fills in: SQLite writes `2030-01-02 03:04:05`. */
const ownMoment = (dialect: StoreEntry['dialect']): Column['schema'] =>
  dialect === 'sqlite' ? { type: 'string' } : typeSchema('timestamp');

function choices(list: Value | undefined): Column['schema'] {
  const values = literal(list);
  return Array.isArray(values) ? { type: 'string', enum: values } : { type: 'string' };
}

function columnBuilder(
  entity: EntityEntry,
  column: Column,
  name: string,
  dialect?: StoreEntry['dialect'],
): ObjectValue {
  const builder = new ObjectValue(true);
  builder.trap = {
    name: 'column',
    get: (step) =>
      new NativeValue(step, ({ args }) => {
        if (step === 'notNullable' || step === 'notNull') column.nullable = false;
        else if (step === 'unique' && name) entity.unique.push([name]);
        else if (step === 'primary' && name) {
          entity.key = name;
          column.nullable = false;
          // SQLite numbers the rows of such a table by itself.
          if (dialect === 'sqlite' && column.schema.type === 'integer') column.generated = true;
        } else if (step === 'defaultTo') {
          const value = literal(args[0]);
          if (value === undefined) {
            column.generated = true;
            if (column.schema.format === 'date-time') column.schema = ownMoment(dialect);
          } else if (value !== null) column.default = value;
        } else if (step === 'references') {
          const [table, referred] = (textOf(args[0]) ?? '').split('.');
          column.references =
            referred === undefined ? { entity: '', column: table ?? 'id' } : { entity: table ?? '', column: referred };
        } else if (step === 'inTable')
          column.references = { entity: textOf(args[0]) ?? '', column: column.references?.column ?? 'id' };
        return builder;
      }),
  };
  return builder;
}
