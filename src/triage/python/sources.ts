import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const skipped = new Set([
  'node_modules',
  'site-packages',
  '__pycache__',
  'venv',
  'env',
  'build',
  'dist',
  'alembic',
  'migrations',
]);

/** Where samples stand: the service only where nothing else is Python. */
const samples = new Set(['docs', 'docs_src']);

/** Python files of the service, relative, shallow ones first. Not those of environments and caches. */
export function pythonFiles(root: string): string[] {
  const own = filesBelow(root, samples);
  return own.length ? own : filesBelow(root, new Set());
}

function filesBelow(root: string, left: Set<string>): string[] {
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    if (depth > 7 || found.length > 5000) return;
    for (const entry of entriesOf(path.join(root, folder))) {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) {
        const isEnvironment = entriesOf(path.join(root, file)).some((inner) => inner.name === 'pyvenv.cfg');
        if (!skipped.has(entry.name) && !left.has(entry.name) && !entry.name.startsWith('.') && !isEnvironment)
          visit(file, depth + 1);
      } else if (entry.name.endsWith('.py')) found.push(file);
    }
  };
  visit('', 0);
  return found.sort((left, right) => left.split('/').length - right.split('/').length || (left < right ? -1 : 1));
}

export const isTest = (file: string): boolean => /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/.test(file);

export const isInTests = (file: string): boolean => /(^|\/)(tests?|testing|examples?|scripts|benchmarks?)\//.test(file);

export function sourceOf(root: string, file: string): string {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return '';
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
