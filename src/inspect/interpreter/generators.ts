import type { Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { type FunctionValue, type Keywords, NativeValue, ObjectValue, undefinedValue, type Value } from './values.js';
import { enter } from './functions.js';

/** The hidden name under which a running generator finds who takes its values. */
export const receiverName = '%receiver';

/** A generator that was called and has not run yet. */
export class GeneratorHost {
  constructor(
    readonly fn: FunctionValue,
    private readonly self: Value,
    private readonly args: Value[],
    private readonly keywords: Keywords | undefined,
  ) {}

  /** Runs it from its beginning to its end; `take` is what happens at each `yield`, and may throw into it. */
  run(interpreter: Interpreter, span: Span, take: (value: Value) => void): Value {
    const receiver = new NativeValue(receiverName, ({ args: [value = undefinedValue] }) => {
      take(value);
      return undefinedValue;
    });
    return enter(interpreter, this.fn, this.self, this.args, span, this.keywords, receiver);
  }

  items(interpreter: Interpreter, span: Span): Value[] {
    const items: Value[] = [];
    this.run(interpreter, span, (value) => items.push(value));
    return items;
  }
}

export function generator(host: GeneratorHost, atLoad: boolean): ObjectValue {
  const object = new ObjectValue(atLoad);
  object.host = host;
  return object;
}
