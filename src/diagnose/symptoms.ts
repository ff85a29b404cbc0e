import type { Finding } from '../model/index.js';
import type { Found } from './rule.js';

/** The anchor of each symptom in references/troubleshooting.md, by its number. */
export const anchors: Record<number, string> = {
  1: 'server-left-open',
  2: 'client-left-open',
  3: 'worker-did-not-exit',
  4: 'leak-masked',
  5: 'fake-timers-freeze-server',
  6: 'port-in-use',
  7: 'order-dependence',
  8: 'mocks-leak',
  9: 'shared-database',
  10: 'wrong-database',
  11: 'real-network',
  12: 'not-awaited',
  13: 'esm-under-commonjs',
  14: 'fastapi-state-leaks',
  15: 'event-loop-mismatch',
  16: 'sqlite-per-connection',
  17: 'mongoose-buffering',
  18: 'rate-limit-shared',
  19: 'native-addon-in-threads',
  20: 'too-many-clients',
  21: 'clock-dependence',
};

export const referenceOf = (symptom: number): string => `references/troubleshooting.md#${anchors[symptom] ?? ''}`;

/** Adds number and reference to what a detector saw. */
export function asFinding({ symptom: own, ...found }: Found, symptom: number): Finding {
  const number = own ?? symptom;
  return { symptom: number, ...found, reference: referenceOf(number) };
}
