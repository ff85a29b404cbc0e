import type { Runner } from '../javascript/target.js';
import { reloadCommonjs, table, tsx, withExpect } from './plain.js';

export const nodeTest: Runner = {
  name: 'node:test',
  templates: 'node-test',
  hooks: { beforeAll: 'before', afterAll: 'after', beforeEach: 'beforeEach', afterEach: 'afterEach' },
  imports(imports, _triage, { functions, hooks }) {
    const own = functions.filter((name) => name !== 'expect');
    imports.named('node:test', ...hooks, ...own);
    if (functions.includes('expect')) imports.named('expect', 'expect');
  },
  open: (fn, title) => `${fn}(${title}, async () => {`,
  openTable: table,
  todo: (fn, title) => `${fn}.todo(${title});`,
  forgetModules: reloadCommonjs,
  dependencies: () => ({}),
  companions: withExpect,
  configFile: () => undefined,
  configuredBy: { files: [] },
  command: (triage) => `node${tsx(triage)} --test`,
};
