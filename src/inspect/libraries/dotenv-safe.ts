import { parseEnv } from 'node:util';
import { sourceRef } from '../core/language.js';
import type { Library } from '../interpreter/interpreter.js';
import { type NativeCall, NativeValue, ObjectValue, undefinedValue, type Value } from '../interpreter/values.js';

/** dotenv-safe refuses to start where a variable of `.env.example` is not set: tests set them all. */
export const dotenvSafe: Library = {
  name: 'dotenv-safe',
  provide: (module) => {
    if (module !== 'dotenv-safe' && module !== 'dotenv-safe/config') return undefined;
    const value = new ObjectValue(true);
    for (const name of ['config', 'load']) value.fields.set(name, new NativeValue(name, examples));
    value.fields.set('default', value);
    return value;
  },
};

function examples({ interpreter, span }: NativeCall): Value {
  const named = parseEnv(interpreter.host.text('.env.example') ?? '');
  for (const [name, value = ''] of Object.entries(named))
    interpreter.environment.set(name, { name, required: true, assumed: value, source: sourceRef(span) });
  return undefinedValue;
}
