import type { Factory } from '../model/index.js';

/** A list, or a text, is a body without fields that a test could replace. */
export const hasFields = ({ input }: Factory): boolean =>
  input?.kind !== 'literal' || (typeof input.value === 'object' && input.value !== null && !Array.isArray(input.value));
