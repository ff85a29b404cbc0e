import type { Triage } from '../../model/index.js';
import type { Runner } from '../javascript/target.js';
import { objectRow } from './plain.js';

const isEsm = (triage: Triage): boolean => triage.moduleSystem.value === 'esm';
const isTyped = (triage: Triage): boolean => triage.language.value === 'typescript';
/** As ES modules there are no globals: https://jestjs.io/docs/ecmascript-modules */
const imported = (triage: Triage): boolean => isEsm(triage) || triage.style.value.importsRunner;

export const jest: Runner = {
  name: 'jest',
  templates: 'jest',
  hooks: { beforeAll: 'beforeAll', afterAll: 'afterAll', beforeEach: 'beforeEach', afterEach: 'afterEach' },
  imports(imports, triage, { functions, hooks }) {
    if (imported(triage)) imports.named('@jest/globals', ...hooks, ...functions);
  },
  open: (fn, title) => `${fn}(${title}, async () => {`,
  openFailing: (fn, title) => `${fn}.failing(${title}, async () => {`,
  openTable: (fn, rows, names) =>
    `${fn}.each([${rows.map(objectRow).join(',\n')}])('$title', async ({ ${names} }) => {`,
  todo: (fn, title) => `${fn}.todo(${title});`,
  forgetModules(imports, triage) {
    if (imported(triage)) imports.named('@jest/globals', 'jest');
    return 'jest.resetModules();';
  },
  // Jest cannot before Node 24.9. Its `module` has what Node's has; `doMock`, because `mock` would be moved above what it refers to.
  requireFromNode(imports, triage, file) {
    if (imported(triage)) imports.named('@jest/globals', 'jest');
    imports.whole('node:module', 'Module');
    return `jest.doMock(${file}, () => new Module('test').require(${file}) as object);`;
  },
  // swc rather than ts-jest: it needs no type check to run a test, and takes TypeScript 5 to 7 alike.
  dependencies: (triage) => ({
    jest: '^30.0.0',
    '@jest/globals': '^30.0.0',
    ...(isTyped(triage) || triage.compiled?.value === 'swc' ? { '@swc/core': '^1.13.0', '@swc/jest': '^0.2.39' } : {}),
  }),
  companions: (triage) => (imported(triage) ? { '@jest/globals': '^30.0.0' } : {}),
  configFile: (triage) => (isEsm(triage) ? 'jest.config.mjs' : 'jest.config.cjs'),
  configuredBy: {
    files: ['js', 'ts', 'mjs', 'cjs', 'json'].map((extension) => `jest.config.${extension}`),
    key: 'jest',
  },
  command: (triage) =>
    isEsm(triage)
      ? 'node --experimental-vm-modules --no-warnings=ExperimentalWarning node_modules/jest/bin/jest.js'
      : 'npx jest',
  layer: (command, name) => `${command} --selectProjects ${name} --passWithNoTests`,
  coverage: (command) => `${command} --coverage`,
  shard: (command, index, count) => `${command} --shard=${index}/${count}`,
};
