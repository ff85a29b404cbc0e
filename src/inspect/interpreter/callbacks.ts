import type { Span } from '../core/language.js';
import { type Interpreter } from './interpreter.js';
import { Thrown } from './thrown.js';
import { leadsTo } from './leads-to.js';
import { Abandoned } from './path.js';
import { type FunctionValue, symbolic, undefinedValue, type Value } from './values.js';

/** A function that was handed to something outside while modules loaded: it is called later, if at all. */
export interface Callback {
  fn: FunctionValue;
  /** The conditions under which it was handed over. */
  conditions: string[];
}

/** Functions among arguments: themselves, in a list, or fields of an object of options. */
export function callbacksIn(args: Value[]): FunctionValue[] {
  return args.flatMap((arg) => {
    if (arg.type === 'function') return [arg];
    if (arg.type === 'array') return arg.items.filter((item) => item.type === 'function');
    if (arg.type !== 'object' || arg.host || arg.trap) return [];
    return [...arg.fields.values()].filter((field) => field.type === 'function');
  });
}

/** What registers is short. What is long was no start after all: the handlers of routes of a router that is not known. */
const maxStepsOfOne = 50_000;
const maxStepsOfAll = 1_000_000;

/**
 * Calls the functions that a library was given at load time and that lead to registrations: what stands in
 * `MongoClient.connect(url, (error, db) => { … app.listen(port); })` is as much a part of the start as what stands around
 * it. Other callbacks (timers, events, hooks of a schema) would only change the state in which the service starts.
 */
export function callCallbacks(
  interpreter: Interpreter,
  isBuilder: (text: string) => boolean,
  given: (name: string, span: Span) => Value | undefined,
): void {
  const called = new Set<unknown>();
  const end = interpreter.spent + maxStepsOfAll;
  for (let next = interpreter.callbacks.shift(); next; next = interpreter.callbacks.shift()) {
    const { fn, conditions } = next;
    if (called.has(fn.node) || interpreter.invoked.has(fn.node) || !leadsTo(fn.node.span, fn.scope, isBuilder))
      continue;
    called.add(fn.node);
    const args = fn.node.params.map((param, index) => {
      const name = param.target.kind === 'name' ? param.target.name : '';
      return given(name, fn.node.span) ?? symbolic({ kind: 'parameter', index, name, of: fn }, true);
    });
    interpreter.conditions.push(...conditions);
    const left = Math.min(maxStepsOfOne, end - interpreter.spent);
    attempt(interpreter, () => interpreter.call(fn, undefinedValue, args, fn.node.span), left);
    interpreter.conditions.length -= conditions.length;
  }
}

/** Runs a part of the start that may fail: what it did until then stays. */
export function attempt<Result>(interpreter: Interpreter, body: () => Result, steps?: number): Result | undefined {
  interpreter.resetBudget(steps);
  try {
    return body();
  } catch (error) {
    if (error instanceof Thrown || error instanceof Abandoned) return undefined;
    throw error;
  }
}
