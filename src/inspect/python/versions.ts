import type { Interpreter } from '../interpreter/interpreter.js';

/**
 * A package of the service is older than this version (`1.2.3`). Of a range its lower end counts; what is not known is new.
 */
export function isBefore(interpreter: Interpreter, name: string, version: string): boolean {
  const known = /\d+(\.\d+)*/.exec(interpreter.packages[name] ?? '')?.[0];
  if (known === undefined) return false;
  const [left, right] = [known, version].map((one) => one.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference) return difference < 0;
  }
  return false;
}

/** Pydantic 1 makes text of numbers, and cuts fractions off: https://docs.pydantic.dev/latest/migration/ */
export const isPydantic1 = (interpreter: Interpreter): boolean => isBefore(interpreter, 'pydantic', '2');
