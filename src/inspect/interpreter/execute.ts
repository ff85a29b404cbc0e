import type { Statement } from '../core/language.js';
import { spanText } from '../core/language.js';
import { bind } from './bind.js';
import { evaluate, test } from './evaluate.js';
import { makeClass } from './classes.js';
import { type Interpreter } from './interpreter.js';
import type { ModuleRecord } from './modules.js';
import { Thrown } from './thrown.js';
import { iterate } from './iterate.js';
import { manage } from './managers.js';
import { Scope } from './scope.js';
import { isNil, PromiseValue, undefinedValue, type Value } from './values.js';
import { same } from './operators.js';
import { bindingsOf, hoist, importHere } from './hoist.js';

export type Completion =
  { kind: 'normal' } | { kind: 'return'; value: Value } | { kind: 'break' } | { kind: 'continue' };

const normal: Completion = { kind: 'normal' };

export function execute(
  interpreter: Interpreter,
  body: Statement[],
  scope: Scope,
  record: ModuleRecord | undefined,
): Completion {
  for (const statement of body) {
    interpreter.step();
    const done =
      interpreter.loading && interpreter.catching === 0
        ? forgiving(interpreter, statement, scope, record)
        : executeOne(interpreter, statement, scope, record);
    if (done.kind !== 'normal') return done;
  }
  return normal;
}

/** A service that starts throws nothing while it loads: what seems to be thrown there comes of values that we do not know. */
function forgiving(
  interpreter: Interpreter,
  statement: Statement,
  scope: Scope,
  record: ModuleRecord | undefined,
): Completion {
  try {
    return executeOne(interpreter, statement, scope, record);
  } catch (error) {
    if (error instanceof Thrown) return normal;
    throw error;
  }
}

function block(interpreter: Interpreter, body: Statement[], scope: Scope): Completion {
  if (!bindingsOf(body).any) return execute(interpreter, body, scope, undefined);
  const inner = new Scope(scope, interpreter.loading, scope.file);
  hoist(interpreter, body, inner, undefined);
  return execute(interpreter, body, inner, undefined);
}

function executeOne(
  interpreter: Interpreter,
  statement: Statement,
  scope: Scope,
  record: ModuleRecord | undefined,
): Completion {
  switch (statement.kind) {
    case 'expression':
      drop(evaluate(interpreter, statement.value, scope), interpreter);
      return normal;
    case 'declare': {
      const value = statement.value ? evaluate(interpreter, statement.value, scope) : undefinedValue;
      bind(interpreter, statement.target, value, scope);
      if (statement.exported && record) exportPattern(record, scope, statement.target);
      return normal;
    }
    case 'return':
      return {
        kind: 'return',
        value: statement.value ? evaluate(interpreter, statement.value, scope) : undefinedValue,
      };
    case 'throw': {
      const value = evaluate(interpreter, statement.value, scope);
      const isClass = value.type === 'class' && interpreter.rules;
      return interpreter.throw(isClass ? interpreter.construct(value, [], statement.span) : value, statement.span);
    }
    case 'with':
      return manage(interpreter, statement, scope, () => block(interpreter, statement.body, scope));
    case 'locals':
      for (const name of statement.names) if (!scope.names.has(name)) scope.declare(name, undefinedValue);
      return normal;
    case 'if':
      return branch(interpreter, statement, scope);
    case 'each':
      return each(interpreter, statement, scope);
    case 'loop':
      return loop(interpreter, statement, scope);
    case 'try':
      return attempt(interpreter, statement, scope);
    case 'switch':
      return choose(interpreter, statement, scope);
    case 'block':
      return block(interpreter, statement.body, scope);
    case 'break':
      return { kind: 'break' };
    case 'continue':
      return { kind: 'continue' };
    case 'class': {
      const cls = makeClass(interpreter, statement.cls, scope);
      scope.declare(statement.cls.name || 'default', cls);
      if (statement.exported && record) record.exports.set(statement.exported, () => cls);
      return normal;
    }
    case 'import':
      if (statement.inOrder) importHere(interpreter, statement, scope);
      return normal;
    case 'function':
      return normal;
    case 'export':
    case 'exportAll':
    case 'exportDefault':
      if (record) exportNames(interpreter, statement, scope, record);
      return normal;
  }
}

