import type { Interpreter } from '../interpreter/interpreter.js';
import { Thrown } from '../interpreter/thrown.js';
import {
  isCallable,
  type NativeCall,
  nullValue,
  ObjectValue,
  type Symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';

/** `db.all(sql, params, (error, rows) => …)`: what the client tells, and `this` is, where the last argument is a function. */
export function toldToCallback({ args, interpreter, span }: NativeCall, run: () => Value | undefined): Value {
  const done = args.findLast(isCallable);
  if (!done) return run() ?? undefinedValue;
  let result: Value;
  interpreter.catching++;
  try {
    result = run() ?? undefinedValue;
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return calledWithCause(interpreter, done, error);
  } finally {
    interpreter.catching--;
  }
  // A statement that is prepared elsewhere tells its ids by `this` alone.
  const self = result.type === 'object' ? result : new ObjectValue(false);
  interpreter.call(done, self, [nullValue, result], span);
  return undefinedValue;
}

function calledWithCause(interpreter: Interpreter, done: Value, error: Thrown): Value {
  const before = interpreter.cause;
  interpreter.cause = { error: error.value, decisions: error.decisions, span: error.span };
  try {
    return interpreter.call(done, undefinedValue, [error.value], error.span);
  } finally {
    interpreter.cause = before;
  }
}

/** What is called at once, with no error: `new Database(file, (error) => …)`, `db.serialize(() => …)`, `pool.connect((error, client) => …)`. */
export function callsBack(client: Symbolic, name: string, { args, interpreter, span }: NativeCall): void {
  const done = args.findLast(isCallable);
  if (!done) return;
  const given =
    name === 'connect' ? [nullValue, client] : name === 'serialize' || name === 'parallelize' ? [] : [nullValue];
  interpreter.call(done, client, given, span);
}
