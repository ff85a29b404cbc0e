import type { Expr, Statement } from 'pgsql-ast-parser';
import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  ArrayValue,
  isNil,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { uniqueViolation } from './record.js';
import { anyColumn } from './sql-holes.js';
import { constant } from './sql-text.js';
import { type QueryStatement, runStatement } from './statement.js';
import { columnOf, everything, listOf, objectOf, Table, type Where } from './table.js';

/** In what shape a client hands out rows. */
export interface SqlShape {
  /** `{ rows, rowCount }` rather than the rows. */
  wraps: boolean;
  /** The method called: `get` gives one row. */
  method: string;
}

type Part = Pick<
  QueryStatement,
  'action' | 'where' | 'values' | 'columns' | 'joined' | 'returning' | 'ignores' | 'counts'
> & {
  table: string;
  one: boolean;
};

/** Runs one statement: lookups, effects, and what the client's method gives. */
export function queryOf(
  catalog: Catalog,
  store: StoreEntry,
  shape: SqlShape,
  statement: Statement,
  params: Value[],
  interpreter: Interpreter,
  span: Span,
): Value | undefined {
  const value = (expression: Expr): Value => valueOf(expression, params, span);
  const part = partOf(statement, value);
  if (!part) return statement.type === 'select' ? answered(shape, listOf(new ObjectValue(false))) : undefinedValue;
  const entity = catalog.entity(part.table, store.id, sourceRef(span));
  if (part.action === 'insert' && statement.type === 'insert')
    part.values = listOf(...insertedRows(statement, Object.keys(entity.columns), value));
  const table = new Table(catalog, interpreter, store, entity, span, {
    absent: undefinedValue,
    unique: (world) => uniqueViolation(world, store.dialect),
  });
  const isSelect = part.action === 'select';
  const single = part.one && (isSelect || part.action === 'count');
  const result = runStatement(table, {
    ...part,
    single,
    outcome: (count, row) => changed(count, row, entity.key ?? 'id'),
  });
  if (!isSelect && part.action !== 'count' && !part.returning) return result;
  return answered(shape, single ? (isNil(result) ? new ArrayValue([], false) : listOf(result)) : result);
}

/** What a write gives that returns no rows: the id of the new row, and how many changed, under each client's name for it. */
function changed(count: Value, row: Symbolic | undefined, key: string): Value {
  const id = row?.origin.kind === 'written' ? columnOf(row, key) : unknown('the id of the row');
  const named = (names: string[], value: Value): [string, Value][] => names.map((name) => [name, value]);
  return objectOf(
    Object.fromEntries([
      ...named(['lastInsertRowid', 'insertId', 'lastID'], id),
      ...named(['changes', 'rowCount', 'affectedRows'], count),
    ]),
  );
}

/** The rows in the shape of the method: one row, a list, or `{ rows }`. */
function answered({ wraps, method }: SqlShape, rows: Value): Value {
  const list = rows.type === 'array' ? rows : undefined;
  if (method === 'get') return list ? (list.items[0] ?? undefinedValue) : rows;
  if (!wraps) return rows;
  const count =
    rows.type === 'symbolic' && rows.origin.kind === 'rows'
      ? symbolic({ kind: 'count', lookup: rows.origin.lookup })
      : primitive(list?.items.length ?? 0);
  return objectOf({ rows, rowCount: count });
}

function partOf(statement: Statement, value: (expression: Expr) => Value): Part | undefined {
  const base = { joined: false, ignores: false, one: false };
  switch (statement.type) {
    case 'insert':
      return {
        ...base,
        action: 'insert',
        table: statement.into.name,
        where: everything(),
        ignores: !!statement.onConflict,
        ...returned(statement.returning),
      };
    case 'update': {
      const values = written(statement.sets.map((set) => [set.column.name, value(set.value)]));
      const where = conditions(statement.where, value);
      return {
        ...base,
        action: 'update',
        table: statement.table.name,
        where,
        values,
        ...returned(statement.returning),
      };
    }
    case 'delete': {
      const where = conditions(statement.where, value);
      return { ...base, action: 'delete', table: statement.from.name, where, ...returned(statement.returning) };
    }
    case 'select':
      return selected(statement, value);
    default:
      return undefined;
  }
}

