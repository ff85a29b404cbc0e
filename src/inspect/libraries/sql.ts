import { type Expr as SqlExpr, parse, type Statement } from 'pgsql-ast-parser';
import type { JsonSchema, Store } from '../../model/index.js';
import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter, Library } from '../interpreter/interpreter.js';
import {
  ArrayValue,
  type NativeCall,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { chainOf } from './chain.js';
import { mayFail, recordEffect, recordLookup, rowOf, uniqueViolation, writtenOf } from './record.js';

interface Driver {
  client: Store['client'];
  dialect: NonNullable<Store['dialect']>;
  /** Answers of `query` are `{ rows }` rather than the rows. */
  wraps: boolean;
}

const drivers: Record<string, Driver> = {
  'better-sqlite3': { client: 'better-sqlite3', dialect: 'sqlite', wraps: false },
  libsql: { client: 'libsql', dialect: 'sqlite', wraps: false },
  sqlite: { client: 'node-sqlite', dialect: 'sqlite', wraps: false },
  'node-sqlite3-wasm': { client: 'sqlite-wasm', dialect: 'sqlite', wraps: false },
  '@electric-sql/pglite': { client: 'pglite', dialect: 'postgres', wraps: true },
  pg: { client: 'pg', dialect: 'postgres', wraps: true },
};

const executes = new Set(['get', 'all', 'run', 'query', 'execute', 'exec', 'iterate', 'values']);

/** Clients that take SQL as text. */
export function sql(catalog: Catalog): Library {
  return {
    name: 'sql',
    call(callee, call) {
      if (callee.origin.kind !== 'member' || !executes.has(callee.origin.key)) return undefined;
      const target = clientOf(callee.origin.of);
      if (!target) return undefined;
      const { client, prepared, driver } = target;
      const text = textOf(prepared ?? call.args[0]) ?? partlyText(prepared ?? call.args[0]);
      if (text === undefined) return undefined;
      const store = storeOf(catalog, client, driver);
      const params = prepared ? call.args : call.args.slice(1);
      return new Statements(catalog, store, driver, call, callee.origin.key).run(text, params);
    },
  };
}

/** The client of `db.get(…)`, or of `db.prepare(text).get(…)`. */
function clientOf(of: Symbolic): { client: Symbolic; prepared: Value | undefined; driver: Driver } | undefined {
  const isPrepared =
    of.origin.kind === 'call' && of.origin.callee.origin.kind === 'member' && of.origin.callee.origin.key === 'prepare';
  const client =
    isPrepared && of.origin.kind === 'call' && of.origin.callee.origin.kind === 'member'
      ? of.origin.callee.origin.of
      : of;
  if (client.origin.kind !== 'call') return undefined;
  const { module } = chainOf(client);
  const driver = module === undefined ? undefined : drivers[module];
  return driver
    ? {
        client,
        driver,
        prepared: isPrepared && of.origin.kind === 'call' ? (of.origin.args[0] ?? undefinedValue) : undefined,
      }
    : undefined;
}

/** Text with holes: each hole is one more parameter that is not read. */
function partlyText(value: Value | undefined): string | undefined {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'op' || value.origin.op !== 'template') return undefined;
  return value.origin.args.map((part) => (part.type === 'primitive' ? String(part.value) : 'NULL')).join('');
}

function storeOf(catalog: Catalog, client: Symbolic, driver: Driver): StoreEntry {
  const url = symbolsIn(client).find((symbol) => symbol.origin.kind === 'environment');
  return catalog.store(client, () => ({
    client: driver.client,
    dialect: driver.dialect,
    ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
    source:
      client.origin.kind === 'call'
        ? sourceRef(client.origin.span)
        : { file: '', line: 1, column: 1, start: 0, end: 0 },
  }));
}

