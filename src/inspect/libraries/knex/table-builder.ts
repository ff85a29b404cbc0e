import type { Column } from '../../../model/index.js';
import type { Catalog, EntityEntry, StoreEntry } from '../../catalog.js';
import { NativeValue, ObjectValue, textOf, type Value } from '../../interpreter/values.js';
import { sqliteBoolean, typeSchema } from '../table.js';
import { literal } from '../validation.js';

/** The `table` of `createTable('books', (table) => …)`: each column it is asked for is noted. */
export function tableBuilder(catalog: Catalog, entity: EntityEntry, dialect: StoreEntry['dialect']): ObjectValue {
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
