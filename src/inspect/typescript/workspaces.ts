import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';

interface Manifest {
  name?: string;
  main?: string;
  module?: string;
  source?: string;
  exports?: unknown;
  workspaces?: string[] | { packages?: string[] };
}

/** Packages of the repository that the service is a part of: their sources are read like its own. */
export class Workspaces {
  private packages: Map<string, string> | undefined;

  constructor(
    private readonly root: string,
    private readonly find: (base: string) => { file: string } | undefined,
  ) {}

  /** `@orchard/errors/http` → a source file of the package `@orchard/errors`. Undefined: not a package of the repository. */
  resolve(specifier: string): { file: string } | undefined {
    const parts = specifier.split('/');
    const depth = specifier.startsWith('@') ? 2 : 1;
    this.packages ??= packagesAround(this.root);
    const folder = this.packages.get(parts.slice(0, depth).join('/'));
    if (folder === undefined) return undefined;
    const inner = parts.slice(depth).join('/');
    const manifest = read(path.join(folder, 'package.json'));
    const named = target(manifest, inner ? `./${inner}` : '.');
    return [
      manifest?.source,
      named,
      inner || undefined,
      inner ? `src/${inner}` : 'src/index',
      inner ? undefined : 'index',
    ]
      .filter((one) => one !== undefined)
      .flatMap((one) => [built(one), one])
      .map((one) => this.find(path.join(folder, one)))
      .find((found) => found !== undefined);
  }
}

/** Build output is traced back to its source. */
const built = (file: string): string =>
  file
    .replace(/^(\.\/)?(dist|build|lib|out)\//, 'src/')
    .replace(/\.d\.ts$/, '')
    .replace(/\.[cm]?js$/, '');

/** What the manifest says that a subpath means, by whatever condition. */
function target(manifest: Manifest | undefined, subpath: string): string | undefined {
  const first = (value: unknown): string | undefined =>
    typeof value === 'string'
      ? value
      : value && typeof value === 'object'
        ? Object.values(value)
            .map(first)
            .find((one) => one !== undefined)
        : undefined;
  const exports = manifest?.exports;
  const map = exports && typeof exports === 'object' ? (exports as Record<string, unknown>) : undefined;
  if (map && Object.keys(map).some((key) => key.startsWith('.'))) {
    if (map[subpath] !== undefined) return first(map[subpath]);
    const pattern = Object.keys(map).find((key) => key.includes('*') && subpath.startsWith(key.split('*')[0] ?? ''));
    const rest = pattern && subpath.slice(pattern.indexOf('*'));
    return pattern && rest ? first(map[pattern])?.replace('*', rest.replace(/\.[cm]?js$/, '')) : undefined;
  }
  if (subpath !== '.') return undefined;
  return first(exports) ?? manifest?.module ?? manifest?.main;
}

function read(file: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

/** The packages of the nearest folder above (or the service itself) that declares workspaces: name → folder. */
function packagesAround(root: string): Map<string, string> {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const patterns = workspacePatterns(folder);
    if (patterns.length) return packagesOf(folder, patterns);
    if (existsSync(path.join(folder, '.git')) || path.dirname(folder) === folder) return new Map();
  }
}

function workspacePatterns(folder: string): string[] {
  const declared = read(path.join(folder, 'package.json'))?.workspaces;
  const npm = Array.isArray(declared) ? declared : declared?.packages;
  if (npm?.length) return npm;
  const lerna = (read(path.join(folder, 'lerna.json')) as { packages?: string[] } | undefined)?.packages;
  return lerna ?? pnpmPatterns(path.join(folder, 'pnpm-workspace.yaml'));
}

/** The list under `packages:`; the file holds no other that matters here. */
function pnpmPatterns(file: string): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  const start = lines.findIndex((line) => /^packages:/.test(line)) + 1;
  if (!start) return [];
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => /^\S/.test(line) && !line.startsWith('-') && !line.startsWith('#'));
  return rest.slice(0, end < 0 ? undefined : end).flatMap((line) => /^\s*-\s*['"]?([^'"#\s]+)/.exec(line)?.[1] ?? []);
}

function packagesOf(folder: string, patterns: string[]): Map<string, string> {
  const isLeftOut = picomatch(patterns.flatMap((pattern) => (pattern.startsWith('!') ? [pattern.slice(1)] : [])));
  const folders = patterns
    .filter((pattern) => !pattern.startsWith('!'))
    .flatMap((pattern) =>
      expand(
        folder,
        pattern.split('/').filter((part) => part && part !== '.'),
      ),
    )
    .filter((one) => !isLeftOut(path.relative(folder, one)));
  return new Map(
    folders.flatMap((one): [string, string][] => {
      const name = read(path.join(one, 'package.json'))?.name;
      return name ? [[name, one]] : [];
    }),
  );
}

const maxDepth = 5;

/** The folders that a pattern like `packages/*` names. */
function expand(folder: string, [first, ...rest]: string[], depth = 0): string[] {
  if (first === undefined) return [folder];
  if (depth > maxDepth) return [];
  if (!/[*?{[]/.test(first)) return expand(path.join(folder, first), rest, depth + 1);
  const inner = foldersIn(folder);
  if (first === '**')
    return [...expand(folder, rest, depth + 1), ...inner.flatMap((one) => expand(one, ['**', ...rest], depth + 1))];
  const matches = picomatch(first);
  return inner.filter((one) => matches(path.basename(one))).flatMap((one) => expand(one, rest, depth + 1));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .map((entry) => path.join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}
