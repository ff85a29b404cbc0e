import type { Statement } from '../core/language.js';
import { type Interpreter } from './interpreter.js';
import type { ModuleRecord } from './modules.js';
import { Scope } from './scope.js';
import { FunctionValue, undefinedValue, unknown } from './values.js';

/** What a body binds: asked of each body whenever it runs, found out once. */
interface Bindings {
  /** Some statement of the body itself binds a name: only then does a block need names of its own. */
  any: boolean;
  /** Statements that take effect before the first. */
  hoisted: Statement[];
}

const known = new WeakMap<Statement[], Bindings>();
const bindingKinds = new Set<Statement['kind']>(['declare', 'function', 'class', 'import', 'locals', 'with']);

export function bindingsOf(body: Statement[]): Bindings {
  let found = known.get(body);
  if (!found) {
    found = {
      any: body.some(({ kind }) => bindingKinds.has(kind)),
      hoisted: body.filter(({ kind }) => kind === 'function' || kind === 'import'),
    };
    known.set(body, found);
  }
  return found;
}

/** Function and class declarations and imports take effect before the first statement. */
export function hoist(
  interpreter: Interpreter,
  body: Statement[],
  scope: Scope,
  record: ModuleRecord | undefined,
): void {
  for (const statement of bindingsOf(body).hoisted) {
    if (statement.kind === 'function') {
      const fn = new FunctionValue(statement.fn, scope, undefined, interpreter.loading);
      fn.label = statement.fn.name;
      scope.declare(statement.fn.name, fn);
      if (statement.exported && record) record.exports.set(statement.exported, () => fn);
    } else if (statement.kind === 'import' && !statement.typeOnly && !statement.inOrder)
      bindImport(interpreter, statement, scope);
  }
}

/** An import that takes effect where it stands. */
export function importHere(
  interpreter: Interpreter,
  statement: Extract<Statement, { kind: 'import' }>,
  scope: Scope,
): void {
  if (!statement.typeOnly) return bindImport(interpreter, statement, scope);
  for (const { local, imported } of statement.bindings)
    homeOf(scope, local).names.set(local, {
      value: undefinedValue,
      get: () => interpreter.modules.import(statement.specifier, scope.file, imported),
    });
}

/** The scope that the name belongs to. */
const homeOf = (scope: Scope, name: string): Scope => {
  const found = scope.find(name)?.scope;
  return found && found.file === scope.file && found.parent ? found : scope;
};

function bindImport(interpreter: Interpreter, statement: Extract<Statement, { kind: 'import' }>, scope: Scope): void {
  const target = interpreter.host.resolve(statement.specifier, scope.file);
  const record = target && 'file' in target ? interpreter.modules.load(target.file) : undefined;
  for (const binding of statement.bindings) {
    if (binding.imported === '**') {
      if (record) bindAll(interpreter, record, scope);
      continue;
    }
    const home = statement.inOrder ? homeOf(scope, binding.local) : scope;
    if (record)
      home.names.set(binding.local, {
        value: undefinedValue,
        get: () => interpreter.modules.importName(record, binding.imported),
      });
    else
      home.declare(
        binding.local,
        target && 'module' in target
          ? interpreter.modules.external(target.module, binding.imported, target.within)
          : unknown(`module ${statement.specifier}`),
      );
  }
}

function bindAll(interpreter: Interpreter, record: ModuleRecord, scope: Scope): void {
  const listed = record.scope.names.get('__all__')?.value;
  const names =
    listed?.type === 'array'
      ? listed.items.flatMap((item) => (item.type === 'primitive' ? [String(item.value)] : []))
      : [...record.scope.names.keys()].filter((name) => !name.startsWith('_'));
  for (const name of names)
    if (!hidden.has(name))
      homeOf(scope, name).names.set(name, {
        value: undefinedValue,
        get: () => interpreter.modules.importName(record, name),
      });
}

/** What the interpreter itself puts into a module's scope. */
const hidden = new Set(['module', 'exports', 'require', 'import.meta', '__dirname', '__filename']);
