import { ArrayValue, NativeValue, type NativeCall, ObjectValue, undefinedValue, type Value } from './values.js';

/** What a function of the language does with known and unknown values. */
export type Run = (call: NativeCall) => Value;

export const native = (name: string, run: Run): NativeValue => new NativeValue(name, run);

/** An object of functions: `JSON`, `Math`. */
export function namespace(name: string, members: Record<string, Run>): ObjectValue {
  const object = new ObjectValue(true);
  object.label = name;
  for (const [key, run] of Object.entries(members)) object.fields.set(key, native(`${name}.${key}`, run));
  return object;
}

export const nothing: Run = () => undefinedValue;

/** A function with functions on it: `Object`, `Number`. */
export function callable(name: string, run: Run, members: Record<string, Run>): NativeValue {
  const value = native(name, run);
  for (const [key, member] of Object.entries(members)) value.fields.set(key, native(`${name}.${key}`, member));
  return value;
}

/** A list that is the service's own where modules load, a request's else. */
export const loadedArray = (call: NativeCall, items: Value[], more?: Value): ArrayValue =>
  new ArrayValue(items, call.interpreter.loading, more);
