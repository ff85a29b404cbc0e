import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const deepest = 3;
const shown = 5;
const skipped =
  /^(\.|node_modules$|dist$|build$|venv$|__pycache__$|site-packages$|tests?$|__tests__$|e2e$|examples?$)/i;
const python = /^(pyproject\.toml|requirements.*\.(txt|in)|Pipfile|setup\.(cfg|py))$/;

/** Folders below this one whose manifest names a framework that is read, nearest first; a few levels deep. */
export function servicesBelow(root: string): string[] {
  const found: string[] = [];
  let level = [''];
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    level = level.flatMap((folder) => foldersIn(root, folder));
    found.push(...level.filter((folder) => isService(path.join(root, folder))));
  }
  return found;
}

/** What to do where the folder itself is no service. */
export function whereTo(root: string): string {
  const [first, ...others] = servicesBelow(root);
  if (first === undefined)
    return 'Run in the folder of an Express, Fastify or FastAPI service, or give it: backend-test path/to/service.';
  const more = others.slice(0, shown - 1).join(', ');
  return `Give the service's folder: backend-test ${first}${more ? ` (or ${more}${others.length >= shown ? ', …' : ''})` : ''}.`;
}

function foldersIn(root: string, folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !skipped.test(entry.name))
      .map((entry) => path.posix.join(folder, entry.name));
  } catch {
    return [];
  }
}

function isService(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => {
      if (name !== 'package.json' && !python.test(name)) return false;
      const text = readFileSync(path.join(folder, name), 'utf8');
      return name === 'package.json' ? isNodeService(text) : /\bfastapi\b/i.test(text);
    });
  } catch {
    return false;
  }
}

const isNodeService = (manifest: string): boolean => {
  const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: object };
  return 'express' in dependencies || 'fastify' in dependencies;
};
