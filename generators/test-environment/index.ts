import type { NodePlopAPI } from 'plop';
import { generator } from '../generator.js';

/** A new service's whole test folder. */
export const testEnvironment = (plop: NodePlopAPI): void =>
  generator(
    plop,
    'test-environment',
    'A whole test folder for a new service: harness, configuration, CI, a first test',
    ['test-environment'],
  );
