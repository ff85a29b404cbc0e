import { parse, type Statement } from 'pgsql-ast-parser';
import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Symbolic } from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { isVariable } from './connection.js';
import { constant, normalized } from './sql-text.js';
import { typeSchema } from './table.js';

type CreateTable = Extract<Statement, { type: 'create table' }>;
type ColumnItem = Extract<CreateTable['columns'][number], { kind: 'column' }>;

/** Notes the columns, keys and constraints of `CREATE TABLE`. */
export function readTable(catalog: Catalog, store: StoreEntry, statement: CreateTable, span: Span): void {
  const entity = catalog.entity(statement.name.name, store.id, sourceRef(span));
  for (const item of statement.columns) {
    if (item.kind !== 'column') continue;
    const name = item.name.name;
    const type = 'name' in item.dataType ? item.dataType.name.toLowerCase() : 'text';
    const column = catalog.column(entity, name);
    column.schema = typeSchema(type);
    if (/serial/.test(type)) column.generated = true;
    for (const one of item.constraints ?? []) constrain(catalog, store, entity.name, item, one, type);
  }
  for (const constraint of statement.constraints ?? [])
    if (constraint.type === 'unique' || constraint.type === 'primary key')
      entity.unique.push(constraint.columns.map((column) => column.name));
}

function constrain(
  catalog: Catalog,
  store: StoreEntry,
  table: string,
  { name: { name } }: ColumnItem,
  constraint: NonNullable<ColumnItem['constraints']>[number],
  type: string,
): void {
  const entity = catalog.entity(table, store.id);
  const column = catalog.column(entity, name);
  if (constraint.type === 'primary key') {
    entity.key = name;
    column.nullable = false;
    if (store.dialect === 'sqlite' && type === 'integer') column.generated = true;
  } else if (constraint.type === 'not null') column.nullable = false;
  else if (constraint.type === 'unique') entity.unique.push([name]);
  else if (constraint.type === 'default') {
    const value = constant(constraint.default);
    if (value === undefined) column.generated = true;
    else column.default = value;
  } else if (constraint.type === 'reference')
    column.references = { entity: constraint.foreignTable.name, column: constraint.foreignColumns[0]?.name ?? 'id' };
}

const schemas = ['', 'db/', 'database/', 'sql/', 'src/', 'src/db/', 'src/database/'].map(
  (folder) => `${folder}schema.sql`,
);
const folders = [
  'migrations',
  'db/migrations',
  'database/migrations',
  'sql/migrations',
  'src/migrations',
  'src/db/migrations',
];

/** The store behind a client of SQL: the variable that says where it is, and what makes its tables. */
export function sqlStore(
  catalog: Catalog,
  client: Symbolic,
  facts: Pick<StoreEntry, 'client' | 'driver' | 'dialect' | 'connection'>,
  interpreter: Interpreter,
  span: Span,
): StoreEntry {
  const url = symbolsIn(client).find(isVariable);
  const store = catalog.store(client, () => ({
    ...facts,
    ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
    source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
  }));
  if (!store.tables && interpreter.path) {
    const files = tableFiles(catalog, store, interpreter, span);
    store.tables = files.length ? { by: 'files', files } : { by: 'start-up' };
  }
  return store;
}

/** The service's own SQL files that make its tables, in order: a schema, else its migrations upwards. */
function tableFiles(catalog: Catalog, store: StoreEntry, interpreter: Interpreter, span: Span): string[] {
  const schema = schemas.find((file) => interpreter.host.text(file) !== undefined);
  const files =
    schema === undefined
      ? folders.map((folder) => migrations(interpreter, folder)).find((list) => list.length)
      : [schema];
  for (const file of files ?? [])
    for (const statement of statementsOf(interpreter.host.text(file) ?? ''))
      if (statement.type === 'create table') readTable(catalog, store, statement, span);
  return files ?? [];
}

const migrations = (interpreter: Interpreter, folder: string): string[] =>
  (interpreter.host.list(folder) ?? [])
    .filter(({ name, isFile }) => isFile && name.endsWith('.sql') && !/[.-]down\.sql$|^down/.test(name))
    .map(({ name }) => `${folder}/${name}`)
    .sort();

function statementsOf(text: string): Statement[] {
  return text.split(/;\s*(?:\n|$)/).flatMap((part) => {
    try {
      return parse(normalized(part).text);
    } catch {
      return [];
    }
  });
}
