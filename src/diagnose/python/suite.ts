import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { candidates } from '../suite/folder.js';
import { PySource } from './source.js';

/** The tests of a folder that pytest runs. */
export interface PytestSuite {
  root: string;
  /** Test files, relative. */
  files: string[];
  /** `conftest.py` files, relative, outermost first. */
  conftests: string[];
  /** pytest's own settings, whichever file they stand in. */
  settings: PytestSettings;
  tests: PySource[];
  /** The `conftest.py` files, parsed. */
  fixtures: PySource[];
  /** Files of the project that a file imports, with what those import. */
  reach(source: PySource): Set<PySource>;
  /** The file behind a module's name, seen from a file. */
  resolve(module: string, from: PySource): PySource | undefined;
}

export interface PytestSettings {
  file?: string;
  text: string;
}

/** Undefined where there is nothing for pytest to run. */
export function readPytestSuite(root: string): PytestSuite | undefined {
  const settings = readSettings(root);
  const found = candidates(root).filter((file) => file.endsWith('.py'));
  const roots = listed(settings.text, 'testpaths');
  const isUnder = (file: string, folder: string): boolean =>
    file === folder || file.startsWith(`${folder.replace(/\/$/, '')}/`);
  const ignored = [...settings.text.matchAll(/--ignore[= ]([\w./-]+)/g)].map(([, folder = '']) => folder);
  const inside = (file: string): boolean =>
    !ignored.some((one) => isUnder(file, one)) && (!roots.length || roots.some((one) => isUnder(file, one)));
  const files = found.filter((file) => /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(file) && inside(file));
  if (!files.length) return undefined;
  const conftests = found.filter((file) => file.endsWith('conftest.py'));
  const modules = new Modules(root);
  const sources = (names: string[]): PySource[] =>
    names.map((name) => modules.source(name)).filter((one) => one !== undefined);
  return {
    root,
    files,
    conftests,
    settings,
    tests: sources(files),
    fixtures: sources(conftests),
    reach: (source) => modules.reach(source),
    resolve: (module, from) => modules.resolve(module, from),
  };
}

/** The files of a folder, each parsed once; modules by name. */
class Modules {
  private readonly parsed = new Map<string, PySource | undefined>();
  private readonly reached = new Map<PySource, Set<PySource>>();

  constructor(private readonly root: string) {}

  source(file: string): PySource | undefined {
    if (!this.parsed.has(file)) this.parsed.set(file, PySource.read(this.root, file));
    return this.parsed.get(file);
  }

  resolve(module: string, from: PySource): PySource | undefined {
    const [, dots = '', name = ''] = /^(\.*)(.*)$/.exec(module) ?? [];
    const parts = name.split('.').filter(Boolean);
    const folder = path.posix.dirname(from.file);
    const bases = dots
      ? [path.posix.join(folder, ...Array<string>(dots.length - 1).fill('..'))]
      : ['', 'src', 'backend', 'app', folder, path.posix.dirname(folder)];
    for (const base of bases)
      for (const file of [path.posix.join(base, ...parts) + '.py', path.posix.join(base, ...parts, '__init__.py')])
        if (file !== '.py' && existsSync(path.join(this.root, file))) return this.source(file);
    return undefined;
  }

  reach(start: PySource): Set<PySource> {
    const known = this.reached.get(start);
    if (known) return known;
    const found = new Set<PySource>();
    const queue = [start];
    for (let source = queue.pop(); source; source = queue.pop()) {
      if (found.has(source)) continue;
      found.add(source);
      for (const { module, name } of source.imports.values())
        for (const target of [
          this.resolve(module, source),
          this.resolve(`${module}${module.endsWith('.') ? '' : '.'}${name}`, source),
        ])
          if (target) queue.push(target);
    }
    this.reached.set(start, found);
    return found;
  }
}

/** Value of an option as written, without quotes. */
export function option(settings: PytestSettings, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*=\\s*["']?([^"'\\n#]+)`, 'm').exec(settings.text)?.[1]?.trim();
}

function listed(text: string, name: string): string[] {
  const list =
    new RegExp(`^\\s*${name}\\s*=\\s*(\\[[^\\]]*\\]|[^\\n]*(?:\\n[ \\t]+[^\\n]+)*)`, 'm').exec(text)?.[1] ?? '';
  return list.match(/[\w./-]+/g) ?? [];
}

const places: [string, RegExp][] = [
  ['pytest.ini', /\[pytest\]([\s\S]*)/],
  ['pyproject.toml', /\[tool\.pytest(?:\.ini_options)?\]([\s\S]*?)(?=\n\[|$)/],
  ['tox.ini', /\[pytest\]([\s\S]*?)(?=\n\[|$)/],
  ['setup.cfg', /\[tool:pytest\]([\s\S]*?)(?=\n\[|$)/],
];

function readSettings(root: string): PytestSettings {
  for (const [file, section] of places) {
    if (!existsSync(path.join(root, file))) continue;
    const text = section.exec(readFileSync(path.join(root, file), 'utf8'))?.[1];
    if (text !== undefined) return { file, text };
  }
  return { text: '' };
}
