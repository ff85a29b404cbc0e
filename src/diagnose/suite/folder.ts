import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';

const skipped = new Set([
  'node_modules',
  'dist',
  'build',
  'coverage',
  'out',
  '__pycache__',
  'venv',
  'env',
  'site-packages',
  '__snapshots__',
]);
const looksLikeTest =
  /(\.(test|spec|e2e|e2e-spec)|[-_](test|spec))\.[cm]?[jt]sx?$|(^|\/)(__tests__|tests?|spec|e2e)\/.*\.[cm]?[jt]sx?$|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/;

/** Files that could hold tests, posix and relative; not those of packages nested in the folder that test themselves. */
export function candidates(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (skipped.has(entry.name) || entry.name.startsWith('.') || isPackage(path.join(root, name))) continue;
        visit(name);
      } else if (looksLikeTest.test(name) && !name.endsWith('.d.ts')) found.push(name);
    }
  };
  visit('');
  return found.sort();
}

const isPackage = (folder: string): boolean =>
  ['package.json', 'pyproject.toml'].some((name) => existsSync(path.join(folder, name)));

/** What a runner, or one of its projects, says about where tests are. Empty: it says nothing. */
export interface Lists {
  include: string[];
  regexes: string[];
  ignoreGlobs: string[];
  ignoreRegexes: string[];
  roots: string[];
}

/** Keeps what the runner's own lists let it find. */
export function selected(
  files: string[],
  lists: { include: string[]; regexes: string[]; ignoreGlobs: string[]; ignoreRegexes: string[]; roots: string[] },
): string[] {
  const relative = (one: string): string =>
    path.posix.normalize(one.replace(/^<rootDir>\/?/, '').replace(/^\.\//, '') || '.');
  const include = lists.include.filter((one) => !one.startsWith('!')).map(relative);
  const refused = lists.include.filter((one) => one.startsWith('!')).map((one) => relative(one.slice(1)));
  const ignoreGlobs = [...lists.ignoreGlobs.map(relative), ...refused];
  const roots = lists.roots.map(relative).filter((one) => one !== '.' && !one.startsWith('..'));
  const regexes = lists.regexes.map(regex).filter((one) => one !== undefined);
  const ignored = lists.ignoreRegexes
    .map((one) => regex(one.replace('<rootDir>', '')))
    .filter((one) => one !== undefined);
  const options = { dot: false };
  return files.filter((file) => {
    if (roots.length && !roots.some((root) => file.startsWith(`${root}/`))) return false;
    if (include.length && !picomatch.isMatch(file, include, options)) return false;
    if (!include.length && regexes.length && !regexes.some((one) => one.test(`/${file}`))) return false;
    return !picomatch.isMatch(file, ignoreGlobs, options) && !ignored.some((one) => one.test(`/${file}`));
  });
}

function regex(text: string): RegExp | undefined {
  try {
    return new RegExp(text);
  } catch {
    return undefined;
  }
}