/** SQLite's and PostgreSQL's text as the parser takes it: numbered parameters, no SQLite-only words. */
function normalized(text: string): { text: string; names: string[] } {
  const names: string[] = [];
  let count = 0;
  const numbered = text.replace(
    /'(?:[^']|'')*'|\?\d*|[:@$]([A-Za-z_]\w*)|\$(\d+)/g,
    (match, name: string | undefined, number: string | undefined) => {
      if (match.startsWith("'")) return match;
      if (number !== undefined) return match;
      if (name !== undefined) {
        if (!names.includes(name)) names.push(name);
        return `$${names.indexOf(name) + 1}`;
      }
      return match.startsWith('?') ? `$${++count}` : match;
    },
  );
  return {
    text: numbered
      .replace(/\bAUTOINCREMENT\b/gi, '')
      .replace(/\bINSERT\s+OR\s+\w+\s+INTO\b/gi, 'INSERT INTO')
      .replace(/DEFAULT\s*\(\s*(datetime|strftime)[^)]*\)\s*\)/gi, 'DEFAULT now()')
      .replace(/\bWITHOUT\s+ROWID\b|\bSTRICT\b/gi, ''),
    names,
  };
}

class Statements {
  private readonly interpreter: Interpreter;
  private readonly span: Span;

  constructor(
    private readonly catalog: Catalog,
    private readonly store: StoreEntry,
    private readonly driver: Driver,
    call: NativeCall,
    private readonly method: string,
  ) {
    this.interpreter = call.interpreter;
    this.span = call.span;
  }

  run(source: string, params: Value[]): Value | undefined {
    const { text, names } = normalized(source);
    let statements: Statement[];
    try {
      statements = parse(text);
    } catch {
      if (this.interpreter.path)
        this.interpreter.gap(`This SQL was not read: ${source.replace(/\s+/g, ' ').trim().slice(0, 80)}`, this.span);
      return this.interpreter.path ? unknown('sql', params, this.span) : undefined;
    }
    for (const statement of statements) if (statement.type === 'create table') this.table(statement);
    if (!this.interpreter.path) return undefined;
    const [statement] = statements;
    return statement ? this.execute(statement, parameterValues(params, names)) : undefined;
  }

  private entity(name: string): EntityEntry {
    return this.catalog.entity(name, this.store.id, sourceRef(this.span));
  }

  private table(statement: Extract<Statement, { type: 'create table' }>): void {
    const entity = this.entity(statement.name.name);
    for (const item of statement.columns) {
      if (item.kind !== 'column') continue;
      const name = item.name.name;
      const type = 'name' in item.dataType ? item.dataType.name.toLowerCase() : 'text';
      const column = this.catalog.column(entity, name);
      column.schema = typeSchema(type);
      if (/serial/.test(type)) column.generated = true;
      for (const constraint of item.constraints ?? []) this.constraint(entity, name, constraint, type);
    }
    for (const constraint of statement.constraints ?? [])
      if (constraint.type === 'unique' || constraint.type === 'primary key')
        entity.unique.push(constraint.columns.map((column) => column.name));
  }

  private constraint(
    entity: EntityEntry,
    name: string,
    constraint: NonNullable<
      Extract<Extract<Statement, { type: 'create table' }>['columns'][number], { kind: 'column' }>['constraints']
    >[number],
    type: string,
  ): void {
    const column = this.catalog.column(entity, name);
    if (constraint.type === 'primary key') {
      entity.key = name;
      column.nullable = false;
      if (this.driver.dialect === 'sqlite' && type === 'integer') column.generated = true;
    } else if (constraint.type === 'not null') column.nullable = false;
    else if (constraint.type === 'unique') entity.unique.push([name]);
    else if (constraint.type === 'default') {
      const value = constant(constraint.default);
      if (value === undefined) column.generated = true;
      else column.default = value;
    } else if (constraint.type === 'reference')
      column.references = { entity: constraint.foreignTable.name, column: constraint.foreignColumns[0]?.name ?? 'id' };
  }

  private execute(statement: Statement, params: Value[]): Value | undefined {
    switch (statement.type) {
      case 'insert':
        return this.insert(statement, params);
      case 'update':
        return this.update(statement, params);
      case 'delete':
        return this.remove(statement, params);
      case 'select':
        return this.select(statement, params);
      default:
        return undefinedValue;
    }
  }