/** A promise that nobody awaits: its rejection goes nowhere. */
function drop(value: Value, interpreter: Interpreter): void {
  if (value.type === 'promise' && !value.handled && interpreter.path) (value as PromiseValue).handled = true;
}

function exportPattern(
  record: ModuleRecord,
  scope: Scope,
  target: Extract<Statement, { kind: 'declare' }>['target'],
): void {
  const read = (name: string) => () => scope.names.get(name)?.value ?? undefinedValue;
  if (target.kind === 'name') record.exports.set(target.name, read(target.name));
  if (target.kind === 'object') for (const field of target.fields) exportPattern(record, scope, field.target);
  if (target.kind === 'default') exportPattern(record, scope, target.target);
}

function exportNames(
  interpreter: Interpreter,
  statement: Extract<Statement, { kind: 'export' | 'exportAll' | 'exportDefault' }>,
  scope: Scope,
  record: ModuleRecord,
): void {
  if (statement.kind === 'exportDefault') {
    const value = evaluate(interpreter, statement.value, scope);
    record.exports.set('default', () => value);
    return;
  }
  const target = statement.from ? interpreter.host.resolve(statement.from, scope.file) : undefined;
  const from = target && 'file' in target ? interpreter.modules.load(target.file) : undefined;
  if (statement.kind === 'exportAll') {
    if (!from) return;
    if (statement.as) record.exports.set(statement.as, () => interpreter.modules.namespace(from));
    else record.forwards.push(from);
    return;
  }
  for (const { local, exported } of statement.names) {
    if (from) record.exports.set(exported, () => interpreter.modules.importName(from, local));
    else if (target && 'module' in target)
      record.exports.set(exported, () => interpreter.modules.external(target.module, local));
    else
      record.exports.set(exported, () => {
        const binding = scope.find(local)?.binding;
        return binding?.get?.() ?? binding?.value ?? undefinedValue;
      });
  }
}

/** While loading, an undecided condition runs both branches, and what they register is marked with it. */
function branch(interpreter: Interpreter, statement: Extract<Statement, { kind: 'if' }>, scope: Scope): Completion {
  const truth = test(interpreter, statement.test, scope);
  if (truth !== undefined) return block(interpreter, truth ? statement.then : statement.otherwise, scope);
  const condition = spanText(statement.test.span).replace(/\s+/g, ' ');
  const inTests = truthInTests(interpreter, statement.test, scope);
  const taken = (body: Statement[], text: string, happens: boolean): Completion => {
    if (!happens) interpreter.untested++;
    try {
      return conditional(interpreter, text, body, scope);
    } finally {
      if (!happens) interpreter.untested--;
    }
  };
  const first = taken(statement.then, condition, inTests !== false);
  const second = taken(statement.otherwise, `!(${condition})`, inTests !== true);
  if (first.kind === 'return' && !isNil(first.value)) interpreter.perhaps ??= first.value;
  if (second.kind === 'return') return second;
  return first.kind === 'return' && statement.otherwise.length ? first : normal;
}

/** What the condition is where `NODE_ENV` is `test`. */
function truthInTests(
  interpreter: Interpreter,
  condition: Parameters<typeof test>[1],
  scope: Scope,
): boolean | undefined {
  interpreter.asTests = true;
  try {
    return test(interpreter, condition, scope);
  } finally {
    interpreter.asTests = false;
  }
}

function conditional(interpreter: Interpreter, condition: string, body: Statement[], scope: Scope): Completion {
  interpreter.conditions.push(condition);
  try {
    return block(interpreter, body, scope);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return normal;
  } finally {
    interpreter.conditions.pop();
  }
}

function each(interpreter: Interpreter, statement: Extract<Statement, { kind: 'each' }>, scope: Scope): Completion {
  const items = evaluate(interpreter, statement.items, scope);
  for (const item of iterate(interpreter, items, statement.over, statement.span)) {
    const inner = new Scope(scope, interpreter.loading, scope.file);
    bind(interpreter, statement.target, statement.isAwait ? interpreter.settle(item, statement.span) : item, inner);
    const done = isUncounted(items)
      ? uncounted(interpreter, () => execute(interpreter, statement.body, inner, undefined))
      : execute(interpreter, statement.body, inner, undefined);
    if (done.kind === 'break') break;
    if (done.kind === 'return') return done;
  }
  return normal;
}

const maxTurns = 200;

