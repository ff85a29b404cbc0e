import type { Rule } from '../rule.js';
import { acceptedInput } from './accepted-input.js';
import { forbidden } from './forbidden.js';
import { ignoredFields } from './ignored-fields.js';
import { invalidInput } from './invalid-input.js';
import { permitted } from './permitted.js';
import { businessRule, conflict, notFound, serverErrors, signIn } from './refusals.js';
import { sideEffect } from './side-effect.js';
import { success } from './success.js';
import { unauthenticated } from './unauthenticated.js';

/** In order of value. */
export const rules: Rule[] = [
  success,
  permitted,
  acceptedInput,
  sideEffect,
  ignoredFields,
  unauthenticated,
  signIn,
  forbidden,
  invalidInput,
  notFound,
  conflict,
  businessRule,
  serverErrors,
];
