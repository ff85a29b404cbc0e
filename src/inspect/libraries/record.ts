import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { RecordedEffect, RecordedLookup } from '../interpreter/path.js';
import { StartPath } from '../interpreter/start-path.js';
import { ObjectValue, primitive, type Symbolic, symbolic, type Value } from '../interpreter/values.js';

const at = (span: Span): string => {
  const { file, line, column } = sourceRef(span);
  return `${file}:${line}:${column}`;
};

/** Notes an effect on the current path. Its id is its place, so the same effect on other paths is the same. */
export function recordEffect(
  interpreter: Interpreter,
  effect: Omit<RecordedEffect, 'id' | 'source'>,
  span: Span,
): RecordedEffect {
  const base = `${effect.verb}:${effect.target}@${at(span)}`;
  const { path } = interpreter;
  const repeats = path?.effects.filter((other) => other.id === base || other.id.startsWith(`${base}#`)).length ?? 0;
  const recorded: RecordedEffect = {
    ...effect,
    id: repeats ? `${base}#${repeats + 1}` : base,
    source: sourceRef(span),
    ...(interpreter.isDetached ? { detached: true } : {}),
    ...(path?.transaction ? { transaction: path.transaction } : {}),
  };
  path?.effects.push(recorded);
  return recorded;
}

/** Notes a read of stored rows. The same read with the same conditions is the same lookup. */
export function recordLookup(
  interpreter: Interpreter,
  lookup: Omit<RecordedLookup, 'id' | 'source'>,
  span: Span,
): RecordedLookup {
  const { path } = interpreter;
  const place = `${lookup.entity}@${at(span)}`;
  // What starts once tells each turn of a loop from the others.
  const id = path instanceof StartPath ? `${place}#${path.lookups.length + 1}` : place;
  const known = path?.lookups.find((other) => other.id === id) ?? sameRow(interpreter, lookup);
  if (known) return known;
  const recorded: RecordedLookup = { ...lookup, id, source: sourceRef(span) };
  path?.lookups.push(recorded);
  return recorded;
}

/** Selected by the key of a row that this request has read: that row again. */
function sameRow(interpreter: Interpreter, lookup: Omit<RecordedLookup, 'id' | 'source'>): RecordedLookup | undefined {
  const [[column, value] = [], ...others] = lookup.by;
  if (column === undefined || others.length || lookup.other.length || lookup.many) return undefined;
  if (value?.type !== 'symbolic' || value.origin.kind !== 'row' || value.origin.at.join('.') !== column)
    return undefined;
  const { lookup: read } = value.origin;
  return interpreter.path?.lookups.find((other) => other.id === read && other.entity === lookup.entity && !other.many);
}

/** What an object says of each column; `*` stands for the fields of something that is spread into it or given whole. */
export function fieldsOf(value: Value | undefined): Map<string, Value> {
  if (value?.type === 'symbolic') return new Map([['*', value]]);
  if (value?.type !== 'object') return new Map();
  return new Map([...(value.open ? [['*', value.open] as const] : []), ...value.fields]);
}

export const rowOf = (lookup: RecordedLookup): Symbolic => symbolic({ kind: 'row', lookup: lookup.id, at: [] });
export const rowsOf = (lookup: RecordedLookup): Symbolic => symbolic({ kind: 'rows', lookup: lookup.id });

/** The row that an insert or update wrote; fields that the code gave are known. */
export function writtenOf(effect: RecordedEffect): Symbolic {
  const known = new ObjectValue(false);
  for (const [name, value] of effect.values ?? []) known.fields.set(name, value);
  return symbolic({ kind: 'written', effect: effect.id, at: [], known });
}

/** A call over the boundary that fails, where someone would catch it. */
export function mayFail(
  interpreter: Interpreter,
  effect: RecordedEffect,
  span: Span,
  options: { unique?: boolean; error?: () => Value } = {},
): void {
  if (!interpreter.path || interpreter.catching <= 0) return;
  const fails = interpreter.decide(
    { kind: 'throws', effect: effect.id, text: effect.target, ...(options.unique ? { unique: true } : {}) },
    span,
    false,
  );
  if (!fails) return;
  const { effects } = interpreter.path;
  const index = effects.findIndex((other) => other.id === effect.id);
  if (effect.kind.startsWith('db') && index >= 0) effects.splice(index, 1);
  interpreter.throw(options.error?.() ?? symbolic({ kind: 'failure', of: effect.target, at: [] }), span);
}

/** A database's refusal of a duplicate, as its drivers report it. */
export function uniqueViolation(interpreter: Interpreter, dialect: string | undefined): Value {
  const error = new ObjectValue(false);
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  const code = dialect === 'sqlite' ? 'SQLITE_CONSTRAINT_UNIQUE' : dialect === 'mysql' ? 'ER_DUP_ENTRY' : '23505';
  const cause = new ObjectValue(false);
  for (const target of [error, cause]) {
    target.fields.set('code', primitive(code));
    target.fields.set(
      'message',
      primitive(dialect === 'sqlite' ? 'UNIQUE constraint failed' : 'duplicate key value violates unique constraint'),
    );
  }
  error.fields.set('cause', cause);
  return error;
}

/** Runs `body` as a database transaction: when it throws, what it wrote is gone. */
export function transaction(interpreter: Interpreter, id: string, body: () => Value): Value {
  const { path } = interpreter;
  if (!path) return body();
  const before = path.effects.length;
  const outer = path.transaction;
  path.transaction = id;
  try {
    return body();
  } catch (error) {
    const kept = path.effects.slice(before).filter((effect) => !effect.kind.startsWith('db'));
    path.effects.splice(before, path.effects.length, ...kept);
    throw error;
  } finally {
    path.transaction = outer;
  }
}

/** A transaction that the code begins and ends by itself: what follows belongs to it. */
export function beginTransaction({ path }: Interpreter, id: string): void {
  if (!path) return;
  path.transaction = id;
  path.notes.set('transaction', path.effects.length);
}

/** Taken back, what it wrote is gone. */
export function endTransaction({ path }: Interpreter, isKept: boolean): void {
  const since = path?.notes.get('transaction');
  if (!path || typeof since !== 'number') return;
  if (!isKept) {
    const others = path.effects.slice(since).filter((effect) => !effect.kind.startsWith('db'));
    path.effects.splice(since, path.effects.length, ...others);
  }
  path.notes.delete('transaction');
  path.transaction = undefined;
}