function loop(interpreter: Interpreter, statement: Extract<Statement, { kind: 'loop' }>, scope: Scope): Completion {
  const inner = new Scope(scope, interpreter.loading, scope.file);
  execute(interpreter, statement.init, inner, undefined);
  for (let turn = 0; turn < maxTurns; turn++) {
    let turns: Value | undefined;
    if (statement.test) {
      turns = evaluate(interpreter, statement.test, inner);
      const goesOn = concrete(turns);
      if (goesOn === false) break;
      if (goesOn === undefined && turn > 0) break;
    } else if (turn > 2) break;
    const done = isUncounted(turns)
      ? uncounted(interpreter, () => block(interpreter, statement.body, inner))
      : block(interpreter, statement.body, inner);
    if (done.kind === 'break') break;
    if (done.kind === 'return') return done;
    if (statement.update) evaluate(interpreter, statement.update, inner);
  }
  return normal;
}

/** Loops over unknown conditions turn once, without a fork. */
const concrete = (value: Value): boolean | undefined =>
  value.type === 'symbolic' ? undefined : value.type !== 'primitive' || !!value.value;

/** How often the body runs is neither the request's to say nor the number of rows that were looked up. */
function isUncounted(over: Value | undefined): boolean {
  if (over?.type !== 'symbolic') return false;
  const { origin } = over;
  if (origin.kind === 'op') return origin.args.some(isUncounted);
  if (origin.kind === 'member') return isUncounted(origin.of);
  return !['input', 'rows', 'count'].includes(origin.kind);
}

/** What is added to a list here may be there any number of times. */
function uncounted(interpreter: Interpreter, body: () => Completion): Completion {
  interpreter.uncounted++;
  try {
    return body();
  } finally {
    interpreter.uncounted--;
  }
}

function attempt(interpreter: Interpreter, statement: Extract<Statement, { kind: 'try' }>, scope: Scope): Completion {
  let done: Completion;
  if (statement.handler) interpreter.catching++;
  try {
    done = block(interpreter, statement.body, scope);
    if (statement.handler) interpreter.catching--;
  } catch (error) {
    if (statement.handler) interpreter.catching--;
    if (!(error instanceof Thrown) || !statement.handler) {
      if (error instanceof Thrown) block(interpreter, statement.finalizer, scope);
      throw error;
    }
    const inner = new Scope(scope, interpreter.loading, scope.file);
    if (statement.param) bind(interpreter, statement.param, error.value, inner);
    done = rethrowing(error, () => block(interpreter, statement.handler ?? [], inner));
  }
  const last = block(interpreter, statement.finalizer, scope);
  return last.kind === 'return' ? last : done;
}

/** Throwing the caught error again, or another one in its stead, keeps the decision that led to the first. */
function rethrowing(caught: Thrown, body: () => Completion): Completion {
  try {
    return body();
  } catch (error) {
    if (error instanceof Thrown && error.value === caught.value) throw caught;
    throw error;
  }
}

function choose(interpreter: Interpreter, statement: Extract<Statement, { kind: 'switch' }>, scope: Scope): Completion {
  const value = evaluate(interpreter, statement.of, scope);
  const inner = new Scope(scope, interpreter.loading, scope.file);
  let start = -1;
  const undecided: number[] = [];
  statement.cases.forEach((option, index) => {
    if (start >= 0 || !option.test) return;
    const isTrue = value.type === 'primitive' && value.value === true;
    const equal = isTrue
      ? test(interpreter, option.test, inner)
      : same(interpreter, value, evaluate(interpreter, option.test, inner), option.test.span);
    if (equal) start = index;
    else if (equal === undefined) undecided.push(index);
  });
  if (start < 0 && interpreter.loading && undecided.length) return runAll(interpreter, statement, undecided, inner);
  if (start < 0) start = statement.cases.findIndex((option) => !option.test);
  if (start < 0) return normal;
  for (const option of statement.cases.slice(start)) {
    const done = execute(interpreter, option.body, inner, undefined);
    if (done.kind === 'break') return normal;
    if (done.kind !== 'normal') return done;
  }
  return normal;
}

function runAll(
  interpreter: Interpreter,
  statement: Extract<Statement, { kind: 'switch' }>,
  indexes: number[],
  scope: Scope,
): Completion {
  for (const index of indexes)
    conditional(
      interpreter,
      `${spanText(statement.of.span)} case ${index + 1}`,
      statement.cases[index]?.body ?? [],
      scope,
    );
  return normal;
}