  private insert(statement: Extract<Statement, { type: 'insert' }>, params: Value[]): Value | undefined {
    const entity = this.entity(statement.into.name);
    const columns = statement.columns?.map((column) => column.name) ?? Object.keys(entity.columns);
    const [row] = statement.insert.type === 'values' ? statement.insert.values : [];
    const values = new Map<string, Value>();
    columns.forEach((column, index) => {
      const expression = row?.[index];
      if (expression && expression.type !== 'default') values.set(column, this.value(expression, params));
    });
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-write', target: entity.name, verb: 'insert', values },
      this.span,
    );
    if (entity.unique.length && !statement.onConflict)
      mayFail(this.interpreter, effect, this.span, {
        unique: true,
        error: () => uniqueViolation(this.interpreter, this.driver.dialect),
      });
    if (!statement.returning) return this.changed(effect.id, entity);
    return this.answer([this.projected(statement.returning, writtenOf(effect), entity)]);
  }

  /** What `run` answers: the id of the new row, and how many changed. */
  private changed(effect: string, entity: EntityEntry): Value {
    const result = new ObjectValue(false);
    const id = symbolic({ kind: 'written', effect, at: [entity.key ?? 'id'] });
    for (const name of ['lastInsertRowid', 'insertId', 'lastID']) result.fields.set(name, id);
    for (const name of ['changes', 'rowCount', 'affectedRows']) result.fields.set(name, primitive(1));
    return result;
  }

  private update(statement: Extract<Statement, { type: 'update' }>, params: Value[]): Value | undefined {
    const entity = this.entity(statement.table.name);
    const values = new Map(
      statement.sets.map((set): [string, Value] => [set.column.name, this.value(set.value, params)]),
    );
    const where = this.conditions(statement.where, params);
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many: false },
      this.span,
    );
    const absent =
      this.mayMiss(statement.returning) &&
      this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false);
    if (absent) return this.answer([]);
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-write', target: entity.name, verb: 'update', values, by: where.by },
      this.span,
    );
    return statement.returning
      ? this.answer([this.projected(statement.returning, writtenOf(effect), entity)])
      : this.changed(effect.id, entity);
  }

  private remove(statement: Extract<Statement, { type: 'delete' }>, params: Value[]): Value | undefined {
    const entity = this.entity(statement.from.name);
    const where = this.conditions(statement.where, params);
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many: false },
      this.span,
    );
    if (
      this.mayMiss(statement.returning) &&
      this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false)
    )
      return this.answer([]);
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-delete', target: entity.name, verb: 'delete', by: where.by },
      this.span,
    );
    return statement.returning
      ? this.answer([this.projected(statement.returning, rowOf(lookup), entity)])
      : this.changed(effect.id, entity);
  }

  /** Whether the code can see that no row matched. */
  private mayMiss(returning: unknown): boolean {
    return !!returning;
  }

  private select(statement: Extract<Statement, { type: 'select' }>, params: Value[]): Value | undefined {
    const [from] = statement.from ?? [];
    if (from?.type !== 'table') return this.answer([new ObjectValue(false)]);
    const entity = this.entity(from.name.name);
    const where = this.conditions(statement.where, params);
    const single =
      this.method === 'get' ||
      this.isUnique(entity, where.by) ||
      (statement.limit?.limit?.type === 'integer' && statement.limit.limit.value === 1);
    const aggregate = statement.columns?.every(
      (column) =>
        column.expr.type === 'call' && ['count', 'sum', 'max', 'min', 'avg'].includes(column.expr.function.name),
    );
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many: !single || !!aggregate },
      this.span,
    );
    if (aggregate && statement.columns) return this.answer([aggregated(statement.columns, lookup.id)]);
    if (!single)
      return this.list(
        symbolic({ kind: 'rows', lookup: lookup.id, each: this.projected(statement.columns, rowOf(lookup), entity) }),
      );
    if (this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false)) return this.answer([]);
    return this.answer([this.projected(statement.columns, rowOf(lookup), entity)]);
  }

  private isUnique(entity: EntityEntry, by: Map<string, Value>): boolean {
    return (
      (entity.key !== undefined && by.has(entity.key)) ||
      entity.unique.some((columns) => columns.every((column) => by.has(column)))
    );
  }

  /** `SELECT id, email`: only these columns, under their aliases. */
  private projected(
    columns: { expr: SqlExpr; alias?: { name: string } }[] | null | undefined,
    row: Symbolic,
    entity: EntityEntry,
  ): Value {
    if (!columns?.length || columns.some((column) => column.expr.type === 'ref' && column.expr.name === '*'))
      return row;
    const result = new ObjectValue(false);
    for (const { expr, alias } of columns) {
      const name = alias?.name ?? (expr.type === 'ref' ? expr.name : 'value');
      result.fields.set(name, expr.type === 'ref' ? columnOf(row, expr.name) : unknown(name));
    }
    void entity;
    return result;
  }

  private list(rows: Symbolic): Value {
    if (!this.driver.wraps) return rows;
    const result = new ObjectValue(false);
    result.fields.set('rows', rows);
    result.fields.set(
      'rowCount',
      symbolic({ kind: 'count', lookup: rows.origin.kind === 'rows' ? rows.origin.lookup : '' }),
    );
    return result;
  }

  /** The rows in the shape of the method: one row, a list, or `{ rows }`. */
  private answer(rows: Value[]): Value {
    if (this.method === 'get') return rows[0] ?? undefinedValue;
    const list = new ArrayValue(rows, false);
    if (!this.driver.wraps) return list;
    const result = new ObjectValue(false);
    result.fields.set('rows', list);
    result.fields.set('rowCount', primitive(rows.length));
    return result;
  }

  private conditions(where: SqlExpr | null | undefined, params: Value[]): { by: Map<string, Value>; other: string[] } {
    const by = new Map<string, Value>();
    const other: string[] = [];
    const visit = (expression: SqlExpr): void => {
      if (expression.type === 'binary' && expression.op === 'AND') {
        visit(expression.left);
        visit(expression.right);
      } else if (expression.type === 'binary' && expression.op === '=' && expression.left.type === 'ref')
        by.set(expression.left.name, this.value(expression.right, params));
      else other.push(expression.type);
    };
    if (where) visit(where);
    return { by, other };
  }

  private value(expression: SqlExpr, params: Value[]): Value {
    if (expression.type === 'parameter')
      return params[Number(expression.name.slice(1)) - 1] ?? unknown('a parameter', [], this.span);
    const value = constant(expression);
    return value === undefined ? unknown(`SQL ${expression.type}`, [], this.span) : primitive(value);
  }
}

