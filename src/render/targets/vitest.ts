import type { Runner } from '../javascript/target.js';

export const vitest: Runner = {
  name: 'vitest',
  templates: 'vitest',
  hooks: { beforeAll: 'beforeAll', afterAll: 'afterAll', beforeEach: 'beforeEach', afterEach: 'afterEach' },
  imports: (imports, _triage, { functions, hooks }) => {
    imports.named('vitest', ...hooks, ...functions);
  },
  open: (fn, title) => `${fn}(${title}, async () => {`,
  openFailing: (fn, title) => `${fn}.fails(${title}, async () => {`,
  // `$title` would put it in quotes, and cut it.
  openTable: (fn, rows, names) =>
    `${fn}.each([${rows.map(({ title, fields }) => `[${title}, { ${fields} }]`).join(',\n')}] as const)('%s', async (_title, { ${names} }) => {`,
  todo: (fn, title) => `${fn}.todo(${title});`,
  forgetModules(imports) {
    imports.named('vitest', 'vi');
    return 'vi.resetModules();';
  },
  dependencies: () => ({ vitest: '^4.0.0' }),
  companions: () => ({}),
  configFile: () => 'vitest.config.mjs',
  configuredBy: {
    files: ['vitest.config', 'vite.config'].flatMap((name) =>
      ['ts', 'js', 'mts', 'mjs'].map((end) => `${name}.${end}`),
    ),
  },
  command: () => 'npx vitest run',
  layer: (command, name) => `${command} --project ${name} --passWithNoTests`,
  coverage: (command) => `${command} --coverage`,
  coveragePackages: { '@vitest/coverage-v8': '^4.0.0' },
  shard: (command, index, count) => `${command} --shard=${index}/${count}`,
};
