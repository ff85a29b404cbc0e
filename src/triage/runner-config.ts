import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import type { ServiceFolder } from './manifest.js';

/** Where the runner's own configuration lets it look for tests. Empty lists: it does not say. */
export interface RunnerConfig {
  /** Relative to the service; where it was read. */
  file: string;
  roots: string[];
  /** Globs, relative to the service. */
  patterns: string[];
  regexes: string[];
}

const names = ['jest.config', 'vitest.config', 'vite.config'];
const endings = ['.ts', '.js', '.mjs', '.cjs', '.mts', '.cts', '.json'];

/** Reads the lists that the configuration spells out; what it computes is not run, and not known. */
export function runnerConfig(folder: ServiceFolder, runner: string): RunnerConfig | undefined {
  const own = names.filter((name) => name.startsWith(runner === 'vitest' ? 'vi' : 'jest'));
  const file = own
    .flatMap((name) => endings.map((ending) => `${name}${ending}`))
    .find((name) => existsSync(path.join(folder.root, name)));
  if (file !== undefined) return read(file, readFileSync(path.join(folder.root, file), 'utf8'));
  return runner === 'jest' && folder.manifest.jest
    ? read('package.json', JSON.stringify(folder.manifest.jest))
    : undefined;
}

function read(file: string, text: string): RunnerConfig {
  const rootDir = /["']?rootDir["']?\s*:\s*["'`]([^"'`]+)["'`]/.exec(text)?.[1] ?? '.';
  const relative = (value: string): string =>
    path.posix
      .normalize(value.replace(/^<rootDir>\/?/, `${rootDir}/`))
      .replace(/^\.\//, '')
      .replace(/\/$/, '');
  return {
    file,
    roots: listed(text, 'roots').map(relative),
    patterns: [...listed(text, 'testMatch'), ...listed(withoutCoverage(text), 'include')].map(relative),
    regexes: listed(text, 'testRegex').map((one) => one.replace(/\\\\/g, '\\')),
  };
}

/** What coverage includes are sources. */
const withoutCoverage = (text: string): string => text.replace(/\bcoverage\b["']?\s*:\s*\{[^{}]*\}/g, '');

/** The strings of each `name: ['…', '…']` or `name: '…'`: projects have lists of their own. */
function listed(text: string, name: string): string[] {
  const lists = new RegExp(`["']?\\b${name}\\b["']?\\s*:\\s*(\\[[^\\]]*\\]|"[^"]*"|'[^']*'|\`[^\`]*\`)`, 'g');
  return [...text.matchAll(lists)]
    .flatMap(([, list = '']) => [...list.matchAll(/"([^"]*)"|'([^']*)'|`([^`]*)`/g)])
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Would the runner find a test file of this name? */
export function finds(config: RunnerConfig, file: string): boolean {
  const inRoots = !config.roots.length || config.roots.some((root) => root === '.' || file.startsWith(`${root}/`));
  if (!inRoots) return false;
  if (config.patterns.length) return picomatch.isMatch(file, config.patterns);
  if (!config.regexes.length) return true;
  return config.regexes.some((regex) => {
    try {
      return new RegExp(regex).test(`/${file}`);
    } catch {
      return true;
    }
  });
}

/** A folder and an ending of test files that the runner finds; the wanted ones if it finds those. */
export function foundPlace(
  config: RunnerConfig,
  folder: string,
  suffix: string,
): { folder: string; suffix: string } | undefined {
  const prefixes = config.patterns
    .map((pattern) => picomatch.scan(pattern).base)
    .filter((base) => base && base !== '.');
  const folders = [
    folder,
    'test',
    'tests',
    '__tests__',
    ...config.roots.filter((root) => root !== '.' && !/^(src|lib|app)$/.test(root)),
    ...prefixes.filter((base) => !/^(src|lib|app)$/.test(base)),
    ...[...config.roots, ...prefixes].flatMap((root) => [`${root}/__tests__`, `${root}/tests`, root]),
  ];
  const extension = suffix.split('.').at(-1) ?? 'js';
  const suffixes = [
    suffix,
    `.test.${extension}`,
    `.spec.${extension}`,
    `.e2e-spec.${extension}`,
    `.e2e.${extension}`,
    `.integration.test.${extension}`,
    `-test.${extension}`,
  ];
  for (const place of folders)
    for (const ending of suffixes)
      if (finds(config, `${place}/orders${ending}`)) return { folder: place, suffix: ending };
  return undefined;
}
