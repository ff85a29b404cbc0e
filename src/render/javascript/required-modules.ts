import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Triage } from '../../model/index.js';

interface Package {
  type?: string;
  exports?: unknown;
  dependencies?: Record<string, string>;
}

/** What `inject` of Fastify 5 is made of, where it is not installed yet. */
const usual = ['fastify', 'light-my-request', 'cookie'];

/**
 * ES modules that Fastify, or a plugin of its makers, loads by `require`: the names of the packages on the way, the module last. Shortest ways
 * first, one for each module.
 */
export function requiredModules({ root, framework }: Triage): string[][] {
  if (framework.value !== 'fastify') return [];
  const { dependencies = {} } = read(root) ?? {};
  const starts = Object.keys(dependencies).filter((name) => name === 'fastify' || name.startsWith('@fastify/'));
  if (!starts.some((name) => folderOf(name, root))) return [usual];
  const found: string[][] = [];
  const seen = new Set<string>();
  const waiting = starts.map((name) => ({ from: root, trail: [name] }));
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const folder = folderOf(next.trail.at(-1) ?? '', next.from);
    const json = folder === undefined || seen.has(folder) ? undefined : read(folder);
    if (folder === undefined || json === undefined) continue;
    seen.add(folder);
    if (json.type === 'module' && !/"(require|node)"|\.cjs"/.test(JSON.stringify(json.exports ?? {}))) {
      // What the service itself imports is its own affair.
      if (next.trail.length > 1) found.push(next.trail);
      continue;
    }
    for (const name of Object.keys(json.dependencies ?? {}))
      waiting.push({ from: folder, trail: [...next.trail, name] });
  }
  return found;
}

/** As Node looks a package up, from a folder upwards. */
function folderOf(name: string, from: string): string | undefined {
  const folder = path.join(from, 'node_modules', name);
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const above = path.dirname(from);
  return above === from ? undefined : folderOf(name, above);
}

function read(folder: string): Package | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package;
  } catch {
    return undefined;
  }
}
