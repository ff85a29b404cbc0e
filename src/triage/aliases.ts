import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ts } from 'ts-morph';
import type { Alias } from '../model/index.js';

/**
 * Specifiers that the service maps to its own files: `paths` and `baseUrl` of tsconfig.json or jsconfig.json, and what module-alias
 * registers. In the order in which they are tried; a file that cannot be read has none.
 */
export function readAliases(root: string): Alias[] {
  const all = [...ofCompiler(root), ...ofModuleAlias(root)];
  return all.filter(({ pattern }, index) => all.findIndex((one) => one.pattern === pattern) === index);
}

function ofCompiler(root: string): Alias[] {
  const file = ['tsconfig.json', 'jsconfig.json'].map((name) => path.join(root, name)).find((name) => existsSync(name));
  if (!file) return [];
  const read = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(
    { ...(read.config as object), files: [], include: [] },
    { ...ts.sys, readDirectory: () => [] },
    root,
    undefined,
    file,
  );
  const { baseUrl, pathsBasePath } = options as { baseUrl?: string; pathsBasePath?: string };
  const base = baseUrl ?? pathsBasePath ?? root;
  const relative = (target: string): string =>
    path.relative(root, path.resolve(base, target)).split(path.sep).join('/');
  return [
    ...Object.entries(options.paths ?? {}).map(([pattern, targets]) => ({ pattern, targets: targets.map(relative) })),
    ...(baseUrl === undefined ? [] : [{ pattern: '*', targets: [relative('*')] }]),
  ];
}

/** `"_moduleAliases": { "@root": "." }` */
function ofModuleAlias(root: string): Alias[] {
  const file = path.join(root, 'package.json');
  if (!existsSync(file)) return [];
  const { config } = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8')) as {
    config?: { _moduleAliases?: Record<string, string> };
  };
  return Object.entries(config?._moduleAliases ?? {}).flatMap(([pattern, folder]) => {
    const target = path.posix.normalize(folder).replace(/\/\*?$/, '');
    return [
      { pattern, targets: [target] },
      { pattern: `${pattern}/*`, targets: [`${target}/*`] },
    ];
  });
}
