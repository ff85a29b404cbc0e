import type { JsonSchema } from '../../model/index.js';
import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { RecordedEffect, RecordedLookup } from '../interpreter/path.js';
import {
  ArrayValue,
  keyOf,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { mayFail, recordEffect, recordLookup, rowOf, uniqueViolation, writtenOf } from './record.js';

/** Which rows: equalities, and what else is asked, as written. */
export interface Where {
  by: Map<string, Value>;
  other: string[];
}

export const everything = (): Where => ({ by: new Map(), other: [] });

/** How a client speaks of rows and failures. */
export interface Manner {
  /** What stands for no row. */
  absent?: Value;
  /** What a broken unique constraint is thrown as. */
  unique?: (interpreter: Interpreter) => Value;
}

/** Reads and writes of one entity: what query builders, models and repositories come down to. */
export class Table {
  constructor(
    readonly catalog: Catalog,
    readonly interpreter: Interpreter,
    readonly store: StoreEntry,
    readonly entity: EntityEntry,
    readonly span: Span,
    private readonly manner: Manner = {},
  ) {}

  /** One row or none: asked at once, so that each answer has its path. */
  one(where: Where, show: (row: Symbolic) => Value = (row) => row): Value {
    const fresh = this.justWritten(where);
    if (fresh) return show(fresh);
    const lookup = this.lookup(where, false);
    return this.isAbsent(lookup) ? (this.manner.absent ?? nullValue) : show(rowOf(lookup));
  }

  list(where: Where, show: (row: Symbolic) => Value = (row) => row): Value {
    const lookup = this.lookup(where, true);
    return symbolic({ kind: 'rows', lookup: lookup.id, each: show(rowOf(lookup)) });
  }

  /** How many rows: comparing it with nothing asks whether there is one. */
  count(where: Where): Value {
    return symbolic({ kind: 'count', lookup: this.lookup(where, true).id });
  }

  exists(where: Where): Value {
    return primitive(!this.isAbsent(this.lookup(where, false)));
  }

  insert(values: Map<string, Value>, options: { ignores?: boolean } = {}): { effect: RecordedEffect; row: Symbolic } {
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-write', target: this.entity.name, verb: 'insert', values },
      this.span,
    );
    if (this.entity.unique.length && !options.ignores)
      mayFail(this.interpreter, effect, this.span, {
        unique: true,
        error: () => this.manner.unique?.(this.interpreter) ?? uniqueViolation(this.interpreter, this.store.dialect),
      });
    return { effect, row: writtenOf(effect) };
  }

  /**
   * Changes or removes rows. `sees`: the code is told whether there was one, so both answers have their path. Gives the row as it
   * was, as it is now, and whether there was one.
   */
  change(
    verb: 'update' | 'delete',
    where: Where,
    values: Map<string, Value> | undefined,
    sees: boolean,
  ): { found: boolean; before: Symbolic; after: Symbolic; lookup: RecordedLookup } {
    const many = !this.isSingle(where.by);
    const lookup = this.lookup(where, many && !sees);
    const before = rowOf(lookup);
    if (sees && this.isAbsent(lookup)) return { found: false, before, after: before, lookup };
    const effect = recordEffect(
      this.interpreter,
      {
        kind: verb === 'delete' ? 'db-delete' : 'db-write',
        target: this.entity.name,
        verb,
        ...(values ? { values } : {}),
        ...(where.other.length && !where.by.size ? {} : { by: where.by }),
      },
      this.span,
    );
    return { found: true, before, after: verb === 'delete' ? before : writtenOf(effect), lookup };
  }

  /** A condition on the key or on columns that are unique together. */
  isSingle(by: Map<string, Value>): boolean {
    const { key, unique } = this.entity;
    return (key !== undefined && by.has(key)) || unique.some((columns) => columns.every((column) => by.has(column)));
  }

  /** This path has looked for such a row, and found it. */
  isKnown(where: Where): boolean {
    const { path } = this.interpreter;
    const seen = (one: RecordedLookup): boolean => path?.knows({ kind: 'nil', of: rowOf(one) }) === false;
    return !!path?.lookups.some(
      (one) => one.entity === this.entity.name && !one.many && sameWhere(one, where) && seen(one),
    );
  }

  private lookup(where: Where, many: boolean): RecordedLookup {
    return recordLookup(
      this.interpreter,
      { entity: this.entity.name, by: where.by, other: where.other, many },
      this.span,
    );
  }

  /** The same conditions have the same answer as long as nobody asked in between. */
  private isAbsent(lookup: RecordedLookup): boolean {
    const { path } = this.interpreter;
    const nil = (one: RecordedLookup): boolean | undefined => path?.knows({ kind: 'nil', of: rowOf(one) });
    const same = path?.lookups.find(
      (one) => one !== lookup && one.entity === lookup.entity && sameWhere(one, lookup) && nil(one) !== undefined,
    );
    const changed = path?.effects.some((effect) => effect.target === this.entity.name && effect.verb !== 'update');
    if (same && !changed) return nil(same) ?? false;
    return this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false);
  }

  /** Reading back by the key what this request has written. */
  private justWritten({ by, other }: Where): Symbolic | undefined {
    const [column, value] = [...by][0] ?? [];
    if (by.size !== 1 || other.length || value?.type !== 'symbolic' || value.origin.kind !== 'written')
      return undefined;
    const { effect, at } = value.origin;
    const written = this.interpreter.path?.effects.find((one) => one.id === effect);
    return written?.target === this.entity.name && at.length === 1 && at[0] === column ? writtenOf(written) : undefined;
  }
}

