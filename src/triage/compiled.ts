import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Fact } from '../model/index.js';
import type { ServiceFolder } from './manifest.js';

const configurations = ['.babelrc', '.babelrc.json', '.babelrc.js', '.babelrc.cjs'].concat(
  ['js', 'cjs', 'mjs', 'json'].map((extension) => `babel.config.${extension}`),
);

const importsOrExports = /^\s*(import\s[^(]*['"]|export\s)/m;

/**
 * JavaScript written with `import` in a package that Node takes for CommonJS: something compiles it before it runs, and tests have to
 * do the same. Undefined: Node runs the file as it is written.
 */
export function compiledFact(folder: ServiceFolder, entry: string): Fact<'babel' | 'swc'> | undefined {
  const file = path.join(folder.root, entry.split('#')[0] ?? '');
  if (folder.manifest.type === 'module' || !/\.jsx?$/.test(file) || !existsSync(file)) return undefined;
  if (!importsOrExports.test(readFileSync(file, 'utf8'))) return undefined;
  const configuration = configurations.find((name) => existsSync(path.join(folder.root, name)));
  const own = configuration ?? (folder.manifest.babel === undefined ? undefined : 'package.json');
  return own === undefined
    ? { value: 'swc', origin: 'detected', evidence: `import statements in ${entry}, without "type": "module"` }
    : { value: 'babel', origin: 'detected', evidence: own };
}
