import { parseEnv } from 'node:util';
import { sourceRef } from '../core/language.js';
import { getMember } from '../interpreter/access.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { type NativeCall, NativeValue, ObjectValue, undefinedValue, type Value } from '../interpreter/values.js';

/** Packages that read env files: what they give back under `parsed` is the environment. */
const modules = new Set(['dotenv', 'dotenv/config', 'dotenv-expand', 'dotenv-safe', 'dotenv-safe/config']);

/** dotenv and its kin. dotenv-safe refuses to start where a variable of `.env.example` is not set: tests set them all. */
export const dotenv: Library = {
  name: 'dotenv',
  provide: (module) => {
    if (!modules.has(module)) return undefined;
    const isSafe = module.startsWith('dotenv-safe');
    const value = new NativeValue('dotenv', (call) => loaded(call, isSafe));
    for (const name of ['config', 'configDotenv', 'load', 'expand', 'populate'])
      value.fields.set(name, new NativeValue(name, (call) => loaded(call, isSafe)));
    value.fields.set('parse', new NativeValue('parse', ({ interpreter }) => environment(interpreter)));
    value.fields.set('default', value);
    return value;
  },
};

function loaded({ interpreter, span }: NativeCall, isSafe: boolean): Value {
  if (isSafe)
    for (const [name, value = ''] of Object.entries(parseEnv(interpreter.host.text('.env.example') ?? '')))
      interpreter.environment.set(name, { name, required: true, assumed: value, source: sourceRef(span) });
  const result = new ObjectValue(true);
  result.fields.set('parsed', environment(interpreter));
  return result;
}

function environment(interpreter: Interpreter): Value {
  const process = interpreter.global.find('process')?.binding.value;
  return process ? getMember(interpreter, process, 'env') : undefinedValue;
}
