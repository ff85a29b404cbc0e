import type { Triage } from '../../model/index.js';
import type { Imports } from '../javascript/imports.js';
import type { TableRow } from '../javascript/target.js';

/** Runners without matchers and tables of their own: Jest's `expect` is a package by itself, a table is a loop. */
export const withExpect = (triage: Triage): Record<string, string> => ({
  expect: '^30.0.0',
  ...(triage.language.value === 'typescript' ? { tsx: '^4.20.0' } : {}),
});

export const objectRow = ({ title, fields }: TableRow): string =>
  `{ ${[`title: ${title}`, fields].filter(Boolean).join(', ')} }`;

export const table = (fn: string, rows: TableRow[], names: string): string =>
  `for (const { title, ${names} } of [${rows.map(objectRow).join(',\n')}])\n${fn}(title, async () => {`;

/** How TypeScript gets in. */
export const tsx = (triage: Triage): string => (triage.language.value === 'typescript' ? ' --import tsx' : '');

/** CommonJS modules are loaded again when they are no longer in the cache; ES modules stay. */
export const reloadCommonjs = (_imports: Imports, triage: Triage): string =>
  triage.moduleSystem.value === 'esm'
    ? ''
    : `for (const file of Object.keys(require.cache)) if (!file.includes('node_modules')) delete require.cache[file];`;
