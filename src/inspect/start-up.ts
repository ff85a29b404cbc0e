import type { Json } from '../model/index.js';
import type { Catalog } from './catalog.js';
import type { Statement } from './core/language.js';
import { attempt, callbacksIn } from './interpreter/callbacks.js';
import { evaluate } from './interpreter/evaluate.js';
import { execute } from './interpreter/execute.js';
import type { Interpreter } from './interpreter/interpreter.js';
import type { ModuleRecord } from './interpreter/modules.js';
import type { Library } from './interpreter/library.js';
import { leadsTo } from './interpreter/leads-to.js';
import type { RecordedEffect } from './interpreter/path.js';
import { SharedState } from './interpreter/shared-state.js';
import { StartPath } from './interpreter/start-path.js';
import { type FunctionValue, nullValue, symbolic, undefinedValue, type Value } from './interpreter/values.js';
import { literal } from './libraries/validation.js';

const writes =
  /\.(create|createMany|bulkCreate|insert\w*|save|upsert|findOrCreate|batchInsert|query|run|exec|execute|raw)\s*[(`]|\bINSERT\s+INTO\b/i;

/** What stores rows at start is short; a statement that takes longer does something else. */
const maxSteps = 50_000;

/**
 * What the service stores when it starts (roles, an administrator) is there before the first request. The statements of its
 * modules that lead to a write are run once more, now with stores to write to; what they did to anything else is put back.
 */
export function readStartUp(interpreter: Interpreter, catalog: Catalog): void {
  const path = new StartPath();
  const { shared, gaps } = interpreter;
  const before = [gaps.length, catalog.connects.length, catalog.listens.length] as const;
  interpreter.shared = new SharedState();
  interpreter.replay(path, () => {
    for (const record of [...interpreter.modules.values()].reverse())
      for (const statement of record.node.body)
        if (leadsTo(statement.span, record.scope, (text) => writes.test(text)))
          attempt(interpreter, () => again(interpreter, statement, record), maxSteps);
  });
  interpreter.shared = shared;
  [gaps.length, catalog.connects.length, catalog.listens.length] = before;
  keep(interpreter, catalog, path);
}

/** What a connection is given to call once it is there: `connect(url, (error, db) => …)`, `connection.once('open', …)`. */
export const calledAtStart: Library = {
  name: 'called at start',
  call: ({ origin }, { args, interpreter, span }) => {
    const name = origin.kind === 'member' ? origin.key : origin.kind === 'external' ? origin.path.at(-1) : undefined;
    if (!(interpreter.path instanceof StartPath) || !isOpening(name, args[0])) return undefined;
    for (const fn of callbacksIn(args)) interpreter.call(fn, undefinedValue, argumentsOf(fn), span);
    return undefined;
  },
};

const isOpening = (name: string | undefined, event: Value | undefined): boolean =>
  name === 'on' || name === 'once'
    ? event?.type === 'primitive' && /^(open|connect|connected|ready|listening)$/.test(String(event.value))
    : /^(connect|open|sync|authenticate|initialize|serialize|init|listen)$/.test(name ?? '');

const argumentsOf = (fn: FunctionValue): Value[] =>
  fn.node.params.map(({ target }, index) => {
    const name = target.kind === 'name' ? target.name : '';
    return /^e(rr(or)?)?$/.test(name) ? nullValue : symbolic({ kind: 'parameter', index, name, of: fn }, true);
  });

/** Runs what a statement does; what it binds stays as it is. */
function again(interpreter: Interpreter, statement: Statement, record: ModuleRecord): void {
  switch (statement.kind) {
    case 'expression':
      if (statement.value.kind !== 'assign') evaluate(interpreter, statement.value, record.scope);
      return;
    case 'declare':
      if (statement.value && doesSomething(statement.value.kind)) evaluate(interpreter, statement.value, record.scope);
      return;
    case 'if':
    case 'each':
    case 'try':
    case 'block':
      execute(interpreter, [statement], record.scope, record);
  }
}

const doesSomething = (kind: string): boolean => kind === 'call' || kind === 'await';

/** The rows that are there when all of it has run, as far as their columns are plain values. */
function keep(interpreter: Interpreter, catalog: Catalog, path: StartPath): void {
  const rows = new Map<string, Record<string, Json>[]>();
  const unsure = new Map<string, RecordedEffect>();
  for (const [index, effect] of path.effects.entries()) {
    const entity = catalog.entities.get(effect.target);
    if (!effect.kind.startsWith('db') || !entity || !catalog.storeById(entity.store)?.connection) continue;
    if (path.sureUntil !== undefined && index >= path.sureUntil) unsure.set(effect.target, effect);
    else applied(rows, effect);
  }
  for (const [name, effect] of unsure) {
    rows.delete(name);
    interpreter.gaps.push({
      kind: 'condition-not-read',
      reason: `What is in ${name} after the start hangs on a condition that was not read: tests begin without it.`,
      source: effect.source,
    });
  }
  for (const [name, seed] of rows) {
    const entity = catalog.entities.get(name);
    if (entity && seed.length) entity.seed = seed;
  }
}

function applied(rows: Map<string, Record<string, Json>[]>, { target, verb, values, by }: RecordedEffect): void {
  const known = rows.get(target) ?? [];
  if (verb === 'insert') rows.set(target, [...known, plainRow(values)]);
  else if (verb === 'delete') rows.set(target, by?.size ? known : []);
  else for (const row of known) for (const name of values?.keys() ?? []) delete row[name];
}

function plainRow(values: RecordedEffect['values']): Record<string, Json> {
  const row: Record<string, Json> = {};
  for (const [name, value] of values ?? []) {
    const plain = literal(value);
    if (plain !== undefined && name !== '*') row[name] = plain;
  }
  return row;
}
