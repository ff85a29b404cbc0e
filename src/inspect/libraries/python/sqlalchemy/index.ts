import type { Catalog } from '../../../catalog.js';
import type { Span } from '../../../core/language.js';
import { findMethod } from '../../../interpreter/ancestors.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import type { Library } from '../../../interpreter/library.js';
import {
  ArrayValue,
  generated,
  isNil,
  keyOf,
  type NativeCall,
  nullValue,
  ObjectValue,
  symbolic,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from '../../../interpreter/values.js';
import { fieldsOf, mayFail, recordEffect, recordLookup, rowsOf, writtenOf } from '../../record.js';
import { modelKind } from '../pydantic/models.js';
import { define, type Mapped, mappedOf } from './models.js';
import { discard, isSession, pendingOf, storeOf } from './sessions.js';
import { rowValue, type Statement, statementOf } from './statements.js';
import { externalCall } from '../../chain.js';
import { assign, lookupOf, rowMember, rowMethod } from './fields.js';
import { cached, ofRows, required, single } from './rows.js';

/** SQLAlchemy 1.4 and 2, sync and async, and SQLModel. */
export function sqlalchemy(catalog: Catalog): Library {
  return {
    name: 'sqlalchemy',
    defined: (cls, interpreter) => define(catalog, interpreter, cls),
    construct: (cls, call) => newRow(cls, call),
    call: (callee, call) => called(catalog, callee, call),
    method: (of, name, call) => rowMethod(of, name, call),
    member: (of, key, interpreter) => rowMember(catalog, of, key, interpreter),
    assign: (of, key, value, interpreter, span) => assign(catalog, of, key, value, interpreter, span),
    settle: (value, interpreter, span) =>
      isQuery(value) && interpreter.path ? terminal(catalog, value, 'all', [], interpreter, span) : undefined,
    manage: (manager, interpreter, _span, begin) => {
      if (manager.type !== 'symbolic' || manager.origin.kind !== 'call' || !isSession(manager)) return undefined;
      const { callee } = manager.origin;
      const isBegin = callee.origin.kind === 'member' && callee.origin.key === 'begin';
      if (!isBegin) return undefined;
      const done = begin(
        isSession(callee.origin.kind === 'member' ? callee.origin.of : undefined) && callee.origin.kind === 'member'
          ? callee.origin.of
          : manager,
      );
      commit(interpreter, _span);
      return done;
    },
    ended: (interpreter) => {
      if (pendingOf(interpreter).effects.length) discard(interpreter);
    },
  };
}

/** `User(name=…)` of a mapped class: an object that becomes a row when a session adds it. */
function newRow(cls: Parameters<NonNullable<Library['construct']>>[0], call: NativeCall): Value | undefined {
  const mapped = mappedOf(cls);
  if (!mapped || call.self.type !== 'object') return undefined;
  asRow(call.self, mapped);
  if (findMethod(cls, '__init__')) return undefined;
  if (modelKind(cls) && mapped.flavour === 'sqlmodel') return undefined;
  for (const [name, value] of call.keywords ?? [])
    if (name !== '**') call.self.fields.set(name, value);
    else if (value.type === 'symbolic') call.self.open = value;
  return call.self;
}

/** An object that is or becomes a row: what it was not given is none, and when it has been written what the store made. */
function asRow(object: ObjectValue, mapped: Mapped): void {
  object.trap = {
    name: 'row',
    get: (key) => {
      if (object.fields.has(key) || !mapped.columns.has(key)) return undefined;
      return object.open?.origin.kind === 'written' ? symbolic({ ...object.open.origin, at: [key] }) : nullValue;
    },
  };
}

function called(catalog: Catalog, callee: Symbolic, call: NativeCall): Value | undefined {
  const { interpreter, args, span } = call;
  const external = externalCall(callee);
  // For type checkers only: https://sqlmodel.tiangolo.com/tutorial/where/
  if (external?.module === 'sqlmodel' && external.name === 'col') return args[0];
  if (!interpreter.path || callee.origin.kind !== 'member') return undefined;
  const { of, key } = callee.origin;
  if (of.origin.kind === 'rows') return ofRows(interpreter, of, key, span);
  if (isSession(of)) return new Session(catalog, of, call).run(key);
  if (isQuery(of)) return terminal(catalog, of, key, args, interpreter, span, call.keywords);
  return undefined;
}

/** `session.query(User).filter(…)`: the answer comes with its last call. */
function isQuery(value: Value): value is Symbolic {
  for (let current: Value = value; current.type === 'symbolic' && current.origin.kind === 'call';) {
    const { callee }: { callee: Symbolic } = current.origin;
    if (callee.origin.kind !== 'member') return false;
    if (callee.origin.key === 'query' && isSession(callee.origin.of)) return true;
    current = callee.origin.of;
  }
  return false;
}

const sessionOf = (query: Symbolic): Symbolic => {
  let current = query;
  while (current.origin.kind === 'call' && current.origin.callee.origin.kind === 'member')
    current = current.origin.callee.origin.of;
  return current;
};

function terminal(
  catalog: Catalog,
  query: Symbolic,
  key: string,
  args: Value[],
  interpreter: Interpreter,
  span: Span,
  keywords?: NativeCall['keywords'],
): Value | undefined {
  const statement = statementOf(query);
  if (!statement) return undefined;
  const session = new Session(catalog, sessionOf(query), {
    interpreter,
    self: query,
    args,
    span,
    isNew: false,
    keywords,
  });
  session.attach(statement.mapped);
  switch (key) {
    case 'delete':
      return session.change({ ...statement, verb: 'delete' });
    case 'update':
      return session.change({ ...statement, verb: 'update', values: fieldsOf(args[0]) });
    case 'get': {
      const id = args[0];
      if (id) statement.by.set(statement.mapped.entity.key ?? 'id', id);
      return single(interpreter, session.select(statement), span);
    }
    case 'count':
      return session.select({ ...statement, isCount: true });
    case 'exists':
      return unknown('exists', [query], span);
    case 'all':
    case 'first':
    case 'one':
    case 'one_or_none':
    case 'scalar':
    case 'scalars':
      return ofRows(interpreter, session.select(statement), key, span) ?? undefinedValue;
    default:
      return undefined;
  }
}

class Session {
  private readonly interpreter: Interpreter;
  private readonly span: Span;
  constructor(
    private readonly catalog: Catalog,
    private readonly session: Symbolic,
    private readonly call: NativeCall,
  ) {
    this.interpreter = call.interpreter;
    this.span = call.span;
  }

  /** Notes in which store the table lies. */
  attach(mapped: Mapped): void {
    const store = storeOf(this.catalog, this.session, mapped.flavour, mapped.base, this.span);
    if (!mapped.entity.store) mapped.entity.store = store.id;
  }

  run(key: string): Value | undefined {
    const [first] = this.call.args;
    switch (key) {
      case 'add':
      case 'merge':
        if (first) this.add(first);
        return key === 'merge' ? first : nullValue;
      case 'add_all':
      case 'bulk_save_objects':
        for (const item of first?.type === 'array' ? first.items : []) this.add(item);
        return nullValue;
      case 'delete':
        if (first) this.remove(first);
        return nullValue;
      case 'commit':
        commit(this.interpreter, this.span);
        return nullValue;
      case 'flush':
        refusals(this.interpreter, this.span);
        return nullValue;
      case 'rollback':
        discard(this.interpreter);
        return nullValue;
      case 'refresh':
      case 'close':
      case 'expunge':
      case 'expire':
      case 'expire_all':
      case 'expunge_all':
      case 'aclose':
        return nullValue;
      default:
        return this.read(key);
    }
  }

  private read(key: string): Value | undefined {
    const [first, id] = this.call.args;
    switch (key) {
      case 'get':
      case 'get_one':
        return this.get(first, id, key === 'get_one');
      case 'execute':
      case 'exec':
      case 'scalars':
      case 'scalar':
      case 'stream':
      case 'stream_scalars': {
        const statement = statementOf(first);
        if (!statement) return undefined;
        this.attach(statement.mapped);
        if (statement.verb !== 'select') return this.change(statement);
        const rows = this.select(statement);
        return key === 'scalar' ? (ofRows(this.interpreter, rows, 'scalar', this.span) ?? rows) : rows;
      }
      default:
        return undefined;
    }
  }

  private get(of: Value | undefined, id: Value | undefined, mustBe: boolean): Value | undefined {
    const mapped = mappedOf(of);
    if (!mapped || !id) return undefined;
    this.attach(mapped);
    const by = new Map<string, Value>();
    if (id.type === 'object') for (const [name, value] of id.fields) by.set(name, value);
    else by.set(mapped.entity.key ?? 'id', id);
    const row = this.rowBy(mapped, by);
    if (mustBe) required(this.interpreter, row, this.span);
    return row;
  }

  /** The same conditions find the same row. */
  private rowBy(mapped: Mapped, by: Map<string, Value>): Symbolic {
    const conditions = (one: Map<string, Value>): string =>
      [...one]
        .map(([name, value]) => `${name}=${keyOf(value)}`)
        .sort()
        .join();
    const known = this.interpreter.path?.lookups.find(
      (one) =>
        one.entity === mapped.entity.name && !one.many && !one.other.length && conditions(one.by) === conditions(by),
    );
    return cached(
      this.interpreter,
      known ?? recordLookup(this.interpreter, { entity: mapped.entity.name, by, other: [], many: false }, this.span),
    );
  }

  select(statement: Statement): Symbolic {
    const { mapped, by, other } = statement;
    const lookup = recordLookup(this.interpreter, { entity: mapped.entity.name, by, other, many: true }, this.span);
    if (statement.isCount) return symbolic({ kind: 'count', lookup: lookup.id });
    const row = cached(this.interpreter, lookup);
    const each = rowValue(statement, row);
    return each === row ? rowsOf(lookup) : symbolic({ kind: 'rows', lookup: lookup.id, each });
  }

  change(statement: Statement): Value {
    const { mapped, by, values, verb } = statement;
    if (verb === 'insert') {
      const effect = recordEffect(
        this.interpreter,
        { kind: 'db-write', target: mapped.entity.name, verb, values },
        this.span,
      );
      pendingOf(this.interpreter).effects.push(effect);
      mayFail(this.interpreter, effect, this.span, { unique: true, error: () => integrityError() });
      return new ArrayValue([writtenOf(effect)], false);
    }
    const isDelete = verb === 'delete';
    const effect = recordEffect(
      this.interpreter,
      {
        kind: isDelete ? 'db-delete' : 'db-write',
        target: mapped.entity.name,
        verb: isDelete ? 'delete' : 'update',
        by,
        ...(isDelete ? {} : { values }),
      },
      this.span,
    );
    pendingOf(this.interpreter).effects.push(effect);
    const result = new ObjectValue(false);
    result.fields.set(
      'rowcount',
      symbolic({
        kind: 'count',
        lookup: recordLookup(this.interpreter, { entity: mapped.entity.name, by, other: [], many: true }, this.span).id,
      }),
    );
    return result;
  }

  private add(value: Value): void {
    const mapped = value.type === 'object' ? mappedOf(value.cls) : undefined;
    if (value.type !== 'object' || !mapped) return;
    this.attach(mapped);
    const pending = pendingOf(this.interpreter);
    if (pending.added.has(value)) return;
    for (const [name, column] of mapped.columns) {
      const given = value.fields.get(name);
      if (given && !(isNil(given) && name === mapped.entity.key)) continue;
      if (column.fallback) value.fields.set(name, column.fallback);
      else if (column.factory) value.fields.set(name, made(this.interpreter, column.factory, this.span));
      else value.fields.delete(name);
    }
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-write', target: mapped.entity.name, verb: 'insert', values: value.fields },
      this.span,
    );
    pending.added.set(value, effect);
    pending.effects.push(effect);
    value.open = symbolic({ kind: 'written', effect: effect.id, at: [] });
  }

  private remove(value: Value): void {
    const row = lookupOf(this.interpreter, value);
    if (!row) return;
    const effect = recordEffect(
      this.interpreter,
      { kind: 'db-delete', target: row.entity, verb: 'delete', by: row.by },
      this.span,
    );
    pendingOf(this.interpreter).effects.push(effect);
  }
}

const made = (interpreter: Interpreter, factory: Value, span: Span): Value => {
  const value =
    factory.type === 'symbolic' && factory.origin.kind === 'call'
      ? factory
      : interpreter.call(factory, undefinedValue, [], span);
  return value.type === 'symbolic' && (value.origin.kind === 'call' || value.origin.kind === 'external')
    ? generated('other', {})
    : value;
};

const integrityError = (): Value => symbolic({ kind: 'failure', of: 'commit', name: 'IntegrityError', at: [] });

/** Rows that break a unique constraint are refused when they are written. */
function refusals(interpreter: Interpreter, span: Span): void {
  const pending = pendingOf(interpreter);
  for (const [value, effect] of pending.added) {
    const mapped = mappedOf(value.cls);
    if (effect.verb === 'insert' && mapped?.entity.unique.length && pending.effects.includes(effect))
      mayFail(interpreter, effect, span, { unique: true, error: integrityError });
  }
}

function commit(interpreter: Interpreter, span: Span): void {
  refusals(interpreter, span);
  const pending = pendingOf(interpreter);
  pending.effects.length = 0;
  pending.wasCommitted = true;
}