function selected(
  statement: Extract<Statement, { type: 'select' }>,
  value: (expression: Expr) => Value,
): Part | undefined {
  const [from, ...others] = statement.from ?? [];
  if (from?.type !== 'table') return undefined;
  const isCount = statement.columns?.length && statement.columns.every(({ expr }) => isAggregate(expr));
  const names = (statement.columns ?? []).map(
    ({ expr, alias }) => alias?.name ?? (expr.type === 'call' ? expr.function.name : ''),
  );
  const one = statement.limit?.limit?.type === 'integer' && statement.limit.limit.value === 1;
  const columns = projected(statement.columns);
  return {
    action: isCount ? 'count' : 'select',
    table: from.name.name,
    where: conditions(statement.where, value),
    ...(columns ? { columns } : {}),
    joined: others.length > 0,
    returning: true,
    ignores: false,
    counts: names,
    one: one || !!isCount,
  };
}

const isAggregate = (expr: Expr): boolean =>
  expr.type === 'call' && ['count', 'sum', 'max', 'min', 'avg'].includes(expr.function.name);

type Columns = { expr: Expr; alias?: { name: string } }[] | null | undefined;

function returned(columns: Columns): { returning: boolean; columns?: Map<string, string | undefined> } {
  const chosen = projected(columns);
  return { returning: !!columns, ...(chosen ? { columns: chosen } : {}) };
}

/** `id, email AS address`: alias → column, undefined for what is computed; undefined: all of them. */
function projected(columns: Columns): Map<string, string | undefined> | undefined {
  if (!columns?.length || columns.some(({ expr }) => expr.type === 'ref' && expr.name === '*')) return undefined;
  return new Map(
    columns.map(({ expr, alias }) => {
      const column = expr.type === 'ref' ? expr.name : undefined;
      return [alias?.name ?? column ?? 'value', column];
    }),
  );
}

function insertedRows(
  statement: Extract<Statement, { type: 'insert' }>,
  all: string[],
  value: (expression: Expr) => Value,
): Value[] {
  const columns = statement.columns?.map((column) => column.name) ?? all;
  const rows = statement.insert.type === 'values' ? statement.insert.values : [[]];
  return rows.map((row) => {
    return written(
      columns.flatMap((column, index) => {
        const expression = row[index];
        return expression && expression.type !== 'default' ? [[column, value(expression)] as const] : [];
      }),
    );
  });
}

/** Columns with what is put into them; where the text does not say which, others are written too. */
function written(columns: (readonly [string, Value])[]): ObjectValue {
  const values = objectOf(Object.fromEntries(columns.filter(([name]) => name !== anyColumn)));
  if (columns.some(([name]) => name === anyColumn)) values.open = unknown('more columns');
  return values;
}

/** Equalities, joined by AND; the rest by its kind. */
function conditions(where: Expr | null | undefined, value: (expression: Expr) => Value): Where {
  const found = everything();
  const visit = (expression: Expr): void => {
    if (expression.type === 'binary' && expression.op === 'AND') {
      visit(expression.left);
      visit(expression.right);
    } else if (expression.type === 'binary' && expression.op === '=' && expression.left.type === 'ref')
      found.by.set(expression.left.name, value(expression.right));
    else found.other.push(expression.type);
  };
  if (where) visit(where);
  return found;
}

function valueOf(expression: Expr, params: Value[], span: Span): Value {
  if (expression.type === 'parameter')
    return params[Number(expression.name.slice(1)) - 1] ?? unknown('a parameter', [], span);
  const known = constant(expression);
  return known === undefined ? unknown(`SQL ${expression.type}`, [], span) : primitive(known);
}
