import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServiceFolder } from './manifest.js';

export interface EntryFound {
  file: string;
  evidence: string;
}

const conventional = [
  'src/server',
  'src/index',
  'src/main',
  'src/app',
  'server',
  'index',
  'app',
  'main',
  'src/www',
  'bin/www',
  'lib/server',
  'lib/index',
  'api/index',
  'src/bin/www',
  'src/start',
  'src/api/server',
  'server/index',
  'server/server',
  'backend/server',
];
const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs', ''];

/** Where the service starts, best guess first: what its scripts run, then what files are called, then who listens. */
export function findEntries(folder: ServiceFolder): EntryFound[] {
  const found: EntryFound[] = [];
  for (const name of ['start', 'dev', 'start:dev', 'serve', 'develop', 'start:prod']) {
    const script = folder.manifest.scripts[name];
    for (const file of script === undefined ? [] : filesIn(folder, script))
      found.push({ file, evidence: `script ${name}: ${script ?? ''}` });
  }
  if (folder.manifest.main)
    for (const file of sourcesOf(folder, folder.manifest.main))
      found.push({ file, evidence: `main: ${folder.manifest.main}` });
  for (const stem of conventional)
    for (const file of sourcesOf(folder, stem)) found.push({ file, evidence: 'by its name' });
  for (const file of listeners(folder.root)) found.push({ file, evidence: 'makes an app, or listens' });
  const unique = found.filter((one, index) => found.findIndex((other) => other.file === one.file) === index);
  const starts = (one: EntryFound): boolean =>
    startsApp(folder, one.file) || (pluginStart.test(one.evidence) && !/\/(cli|bin)\//.test(one.file));
  return unique.filter(starts).concat(unique.filter((one) => !starts(one)));
}

/** fastify-cli starts a plugin: `fastify start -l info app.js`. */
const pluginStart = /\bfastify start\b/;

/** Text that makes an app. */
const makesApp = /\bexpress\s*\(|\b[fF]astify\s*(<[^()]*>)?\(/;

/** A file that listens or makes the app, itself or through what it imports one step away. */
function startsApp(folder: ServiceFolder, file: string): boolean {
  const text = read(path.join(folder.root, file));
  if (/\.listen\s*\(|createServer\s*\(/.test(text) || makesApp.test(text)) return true;
  return [...text.matchAll(/(?:from|require\(|import\()\s*['"](\.[^'"]+)['"]/g)].some(([, specifier = '']) =>
    sourcesOf(folder, path.posix.join(path.posix.dirname(file), specifier)).some((other) => {
      const inner = read(path.join(folder.root, other));
      return /\.listen\s*\(/.test(inner) || makesApp.test(inner);
    }),
  );
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Specifiers that a file imports, and those of the files of the service among them. */
export function importsOf(folder: ServiceFolder, file: string, depth = 0): string[] {
  const text = read(path.join(folder.root, file));
  const specifiers = [...text.matchAll(/(?:from|require\(|import\()\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  );
  if (depth > 0) return specifiers;
  return specifiers.flatMap((specifier) =>
    specifier.startsWith('.')
      ? sourcesOf(folder, path.posix.join(path.posix.dirname(file), specifier)).flatMap((other) =>
          importsOf(folder, other, depth + 1),
        )
      : [specifier],
  );
}

/** Files that a script names; build output is traced back to its source. Scripts called by scripts are followed once. */
function filesIn(folder: ServiceFolder, script: string, depth = 0): string[] {
  const words = script.split(/[\s"']+/).filter(Boolean);
  const direct = words
    .filter((word) => /\.[cm]?[jt]s$/.test(word) || /^\.?\/?[\w./-]+\/[\w.-]+$/.test(word))
    .flatMap((word) => sourcesOf(folder, word));
  if (direct.length || depth > 1) return direct;
  const nested = words.flatMap((word) =>
    folder.manifest.scripts[word] && folder.manifest.scripts[word] !== script
      ? filesIn(folder, folder.manifest.scripts[word], depth + 1)
      : [],
  );
  const bare =
    words.includes('node') && words.includes('.') ? sourcesOf(folder, folder.manifest.main ?? 'index.js') : [];
  return [...nested, ...bare];
}

/** `dist/server.js` → `src/server.ts`, if that is where it comes from. */
function sourcesOf(folder: ServiceFolder, name: string): string[] {
  const clean = path.posix.normalize(name.replace(/\\/g, '/')).replace(/^\.\//, '');
  if (clean.startsWith('..') || path.isAbsolute(clean) || clean.includes('node_modules')) return [];
  const stem = clean.replace(/\.[cm]?[jt]s$/, '');
  const built = /^(dist|build|out|lib)\//.exec(stem);
  const stems = built
    ? [stem.replace(/^[^/]+\//, 'src/'), stem.replace(/^[^/]+\/src\//, 'src/'), stem.replace(/^[^/]+\//, ''), stem]
    : [stem, `${stem}/index`];
  for (const one of stems)
    for (const extension of extensions) if (isSource(path.join(folder.root, one + extension))) return [one + extension];
  return [];
}

const isSource = (file: string): boolean => {
  try {
    return (
      existsSync(file) &&
      !readdirSafe(file) &&
      (/\.[cm]?[jt]s$/.test(file) || readFileSync(file, 'utf8').startsWith('#!'))
    );
  } catch {
    return false;
  }
};

const readdirSafe = (file: string): boolean => {
  try {
    readdirSync(file);
    return true;
  } catch {
    return false;
  }
};

const skipped = new Set([
  'node_modules',
  'dist',
  'build',
  'out',
  'coverage',
  'test',
  'tests',
  '__tests__',
  'public',
  'client',
  'frontend',
  'docs',
  'examples',
]);

/** Source files that listen, nearest to the root first. */
function listeners(root: string, folder = '', depth = 0): string[] {
  if (depth > 4) return [];
  let entries;
  try {
    entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  const files = entries
    .filter(
      (entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name) && !/\.(test|spec|d)\.[cm]?[jt]s$/.test(entry.name),
    )
    .map((entry) => path.posix.join(folder, entry.name));
  const own = files.filter((file) => {
    const text = read(path.join(root, file));
    return makesApp.test(text) || /\.listen\s*\(/.test(text);
  });
  const inner = entries
    .filter((entry) => entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.'))
    .flatMap((entry) => listeners(root, path.posix.join(folder, entry.name), depth + 1));
  return [
    ...own.sort(
      (left, right) =>
        Number(/\.listen/.test(read(path.join(root, right)))) - Number(/\.listen/.test(read(path.join(root, left)))),
    ),
    ...inner,
  ];
}