const columnOf = (row: Symbolic, name: string): Value => {
  const { origin } = row;
  if (origin.kind === 'written') return origin.known?.fields.get(name) ?? symbolic({ ...origin, at: [name] });
  return origin.kind === 'row' ? symbolic({ ...origin, at: [name] }) : unknown(name, [row]);
};

function aggregated(columns: { expr: SqlExpr; alias?: { name: string } }[], lookup: string): Value {
  const result = new ObjectValue(false);
  for (const { expr, alias } of columns)
    result.fields.set(
      alias?.name ?? (expr.type === 'call' ? expr.function.name : 'value'),
      symbolic({ kind: 'count', lookup }),
    );
  return result;
}

function constant(expression: SqlExpr): string | number | boolean | null | undefined {
  switch (expression.type) {
    case 'string':
    case 'integer':
    case 'numeric':
    case 'boolean':
      return expression.value;
    case 'null':
      return null;
    default:
      return undefined;
  }
}

function typeSchema(type: string): JsonSchema {
  if (/int|serial/.test(type)) return { type: 'integer' };
  if (/real|double|float|numeric|decimal/.test(type)) return { type: 'number' };
  if (/bool/.test(type)) return { type: 'boolean' };
  if (type === 'uuid') return { type: 'string', format: 'uuid' };
  if (/timestamp|datetime/.test(type)) return { type: 'string', format: 'date-time' };
  return /json/.test(type) ? {} : { type: 'string' };
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
