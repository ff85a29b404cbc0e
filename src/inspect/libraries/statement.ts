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
import { fieldsOf } from './record.js';
import { columnOf, listOf, type Table, type Where } from './table.js';

/** One statement of a query builder, whatever the builder is called. */
export interface QueryStatement {
  action: 'select' | 'count' | 'insert' | 'update' | 'delete';
  where: Where;
  values?: Value;
  /** Alias → column, undefined for what is computed; absent: all. */
  columns?: Map<string, string | undefined>;
  /** Columns of other tables come too. */
  joined: boolean;
  /** The code gets one row, not a list. `throws`: no row is an error. */
  single: boolean;
  throws?: () => Value;
  /** A write gives its rows. */
  returning: boolean;
  /** Duplicates are ignored or merged. */
  ignores: boolean;
  /** What a write gives that returns no rows. */
  outcome(count: Value, row: Symbolic): Value;
  /** Names under which a count is shown. */
  counts?: string[];
}

/** Runs it: lookups, effects, and what the code gets. */
export function runStatement(table: Table, statement: QueryStatement): Value {
  switch (statement.action) {
    case 'insert':
      return insert(table, statement);
    case 'update':
    case 'delete':
      return change(table, statement);
    case 'count':
      return counted(table, statement);
    default:
      return select(table, statement);
  }
}

function shown(row: Symbolic, { columns, joined }: QueryStatement): Value {
  if (!columns && !joined) return row;
  const result = new ObjectValue(false);
  if (!columns) result.open = unknown('a joined row', [row]);
  for (const [alias, column] of columns ?? [])
    result.fields.set(
      alias,
      column === undefined || (joined && column.includes('.')) ? unknown(alias, [row]) : columnOf(row, column),
    );
  return result;
}

function select(table: Table, statement: QueryStatement): Value {
  const { where, single } = statement;
  const show = (row: Symbolic): Value => shown(row, statement);
  if (!single && !table.isSingle(where.by)) return table.list(where, show);
  const found = table.one(where, show);
  if (!single) return isNil(found) ? new ArrayValue([], false) : listOf(found);
  if (isNil(found) && statement.throws) table.interpreter.throw(statement.throws(), table.span);
  return found;
}

function counted(table: Table, { where, counts = [], single }: QueryStatement): Value {
  const count = table.count(where);
  const row = new ObjectValue(false);
  for (const name of counts.length ? counts : ['count']) row.fields.set(name, count);
  return single ? row : listOf(row);
}

function insert(table: Table, statement: QueryStatement): Value {
  const given = statement.values ?? undefinedValue;
  const items = given.type === 'array' ? [...given.items, ...(given.more ? [given.more] : [])] : [given];
  const rows = items.map((item) => table.insert(fieldsOf(item), { ignores: statement.ignores }).row);
  if (!statement.returning) return statement.outcome(primitive(rows.length), rows[0] ?? (undefinedValue as never));
  const list = rows.map((row) => shown(row, statement));
  return statement.single ? (list[0] ?? undefinedValue) : listOf(...list);
}

function change(table: Table, statement: QueryStatement): Value {
  const { where, action, returning, single } = statement;
  const isOne = table.isSingle(where.by);
  const values = action === 'update' ? fieldsOf(statement.values) : undefined;
  const done = table.change(action as 'update' | 'delete', where, values, returning || isOne);
  if (!returning) {
    const count = !done.found
      ? primitive(0)
      : isOne
        ? primitive(1)
        : symbolic({ kind: 'count', lookup: done.lookup.id });
    return statement.outcome(count, done.after);
  }
  if (!done.found && statement.throws) table.interpreter.throw(statement.throws(), table.span);
  const row = done.found ? shown(done.after, statement) : undefined;
  return single ? (row ?? undefinedValue) : row ? listOf(row) : new ArrayValue([], false);
}
