import type { Column, JsonSchema } from '../../model/index.js';
import type { Catalog, EntityEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isCallable, type Symbolic, textOf, undefinedValue, type Value } from '../interpreter/values.js';
import { chainOf, type ChainStep } from './chain.js';
import { literal } from './validation.js';

const tables = new Set(['pgTable', 'sqliteTable', 'mysqlTable']);

/** The entity that a `pgTable('orders', { … })` value declares. */
export function tableEntity(
  catalog: Catalog,
  interpreter: Interpreter,
  store: string,
  value: Value,
): EntityEntry | undefined {
  if (value.type !== 'symbolic' || value.origin.kind !== 'call') return undefined;
  const maker = chainOf(value).steps.at(-1)?.name ?? '';
  const name = textOf(value.origin.args[0]);
  if (!tables.has(maker) || name === undefined) return undefined;
  const known = catalog.entities.get(name);
  if (known?.value) return known;
  const entity = catalog.entity(name, store, sourceRef(value.origin.span));
  entity.value = value;
  // The same table may have been seen in SQL before: rows are read through drizzle, under its property names.
  Object.assign(entity, { store, columns: {}, unique: [] });
  delete entity.key;
  const columns = value.origin.args[1];
  if (columns?.type === 'object')
    for (const [key, column] of columns.fields) addColumn(catalog, interpreter, entity, key, column);
  extras(interpreter, entity, value, value.origin.args[2], value.origin.span);
  return entity;
}

const types: Record<string, JsonSchema> = {
  serial: { type: 'integer' },
  bigserial: { type: 'integer' },
  smallserial: { type: 'integer' },
  integer: { type: 'integer' },
  int: { type: 'integer' },
  smallint: { type: 'integer' },
  bigint: { type: 'integer' },
  text: { type: 'string' },
  varchar: { type: 'string' },
  char: { type: 'string' },
  uuid: { type: 'string', format: 'uuid' },
  boolean: { type: 'boolean' },
  timestamp: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string' },
  numeric: { type: 'string' },
  decimal: { type: 'string' },
  real: { type: 'number' },
  doublePrecision: { type: 'number' },
  json: {},
  jsonb: {},
  pgEnum: { type: 'string' },
};

function addColumn(catalog: Catalog, interpreter: Interpreter, entity: EntityEntry, key: string, value: Value): void {
  if (value.type !== 'symbolic') return;
  const { steps } = chainOf(value);
  const base = steps.find((step) => step.args && types[step.name]) ?? steps.find((step) => step.args);
  const column: Column = catalog.column(entity, key);
  column.schema = columnSchema(base, value);
  const dbName = textOf(base?.args?.[0]);
  if (dbName && dbName !== key) column.dbName = dbName;
  for (const step of steps) applyStep(catalog, interpreter, entity, key, column, step);
  if (/serial/i.test(base?.name ?? '')) column.generated = true;
}

function columnSchema(base: ChainStep | undefined, value: Symbolic): JsonSchema {
  const schema = { ...(types[base?.name ?? ''] ?? {}) };
  const options = base?.args?.find((arg) => arg.type === 'object');
  const mode = options?.type === 'object' ? textOf(options.fields.get('mode')) : undefined;
  if (base?.name === 'integer' && mode === 'boolean') return { type: 'boolean' };
  if (base?.name === 'integer' && mode?.startsWith('timestamp')) return { type: 'string', format: 'date-time' };
  if (base?.name === 'text' && mode === 'json') return {};
  if ((base?.name === 'timestamp' || base?.name === 'date') && mode === 'string') return { type: 'string' };
  if (base?.name === '()' || !base) void value;
  return schema;
}

function applyStep(
  catalog: Catalog,
  interpreter: Interpreter,
  entity: EntityEntry,
  key: string,
  column: Column,
  step: ChainStep,
): void {
  switch (step.name) {
    case 'primaryKey':
      entity.key = key;
      column.nullable = false;
      if (step.args?.[0]?.type === 'object' || column.schema.type === 'integer')
        column.generated ||= step.args?.[0]?.type === 'object';
      return;
    case 'generatedAlwaysAsIdentity':
    case 'generatedByDefaultAsIdentity':
    case 'defaultNow':
    case 'defaultRandom':
    case '$defaultFn':
    case '$default':
    case '$onUpdate':
      column.generated = true;
      column.nullable = false;
      return;
    case 'notNull':
      column.nullable = false;
      return;
    case 'unique':
      entity.unique.push([key]);
      return;
    case 'default': {
      const value = literal(step.args?.[0]);
      if (value === undefined) column.generated = true;
      else column.default = value;
      return;
    }
    case 'references': {
      const target =
        step.args?.[0] && isCallable(step.args[0])
          ? interpreter.call(step.args[0], undefinedValue, [], {
              source: { file: '', text: '' } as never,
              start: 0,
              end: 0,
            })
          : undefined;
      const other =
        target?.type === 'symbolic' && target.origin.kind === 'member'
          ? tableEntity(catalog, interpreter, entity.store, target.origin.of)
          : undefined;
      if (other && target) column.references = { entity: other.name, column: columnName(target) ?? 'id' };
      return;
    }
    default:
      return;
  }
}

/** `(t) => [unique().on(t.a, t.b)]` and unique indexes. */
function extras(
  interpreter: Interpreter,
  entity: EntityEntry,
  table: Symbolic,
  fn: Value | undefined,
  span: Span,
): void {
  if (!fn || !isCallable(fn)) return;
  const result = interpreter.call(fn, undefinedValue, [table], span);
  const items = result.type === 'array' ? result.items : result.type === 'object' ? [...result.fields.values()] : [];
  for (const item of items) {
    if (item.type !== 'symbolic') continue;
    const { steps } = chainOf(item);
    if (!steps.some((step) => /^unique/i.test(step.name))) continue;
    const columns = (steps.find((step) => step.name === 'on')?.args ?? []).flatMap(
      (column) => columnName(column) ?? [],
    );
    if (columns.length) entity.unique.push(columns);
  }
}

/** `orders.ownerId` → `ownerId`. */
export function columnName(value: Value): string | undefined {
  return value.type === 'symbolic' && value.origin.kind === 'member' ? value.origin.key : undefined;
}
