import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import { isNil, type NativeCall, NativeValue, undefinedValue, type Value } from '../interpreter/values.js';
import { externalCall } from './chain.js';

/** `util.promisify(fn)`: the same function, with a promise for its callback. */
export const util: Library = {
  name: 'util',
  call: (callee, { args: [fn] }) => {
    const external = externalCall(callee);
    if (external?.module !== 'util' || external.name !== 'promisify' || !fn) return undefined;
    return new NativeValue('promisified', (call) => promisified(fn, call));
  },
};

function promisified(fn: Value, { interpreter, self, args, span }: NativeCall): Value {
  return promised(interpreter, span, () => {
    if (fn.type !== 'function') return interpreter.call(fn, self, args, span);
    let result: Value = undefinedValue;
    const done = new NativeValue('done', ({ args: [error, value] }) => {
      if (error && !isNil(error)) interpreter.throw(error, span);
      result = value ?? undefinedValue;
      return undefinedValue;
    });
    interpreter.call(fn, self, [...args, done], span);
    return result;
  });
}
