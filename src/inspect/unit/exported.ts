import type { ClassRef } from '../../model/index.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { ClassValue } from '../interpreter/values.js';

/** How a test imports a class of the service; undefined: it is not the service's, or its module does not give it out. */
export function exportedName(interpreter: Interpreter, cls: ClassValue): ClassRef | undefined {
  const file = cls.node?.span.source.file;
  const record = file === undefined ? undefined : interpreter.modules.get(file);
  const found = record && interpreter.modules.exportsOf(record).find(([, value]) => value === cls);
  return found && file !== undefined ? { file, name: found[0] === '*' ? 'default' : found[0] } : undefined;
}
