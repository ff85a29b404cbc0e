import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import { isCallable, primitive, type Symbolic, textOf, undefinedValue, type Value } from '../interpreter/values.js';
import { chainOf, type ChainStep } from './chain.js';
import { connectionOf, textsIn } from './connection.js';
import { transaction, uniqueViolation } from './record.js';
import { sqlStore } from './sql-tables.js';
import { runStatement } from './statement.js';
import { everything, listOf, objectOf, Table, type Where } from './table.js';

const actions = { selectFrom: 'select', insertInto: 'insert', updateTable: 'update', deleteFrom: 'delete' } as const;
const executes = new Set(['execute', 'executeTakeFirst', 'executeTakeFirstOrThrow']);

/** Kysely: chains of steps that end in `execute`. Its tables come from the service's start or its SQL files. */
export function kysely(catalog: Catalog): Library {
  return {
    name: 'kysely',
    call(callee, call) {
      const { origin } = callee;
      if (origin.kind !== 'member') return undefined;
      const { interpreter, args, span } = call;
      const { module, root, steps } = chainOf(origin.of);
      if (module !== 'kysely' || root.origin.kind !== 'call' || !root.origin.isNew) return undefined;
      const store = storeOf(catalog, root, interpreter, span);
      const made = steps.find((step) => step.name === 'createTable');
      if (made && origin.key === 'execute') return created(catalog, store, steps, span);
      if (!interpreter.path || !executes.has(origin.key)) return undefined;
      const body = args.find(isCallable);
      if (body && steps.at(-1)?.name === 'transaction')
        return promised(interpreter, span, () =>
          transaction(interpreter, `${span.source.file}:${span.start}`, () =>
            interpreter.settle(interpreter.call(body, undefinedValue, [root], span), span),
          ),
        );
      return promised(interpreter, span, () => run(catalog, store, steps, origin.key, interpreter, span));
    },
  };
}

function storeOf(catalog: Catalog, client: Symbolic, interpreter: Interpreter, span: Span): StoreEntry {
  const texts = textsIn(client);
  const isSqlite = texts.some((text) => /sqlite/.test(text));
  const dialect = isSqlite ? 'sqlite' : texts.some((text) => /mysql/.test(text)) ? 'mysql' : 'postgres';
  const connection = connectionOf(dialect, 'better-sqlite3');
  const facts = { client: 'kysely', driver: 'kysely', dialect, ...(connection ? { connection } : {}) } as const;
  return sqlStore(catalog, client, facts, interpreter, span);
}

/** `schema.createTable('ovens').addColumn('id', 'serial', (col) => col.primaryKey())`. */
function created(catalog: Catalog, store: StoreEntry, steps: readonly ChainStep[], span: Span): undefined {
  const name = textOf(steps.find((step) => step.name === 'createTable')?.args?.[0]);
  if (name === undefined) return;
  store.tables = { by: 'start-up' };
  catalog.entity(name, store.id, sourceRef(span));
}

function run(
  catalog: Catalog,
  store: StoreEntry,
  steps: readonly ChainStep[],
  execute: string,
  interpreter: Interpreter,
  span: Span,
): Value {
  const of = (...names: string[]): ChainStep | undefined =>
    steps.find((step) => step.args && names.includes(step.name));
  const begin = of(...Object.keys(actions));
  const name = textOf(begin?.args?.[0])?.split(/\s+/)[0];
  if (!begin || name === undefined) return undefinedValue;
  const entity = catalog.entity(name, store.id, sourceRef(span));
  const table = new Table(catalog, interpreter, store, entity, span, {
    absent: undefinedValue,
    unique: (world) => uniqueViolation(world, store.dialect),
  });
  const action = actions[begin.name as keyof typeof actions];
  const returning = of('returning', 'returningAll');
  const chosen = columns((action === 'select' ? of('select') : returning)?.args ?? []);
  const single = execute !== 'execute';
  const values = (of('values') ?? of('set'))?.args?.[0];
  const result = runStatement(table, {
    action,
    where: conditions(steps),
    ...(values ? { values } : {}),
    ...(chosen ? { columns: chosen } : {}),
    joined: steps.some((step) => /join$/i.test(step.name)),
    single: single && (action === 'select' || !!returning),
    ...(execute === 'executeTakeFirstOrThrow' ? { throws: () => noResult(interpreter) } : {}),
    returning: !!returning,
    ignores: !!of('onConflict'),
    outcome: (number) => {
      const count = number.type === 'primitive' ? primitive(BigInt(Number(number.value))) : number;
      const counted = objectOf({ numInsertedOrUpdatedRows: count, numUpdatedRows: count, numDeletedRows: count });
      return single ? counted : listOf(counted);
    },
  });
  return result;
}

function noResult(interpreter: Interpreter): Value {
  const error = objectOf({});
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  return error;
}

/** `select(['id', 'name as title'])`; undefined: all of them. */
function columns(args: Value[]): Map<string, string | undefined> | undefined {
  const names = args.flatMap((arg) => (arg.type === 'array' ? arg.items : [arg])).map(textOf);
  if (!names.length) return undefined;
  return new Map(
    names.map((text, index) => {
      const [column, alias] = text?.split(/\s+as\s+/i) ?? [];
      return [alias ?? column?.split('.').at(-1) ?? `value${index}`, column];
    }),
  );
}

function conditions(steps: readonly ChainStep[]): Where {
  const where = everything();
  for (const step of steps) {
    if (!/^(where|having)/.test(step.name)) continue;
    const [column, operator, value] = step.args ?? [];
    const name = textOf(column)?.split('.').at(-1);
    if (step.name === 'where' && name !== undefined && textOf(operator) === '=' && value) where.by.set(name, value);
    else where.other.push(step.name);
  }
  return where;
}
