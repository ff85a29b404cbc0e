import { declaredMajor } from '../javascript/declared.js';
import type { Triage } from '../../model/index.js';
import type { Runner } from '../javascript/target.js';
import { reloadCommonjs, table, withExpect } from './plain.js';

/** Up to 16 there are no subcommands, and files are chosen by an expression. */
const isOld = (triage: Triage): boolean => (declaredMajor(triage, 'tap') ?? 21) < 18;

/** tap has tests in tests: `support/runner` gives them the names that suites are written with. */
export const tap: Runner = {
  name: 'tap',
  templates: 'tap',
  hasSupport: true,
  hooks: { beforeAll: 'before', afterAll: 'after', beforeEach: 'beforeEach', afterEach: 'afterEach' },
  imports(imports, _triage, { functions, hooks, support }) {
    imports.named(support, ...hooks, ...functions.filter((name) => name !== 'expect'));
    if (functions.includes('expect')) imports.named('expect', 'expect');
  },
  testFunction: 'test',
  open: (fn, title) => `${fn}(${title}, async () => {`,
  openTable: table,
  todo: (fn, title) => `${fn}.todo(${title});`,
  forgetModules: reloadCommonjs,
  dependencies: () => ({ tap: '^21.0.0' }),
  companions: withExpect,
  configFile: () => '.taprc',
  configData: (triage) => ({ old: isOld(triage) }),
  configuredBy: { files: ['.taprc'], key: 'tap' },
  command: (triage) =>
    isOld(triage)
      ? `npx tap --no-coverage --timeout=120${triage.language.value === 'typescript' ? ' --node-arg=--import=tsx' : ''}`
      : 'npx tap run --disable-coverage --allow-empty-coverage',
};
