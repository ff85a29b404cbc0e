import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import { sourceRef, type Span, spanText } from '../core/language.js';
import type { RecordedLookup } from '../interpreter/path.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import {
  ArrayValue,
  isCallable,
  keyOf,
  NativeValue,
  ObjectValue,
  symbolic,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { chainOf, type ChainStep } from './chain.js';
import {
  fieldsOf,
  mayFail,
  recordEffect,
  recordLookup,
  rowOf,
  rowsOf,
  transaction,
  uniqueViolation,
  writtenOf,
} from './record.js';
import { numberArg } from './validation.js';
import { columnName, tableEntity } from './drizzle-tables.js';

const starts = new Set([
  'insert',
  'update',
  'delete',
  'select',
  'selectDistinct',
  'query',
  '$count',
  'execute',
  'transaction',
]);

/** drizzle-orm, on any of its drivers. */
export function drizzle(catalog: Catalog): Library {
  return {
    name: 'drizzle',
    call(callee, call) {
      if (!call.interpreter.path) return undefined;
      const { origin } = callee;
      if (origin.kind !== 'member' || origin.key !== 'transaction' || !isClient(origin.of)) return undefined;
      const [body] = call.args;
      return body && isCallable(body)
        ? transaction(call.interpreter, sourceRef(call.span).file + call.span.start, () =>
            call.interpreter.settle(call.interpreter.call(body, undefinedValue, [origin.of], call.span), call.span),
          )
        : undefined;
    },
    settle(value, interpreter, span) {
      if (!interpreter.path || value.origin.kind !== 'call') return undefined;
      const query = queryOf(value);
      return query
        ? new Query(catalog, interpreter, query.client, query.steps, callSpan(value, span)).run()
        : undefined;
    },
  };
}

const callSpan = (value: Symbolic, span: Span): Span => (value.origin.kind === 'call' ? value.origin.span : span);

const isClient = (value: Value): value is Symbolic =>
  value.type === 'symbolic' &&
  value.origin.kind === 'call' &&
  chainOf(value).module?.startsWith('drizzle-orm') === true &&
  chainOf(value).steps.at(-1)?.name === 'drizzle';

/** A chain on a drizzle client: the steps after the client. */
function queryOf(value: Symbolic): { client: Symbolic; steps: ChainStep[] } | undefined {
  const steps: ChainStep[] = [];
  for (let current: Value = value; current.type === 'symbolic';) {
    if (isClient(current)) {
      const first = steps[0];
      return first && starts.has(first.name) ? { client: current, steps } : undefined;
    }
    const { origin }: Symbolic = current;
    if (origin.kind === 'call' && origin.callee.origin.kind === 'member') {
      steps.unshift({ name: origin.callee.origin.key, args: origin.args, isNew: false });
      current = origin.callee.origin.of;
    } else if (origin.kind === 'member') {
      steps.unshift({ name: origin.key, args: undefined, isNew: false });
      current = origin.of;
    } else return undefined;
  }
  return undefined;
}

class Query {
  private readonly store: StoreEntry;
  constructor(
    private readonly catalog: Catalog,
    private readonly interpreter: Interpreter,
    client: Symbolic,
    private readonly steps: ChainStep[],
    private readonly span: Span,
  ) {
    const { module = '' } = chainOf(client);
    const dialect = /sqlite|libsql|d1|bun/.test(module)
      ? 'sqlite'
      : /mysql|planetscale/.test(module)
        ? 'mysql'
        : 'postgres';
    const url = symbolsIn(client).find((symbol) => symbol.origin.kind === 'environment');
    this.store = catalog.store(client, () => ({
      client: 'drizzle',
      driver: module,
      dialect,
      ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
      source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(this.span),
    }));
  }

  run(): Value | undefined {
    const [first] = this.steps;
    switch (first?.name) {
      case 'insert':
        return this.insert();
      case 'update':
        return this.change('update');
      case 'delete':
        return this.change('delete');
      case 'select':
      case 'selectDistinct':
        return this.select(first);
      case 'query':
        return this.relational();
      case '$count':
        return this.count(first.args ?? []);
      default:
        return undefined;
    }
  }

  private step(name: string): ChainStep | undefined {
    return this.steps.find((step) => step.name === name);
  }

