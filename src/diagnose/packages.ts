import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

interface PackageFile {
  name?: string;
  version?: string;
  type?: string;
  main?: string;
  exports?: unknown;
  gypfile?: boolean;
  dependencies?: Record<string, string>;
  scripts?: Record<string, string>;
  napi?: unknown;
}

/** An installed package as its own package.json describes it. */
export interface Installed {
  folder: string;
  json: PackageFile;
}

/** `pg` of `pg/lib/client`, `@scope/x` of `@scope/x/y`. */
export const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Looks a package up as Node does, from a folder upwards. */
export function installed(name: string, from: string): Installed | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    const file = path.join(candidate, 'package.json');
    if (existsSync(file)) {
      try {
        return { folder: candidate, json: JSON.parse(readFileSync(file, 'utf8')) as PackageFile };
      } catch {
        return undefined;
      }
    }
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** The file that `require('name/sub')` loads; undefined where the package offers none that we can tell. */
export function requiredFile({ folder, json }: Installed, specifier: string): string | undefined {
  const sub = specifier.slice(packageName(specifier).length + 1);
  if (json.exports !== undefined && json.exports !== null) {
    const target = exported(json.exports, sub === '' ? '.' : `./${sub}`);
    return target === undefined ? undefined : path.join(folder, target);
  }
  return resolved(path.join(folder, sub === '' ? (json.main ?? 'index.js') : sub));
}

function exported(exports: unknown, key: string): string | undefined {
  if (typeof exports === 'string') return key === '.' ? exports : undefined;
  if (Array.isArray(exports)) return exports.map((one) => exported(one, key)).find((one) => one !== undefined);
  const record = exports as Record<string, unknown>;
  const isMap = Object.keys(record).some((one) => one.startsWith('.'));
  if (!isMap) return key === '.' ? conditional(record) : undefined;
  if (key in record) return conditional(record[key]);
  const pattern = Object.keys(record).find(
    (one) => one.includes('*') && key.startsWith(one.split('*')[0] ?? '') && key.endsWith(one.split('*')[1] ?? ''),
  );
  if (pattern === undefined) return undefined;
  const [head = '', tail = ''] = pattern.split('*');
  return conditional(record[pattern])?.replaceAll('*', key.slice(head.length, key.length - tail.length));
}

/** The conditions under which Jest requires: `require`, `node`, `default`, in the order of the package. */
function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map(conditional).find((one) => one !== undefined);
  if (typeof target !== 'object' || target === null) return undefined;
  for (const [condition, value] of Object.entries(target))
    if (['require', 'node', 'default', 'module-sync'].includes(condition) && condition !== 'module-sync') {
      const found = conditional(value);
      if (found !== undefined) return found;
    }
  return undefined;
}

export function resolved(base: string): string | undefined {
  for (const one of [
    base,
    `${base}.js`,
    `${base}.cjs`,
    `${base}.json`,
    `${base}.node`,
    path.join(base, 'index.js'),
    path.join(base, 'index.cjs'),
  ])
    if (existsSync(one) && statSync(one).isFile()) return one;
  return undefined;
}

/** Has code of its own for the machine: built by node-gyp, or a `.node` file that comes with it. */
export function isNative({ folder, json }: Installed): boolean {
  if (json.gypfile === true || json.napi !== undefined || existsSync(path.join(folder, 'binding.gyp'))) return true;
  return (
    Object.keys(json.dependencies ?? {}).some((name) =>
      /^(bindings|node-gyp-build|prebuild-install|node-pre-gyp|@mapbox\/node-pre-gyp|node-addon-api|nan)$/.test(name),
    ) || /node-gyp|prebuild/.test(json.scripts?.['install'] ?? '')
  );
}

/** As Node decides for a `.js` file: the nearest package.json above it, which may stand in a folder of the package (`dist/cjs`). */
export function isModule(file: string): boolean {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (existsSync(manifest)) {
      try {
        return (JSON.parse(readFileSync(manifest, 'utf8')) as PackageFile).type === 'module';
      } catch {
        return false;
      }
    }
    if (path.dirname(folder) === folder) return false;
  }
}
