import type { Value } from '../interpreter/values.js';

export const booleanOf = (value: Value | undefined): boolean | undefined =>
  value?.type === 'primitive' && typeof value.value === 'boolean' ? value.value : undefined;

/** A field of an object of options; undefined where there is none. */
export const option = (options: Value | undefined, name: string): Value | undefined =>
  options?.type === 'object' ? options.fields.get(name) : undefined;
