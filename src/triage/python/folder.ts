import { existsSync } from 'node:fs';
import path from 'node:path';
import { isTest, sourceOf } from './sources.js';

/** A folder for tests of ours, and why it is this one. */
export interface TestFolder {
  value: string;
  evidence: string;
  /** Tests stand in the repository already. */
  found: boolean;
}

/**
 * Beside the tests that are there, in a folder of our own: below their conftest.py where that leaves the service alone, else out of its
 * reach. One that imports the service does so before the environment of our tests is in place, and its fixtures would run for them too.
 */
export function testFolderOf(root: string, tests: string[], sourceRoot: string): TestFolder {
  const tops = tests.map((file) => /^((?:.*\/)?tests?)\//.exec(file)?.[1]).filter((one) => one !== undefined);
  const top = tops.sort((left, right) => left.split('/').length - right.split('/').length)[0] ?? 'tests';
  const places = [...new Set([`${top}/api`, `${top}/operations`, 'tests/api', 'tests/operations', 'api_tests'])];
  const known = places.find((folder) => existsSync(path.join(root, folder, '.backend-test.json')));
  if (known !== undefined) return { value: known, evidence: `${known}/.backend-test.json`, found: true };
  const isFree = (folder: string): boolean => !tests.some((file) => file.startsWith(`${folder}/`));
  const loads = (folder: string): string | undefined =>
    above(folder).find((conftest) => importsService(root, conftest, sourceRoot));
  const value = places.find((folder) => isFree(folder) && loads(folder) === undefined) ?? 'api_tests';
  const first = loads(places.find(isFree) ?? value);
  const reason = first === undefined ? `tests stand in ${top}/` : `${first} imports the service: out of its reach`;
  return { value, evidence: tests.length ? reason : 'no tests yet', found: tests.length > 0 };
}

/** The conftest.py files that are loaded before those of a folder, from the root down. */
const above = (folder: string): string[] =>
  folder.split('/').map((_, depth, parts) => [...parts.slice(0, depth), 'conftest.py'].join('/'));

/** At its top level it imports a module that stands in the repository and holds no tests. */
function importsService(root: string, conftest: string, sourceRoot: string): boolean {
  const text = sourceOf(root, conftest);
  return [...text.matchAll(/^(?:from|import)\s+(\.*)(\w*)/gm)].some(([, dots, name = '']) => {
    if (dots) return !/(^|\/)tests?\//.test(conftest);
    if (/^(tests?|conftest)$/.test(name)) return false;
    return [sourceRoot, ''].some((base) =>
      [name, `${name}.py`].some((file) => existsSync(path.join(root, base, file)) && !isTest(file)),
    );
  });
}