  private table(value: Value | undefined): EntityEntry | undefined {
    return value ? tableEntity(this.catalog, this.interpreter, this.store.id, value) : undefined;
  }

  private insert(): Value | undefined {
    const entity = this.table(this.steps[0]?.args?.[0]);
    const given = this.step('values')?.args?.[0];
    if (!entity) return undefined;
    const row = given?.type === 'array' ? (given.items[0] ?? given.more) : given;
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-write', target: entity.name, verb: 'insert', values: fieldsOf(row) },
      this.span,
    );
    const ignores = this.step('onConflictDoNothing') ?? this.step('onConflictDoUpdate');
    if (entity.unique.length && !ignores)
      mayFail(this.interpreter, effect, this.span, {
        unique: true,
        error: () => uniqueViolation(this.interpreter, this.store.dialect),
      });
    return this.step('returning')
      ? new ArrayValue([this.projected(this.step('returning'), writtenOf(effect))], false)
      : unknown('insert result');
  }

  private change(verb: 'update' | 'delete'): Value | undefined {
    const entity = this.table(this.steps[0]?.args?.[0]);
    if (!entity) return undefined;
    const where = this.conditions(this.step('where')?.args?.[0]);
    const returning = this.step('returning');
    const lookup = returning
      ? recordLookup(
          this.interpreter,
          { entity: entity.name, by: where.by, other: where.other, many: false },
          this.span,
        )
      : undefined;
    if (
      lookup &&
      !this.alreadyFound(lookup) &&
      this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false)
    )
      return new ArrayValue([], false);
    const values = fieldsOf(this.step('set')?.args?.[0]);
    const effect = recordEffect(
      this.interpreter,
      {
        kind: verb === 'delete' ? 'db-delete' : 'db-write',
        target: entity.name,
        verb,
        ...(verb === 'update' ? { values } : {}),
        by: where.by,
      },
      this.span,
    );
    if (!returning) return unknown(`${verb} result`);
    if (verb === 'delete' && lookup) return new ArrayValue([this.projected(returning, rowOf(lookup))], false);
    return new ArrayValue([this.projected(returning, writtenOf(effect))], false);
  }

  /** An earlier lookup with the same conditions found the row: it is still there. */
  private alreadyFound(lookup: RecordedLookup): boolean {
    const conditions = (one: RecordedLookup): string =>
      [...one.by]
        .map(([name, value]) => `${name}=${keyOf(value)}`)
        .sort()
        .join();
    const { path } = this.interpreter;
    return (
      path?.lookups.some(
        (one) =>
          one !== lookup &&
          one.entity === lookup.entity &&
          conditions(one) === conditions(lookup) &&
          path.knows({ kind: 'nil', of: rowOf(one) }) === false,
      ) ?? false
    );
  }

  private select(first: ChainStep): Value | undefined {
    const entity = this.table(this.step('from')?.args?.[0]);
    if (!entity) return undefined;
    const where = this.conditions(this.step('where')?.args?.[0]);
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many: !this.isSingle(entity, where.by) },
      this.span,
    );
    const columns = first.args?.[0];
    if (columns?.type === 'object' && isAggregate(columns)) return new ArrayValue([counted(columns, lookup.id)], false);
    if (!lookup.many) {
      if (this.step('get')) return this.single(lookup, first);
      return this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false)
        ? new ArrayValue([], false)
        : new ArrayValue([this.projected(first, rowOf(lookup))], false);
    }
    const joined = this.steps.some((step) => /Join$/.test(step.name));
    const item = this.projected(first, joined && columns?.type !== 'object' ? rowOf(lookup) : rowOf(lookup));
    return symbolic({ kind: 'rows', lookup: lookup.id, each: item });
  }

  private single(lookup: ReturnType<typeof recordLookup>, first: ChainStep): Value {
    return this.interpreter.decide({ kind: 'nil', of: rowOf(lookup) }, this.span, false)
      ? undefinedValue
      : this.projected(first, rowOf(lookup));
  }

  /** One row at most: a limit of one, or a condition on a unique column. */
  private isSingle(entity: EntityEntry, by: Map<string, Value>): boolean {
    if (numberArg(this.step('limit')?.args?.[0]) === 1 || this.step('get')) return true;
    return (
      (entity.key !== undefined && by.has(entity.key)) ||
      entity.unique.some((columns) => columns.every((column) => by.has(column)))
    );
  }

  /** `returning({ id: t.id })`, `select({ … })`: only these columns. */
  private projected(step: ChainStep | undefined, row: Symbolic): Value {
    const columns = step?.args?.[0];
    if (columns?.type !== 'object') return row;
    const result = new ObjectValue(false);
    for (const [name, column] of columns.fields) {
      const source = columnName(column);
      result.fields.set(name, source ? memberOf(this.interpreter, row, source) : unknown(name, [column]));
    }
    return result;
  }

  private relational(): Value | undefined {
    const [, name, method] = this.steps;
    const entity = name && this.entityByExportName(name.name);
    if (!entity || !method) return undefined;
    const options = method.args?.[0];
    const where = this.conditions(options?.type === 'object' ? options.fields.get('where') : undefined, entity);
    const many = method.name === 'findMany';
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many },
      this.span,
    );
    return many ? rowsOf(lookup) : rowOf(lookup);
  }

  private entityByExportName(name: string): EntityEntry | undefined {
    for (const record of this.interpreter.modules.values()) {
      const value = record.exports.get(name)?.();
      const entity = this.table(value);
      if (entity) return entity;
    }
    return undefined;
  }

  private count(args: Value[]): Value | undefined {
    const entity = this.table(args[0]);
    if (!entity) return undefined;
    const where = this.conditions(args[1]);
    const lookup = recordLookup(
      this.interpreter,
      { entity: entity.name, by: where.by, other: where.other, many: true },
      this.span,
    );
    return symbolic({ kind: 'count', lookup: lookup.id });
  }

  private conditions(value: Value | undefined, entity?: EntityEntry): { by: Map<string, Value>; other: string[] } {
    const by = new Map<string, Value>();
    const other: string[] = [];
    const where =
      value && isCallable(value) && entity?.value
        ? this.interpreter.call(value, undefinedValue, [entity.value, operators()], this.span)
        : value;
    collect(where, by, other);
    return { by, other };
  }
}

