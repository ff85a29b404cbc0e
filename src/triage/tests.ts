import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Style } from '../model/index.js';

const skipped = new Set(['node_modules', 'dist', 'build', 'out', 'coverage', '.git']);

/** Test files of the service, relative; ours are told apart by the manifest beside them. */
export function existingTests(root: string, folder = '', depth = 0): string[] {
  if (depth > 6) return [];
  let entries;
  try {
    entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory())
      return skipped.has(entry.name) || entry.name.startsWith('.') ? [] : existingTests(root, file, depth + 1);
    return /[._-](test|spec)\.[cm]?[jt]sx?$/.test(entry.name) ? [file] : [];
  });
}

/** Those of `tests` that no earlier run of ours wrote into `folder`. */
export function foreignTests(root: string, tests: string[], folder: string): string[] {
  const own = ownFiles(root, folder);
  return tests.filter((file) => !own.has(file));
}

function ownFiles(root: string, folder: string): Set<string> {
  try {
    const manifest = JSON.parse(readFileSync(path.join(root, folder, '.backend-test.json'), 'utf8')) as {
      files?: Record<string, unknown>;
    };
    return new Set(Object.keys(manifest.files ?? {}));
  } catch {
    return new Set();
  }
}

/** The folder that most tests stand in; tests beside their sources have none. */
export function testFolderOf(tests: string[]): string | undefined {
  const tops = tests
    .map((file) => file.split('/')[0] ?? '')
    .filter((top) => /^(test|tests|__tests__|spec|specs)$/.test(top));
  const counts = new Map<string, number>();
  for (const top of tops) counts.set(top, (counts.get(top) ?? 0) + 1);
  return [...counts].sort((left, right) => right[1] - left[1])[0]?.[0];
}

/** How the service writes: from the sample of its sources given. */
export function styleOf(root: string, files: string[], tests: string[]): Style {
  const text = files
    .slice(0, 12)
    .map((file) => read(path.join(root, file)))
    .join('\n');
  const testText = tests
    .slice(0, 8)
    .map((file) => read(path.join(root, file)))
    .join('\n');
  const single = (text.match(/'[^'\n]*'/g) ?? []).length;
  const double = (text.match(/"[^"\n]*"/g) ?? []).length;
  const statements = text
    .split('\n')
    .filter((line) => /^\s*(const|let|return|import|app\.)/.test(line) && /[;\w)'"]$/.test(line.trim()));
  const ended = statements.filter((line) => line.trim().endsWith(';')).length;
  return {
    quotes: double > single ? 'double' : 'single',
    semicolons: statements.length === 0 || ended * 2 >= statements.length,
    testFunction: (testText.match(/\bit\(/g) ?? []).length > (testText.match(/\btest\(/g) ?? []).length ? 'it' : 'test',
    importsRunner: /from ['"](@jest\/globals|vitest)['"]|require\(['"](@jest\/globals|vitest)['"]\)/.test(testText),
  };
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
