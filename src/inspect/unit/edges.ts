import type { Role, Unit } from '../../model/index.js';
import type { FunctionNode } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { type FileTable, literalOf } from './file-table.js';
import type { Origins, OwnFunction } from './origins.js';

/** A function of another file of the service that a unit imports, and through which it leaves the service. */
export interface Edge {
  /** Its name in the unit's file. */
  local: string;
  /** The file that the unit imports it from, and its name there. */
  from: { file: string; name: string };
  /** Nothing else is imported from there. */
  isAlone: boolean;
  own: OwnFunction;
}

/** What a test must not do for real. A database is no edge: what leans on one has an integration test. */
const outside: Role[] = ['http', 'mail', 'queue', 'event', 'process'];

/** The edges that a unit imports. What it is handed in needs none. */
export function edgesOf(own: OwnFunction, unit: Unit, origins: Origins): Edge[] {
  const leads = new Set(
    unit.dependencies
      .filter(({ role, by }) => outside.includes(role) && (by === 'import' || by === 'global'))
      .map(({ through }) => through[0]),
  );
  const imports = importsOf(origins.table(own.file));
  return imports.flatMap(({ local, specifier, imported }) => {
    const origin = origins.ofFile(local, own.file);
    const target = origins.host.resolve(specifier, own.file);
    if (origin.kind !== 'function' || !leads.has(origin.own.name) || origin.own.file === own.file) return [];
    if (!target || !('file' in target)) return [];
    const isAlone = imports.filter((other) => other.specifier === specifier).length === 1;
    return [{ local, from: { file: target.file, name: imported }, isAlone, own: origin.own }];
  });
}

/** What a file imports, with `import` or `require`. */
function importsOf(table: FileTable): { local: string; specifier: string; imported: string }[] {
  const imported = [...table.imports].flatMap(([local, one]) => (one.typeOnly ? [] : [{ local, ...one }]));
  const required = [...table.values].flatMap(([local, { value, at }]) => {
    const isRequire = value.kind === 'call' && value.callee.kind === 'name' && value.callee.name === 'require';
    const specifier = isRequire && value.args[0] ? literalOf(value.args[0].value) : undefined;
    return specifier === undefined || at.length > 1 ? [] : [{ local, specifier, imported: at[0] ?? '*' }];
  });
  return [...imported, ...required];
}

/** The names under which a module gives the function out. */
export function exportsOf(interpreter: Interpreter, file: string, fn: FunctionNode): string[] {
  const record = interpreter.modules.get(file);
  if (!record) return [];
  return interpreter.modules
    .exportsOf(record)
    .filter(([, value]) => value.type === 'function' && value.node === fn)
    .map(([name]) => name);
}