/** `eq` and its kin, handed to a `where` callback. */
function operators(): Value {
  const object = new ObjectValue(false);
  object.trap = {
    name: 'operators',
    get: (key) =>
      new NativeValue(key, ({ args, span }) =>
        symbolic({
          kind: 'call',
          callee: symbolic({ kind: 'external', module: 'drizzle-orm', path: [key] }),
          args,
          isNew: false,
          span,
        }),
      ),
  };
  return object;
}

function collect(value: Value | undefined, by: Map<string, Value>, other: string[]): void {
  if (!value || (value.type === 'primitive' && value.value === undefined)) return;
  if (value.type !== 'symbolic' || value.origin.kind !== 'call') return void other.push('a condition');
  const name = chainOf(value).steps.at(-1)?.name ?? '';
  const [column, wanted] = value.origin.args;
  if (name === 'and') for (const part of value.origin.args) collect(part, by, other);
  else if (name === 'eq' && column && wanted && columnName(column)) by.set(columnName(column) ?? '', wanted);
  else other.push(spanText(value.origin.span).replace(/\s+/g, ' '));
}

function memberOf(interpreter: Interpreter, row: Symbolic, name: string): Value {
  void interpreter;
  if (row.origin.kind === 'written')
    return row.origin.known?.fields.get(name) ?? symbolic({ ...row.origin, at: [name] });
  return row.origin.kind === 'row' ? symbolic({ ...row.origin, at: [name] }) : unknown(name, [row]);
}

const isAggregate = (columns: ObjectValue): boolean =>
  [...columns.fields.values()].every(
    (column) =>
      column.type === 'symbolic' &&
      ['count', 'sum', 'sql', 'avg', 'max', 'min', 'mapWith', 'as'].includes(chainOf(column).steps.at(-1)?.name ?? ''),
  );

function counted(columns: ObjectValue, lookup: string): Value {
  const result = new ObjectValue(false);
  for (const name of columns.fields.keys()) result.fields.set(name, symbolic({ kind: 'count', lookup }));
  return result;
}
