import type { Triage } from '../../model/index.js';
import type { Target } from '../target.js';

const isEsm = (triage: Triage): boolean => triage.moduleSystem.value === 'esm';
const isTyped = (triage: Triage): boolean => triage.language.value === 'typescript';

export const jestSupertest: Target = {
  name: 'jest-supertest',
  templates: 'jest-supertest',
  runnerModule: '@jest/globals',
  failing: 'failing',
  matches: (triage) => triage.runner.value === 'jest',
  // swc rather than ts-jest: it needs no type check to run a test, and takes TypeScript 5 to 7 alike.
  dependencies: (triage) => ({
    jest: '^30.0.0',
    '@jest/globals': '^30.0.0',
    ...(isTyped(triage) ? { '@swc/core': '^1.13.0', '@swc/jest': '^0.2.39' } : {}),
  }),
  configFile: (triage) => (isEsm(triage) ? 'jest.config.mjs' : 'jest.config.cjs'),
  command: (triage) =>
    isEsm(triage)
      ? 'node --experimental-vm-modules --no-warnings=ExperimentalWarning node_modules/jest/bin/jest.js'
      : 'npx jest',
};
