import type { Runner } from '../javascript/target.js';
import { reloadCommonjs, table, withExpect } from './plain.js';

export const mocha: Runner = {
  name: 'mocha',
  templates: 'mocha',
  testFunction: 'it',
  hooks: { beforeAll: 'before', afterAll: 'after', beforeEach: 'beforeEach', afterEach: 'afterEach' },
  imports(imports, _triage, { functions, hooks }) {
    imports.named('mocha', ...hooks, ...functions.filter((name) => name !== 'expect'));
    if (functions.includes('expect')) imports.named('expect', 'expect');
  },
  open: (fn, title) => `${fn}(${title}, async () => {`,
  openTable: table,
  todo: (fn, title) => `${fn}(${title});`,
  forgetModules: reloadCommonjs,
  dependencies: () => ({ mocha: '^11.0.0' }),
  companions: (triage) => ({
    ...withExpect(triage),
    ...(triage.language.value === 'typescript' ? { '@types/mocha': '^10.0.10' } : {}),
  }),
  configFile: () => '.mocharc.json',
  configuredBy: {
    files: [
      '.mocharc.js',
      '.mocharc.cjs',
      '.mocharc.mjs',
      '.mocharc.json',
      '.mocharc.jsonc',
      '.mocharc.yml',
      '.mocharc.yaml',
    ],
    key: 'mocha',
  },
  command: () => 'npx mocha',
};
