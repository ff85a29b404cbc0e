import type { EnvironmentVariable } from '../../model/index.js';
import type { Interpreter } from '../interpreter/interpreter.js';

/** Environment variables that the code was seen to read while it loaded. */
export function environmentOf(interpreter: Interpreter): EnvironmentVariable[] {
  return [...interpreter.environment.values()].sort((left, right) => left.name.localeCompare(right.name));
}