const sameWhere = (left: Where, right: Where): boolean =>
  left.by.size === right.by.size &&
  left.other.join() === right.other.join() &&
  [...left.by].every(([name, value]) => {
    const other = right.by.get(name);
    return other !== undefined && keyOf(other) === keyOf(value);
  });

/** A field of a row that was read or written. */
export function columnOf(row: Symbolic, name: string): Value {
  const { origin } = row;
  if (row.changes?.has(name)) return row.changes.get(name) as Value;
  if (origin.kind === 'written') return origin.known?.fields.get(name) ?? symbolic({ ...origin, at: [name] });
  return origin.kind === 'row' ? symbolic({ ...origin, at: [...origin.at, name] }) : unknown(name, [row]);
}

/** A row with all its columns spelled out, but for those that are left out. */
export function spelledOut(row: Symbolic, columns: string[]): ObjectValue {
  const result = new ObjectValue(false);
  for (const name of columns) result.fields.set(name, columnOf(row, name));
  return result;
}

export const objectOf = (fields: Record<string, Value>): ObjectValue => {
  const result = new ObjectValue(false);
  for (const [name, value] of Object.entries(fields)) result.fields.set(name, value);
  return result;
};

export const listOf = (...items: Value[]): ArrayValue => new ArrayValue(items, false);

export const field = (value: Value | undefined, name: string): Value | undefined =>
  value?.type === 'object' ? value.fields.get(name) : undefined;

/** What a read of a boolean gives where the database has none. */
export const sqliteBoolean: JsonSchema = { type: 'integer', enum: [0, 1] };

/** Types as databases and schema builders name them. */
export function typeSchema(name: string): JsonSchema {
  const type = name.toLowerCase();
  if (/bigint|int8/.test(type)) return { type: 'integer' };
  if (/^(increments|bigincrements)$|int|serial/.test(type)) return { type: 'integer' };
  if (/decimal|numeric|money/.test(type)) return {};
  if (/real|double|float|number/.test(type)) return { type: 'number' };
  if (/bool/.test(type)) return { type: 'boolean' };
  if (/uuid/.test(type)) return { type: 'string', format: 'uuid' };
  if (/objectid/.test(type)) return { type: 'string', format: 'objectid' };
  if (/dateonly|^date$/.test(type)) return { type: 'string', format: 'date' };
  if (/timestamp|datetime/.test(type)) return { type: 'string', format: 'date-time' };
  if (/json|mixed|map|buffer|blob|binary/.test(type)) return {};
  if (/array/.test(type)) return { type: 'array' };
  return { type: 'string' };
}
