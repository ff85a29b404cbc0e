import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ModuleNode } from '../core/language.js';
import { SourceText } from '../core/language.js';
import type { ModuleHost } from '../interpreter/module-host.js';
import { lowerModule } from './lower.js';
import { python } from './rules/index.js';

/** Where absolute imports may begin, besides the service's folder and the folders above the entry. */
const sourceFolders = ['src', 'lib', 'backend', 'server', 'api', 'app'];

/** Reads and resolves the service's own Python, once a file, when it is imported. */
export class PythonModules implements ModuleHost {
  readonly rules = python;
  private readonly cache = new Map<string, ModuleNode | undefined>();
  private readonly kinds = new Map<string, 'file' | 'folder' | undefined>();
  private readonly roots: string[];

  /** @param entry the file that makes the app: its folder and those above it are import roots, nearest package root first */
  constructor(
    private readonly root: string,
    entry: string,
  ) {
    this.roots = this.importRoots(entry);
  }

  read(file: string): ModuleNode | undefined {
    if (this.cache.has(file)) return this.cache.get(file);
    const text = this.text(file);
    let node: ModuleNode | undefined;
    if (text !== undefined) node = lowerModule(file, text);
    else if (this.isNamespace(file))
      node = { source: new SourceText(file, ''), body: [], errors: [], exportsAll: true };
    this.cache.set(file, node);
    return node;
  }

  list(folder: string): { name: string; isFile: boolean }[] | undefined {
    try {
      return readdirSync(path.join(this.root, folder), { withFileTypes: true })
        .map((entry) => ({ name: entry.name, isFile: !entry.isDirectory() }))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
    } catch {
      return undefined;
    }
  }

  kind(file: string): 'file' | 'folder' | undefined {
    if (!this.kinds.has(file)) {
      const found = statSync(path.join(this.root, file), { throwIfNoEntry: false });
      this.kinds.set(file, found && (found.isDirectory() ? 'folder' : 'file'));
    }
    return this.kinds.get(file);
  }

  text(file: string): string | undefined {
    try {
      return readFileSync(path.join(this.root, file), 'utf8').replace(/^\uFEFF/, '');
    } catch {
      return undefined;
    }
  }

  resolve(specifier: string, from: string): { file: string } | { module: string; within?: string[] } | undefined {
    const relative = /^(\.+)(.*)$/.exec(specifier);
    if (relative) {
      const [, dots = '', rest = ''] = relative;
      let folder = path.posix.dirname(from);
      for (let level = 1; level < dots.length; level++) folder = path.posix.dirname(folder);
      const file = this.module(folder, rest ? rest.split('.') : []);
      return file === undefined ? undefined : { file };
    }
    const parts = specifier.split('.');
    for (const root of this.roots) {
      const file = this.module(root, parts);
      if (file !== undefined) return { file };
    }
    const [module = specifier, ...within] = parts;
    return { module, ...(within.length ? { within } : {}) };
  }

  before(file: string): string[] {
    const packages: string[] = [];
    let folder = path.posix.dirname(file);
    if (path.posix.basename(file) === '__init__.py') folder = path.posix.dirname(folder);
    for (; this.kind(path.posix.join(folder, '__init__.py')) === 'file'; folder = path.posix.dirname(folder)) {
      packages.unshift(path.posix.join(folder, '__init__.py'));
      if (folder === '.') break;
    }
    return packages;
  }

  submodule(file: string, name: string): string | undefined {
    if (path.posix.basename(file) !== '__init__.py') return undefined;
    return this.module(path.posix.dirname(file), [name]);
  }

  /** `app.routers` → `app/routers.py` or `app/routers/__init__.py`, whether that file is there or not. */
  private module(root: string, parts: string[]): string | undefined {
    const base = path.posix.join(root, ...parts);
    if (parts.length && this.kind(`${base}.py`) === 'file' && this.kind(`${base}/__init__.py`) !== 'file')
      return `${base}.py`;
    if (this.kind(base) !== 'folder') return undefined;
    const init = path.posix.join(base, '__init__.py');
    return this.kind(init) === 'file' || this.isNamespace(init) ? init : undefined;
  }

  /** A folder with Python in it, here or further down, is a package even without `__init__.py`. */
  private isNamespace(init: string): boolean {
    return path.posix.basename(init) === '__init__.py' && this.hasPython(path.posix.dirname(init), 3);
  }

  private hasPython(folder: string, depth: number): boolean {
    const entries = this.list(folder) ?? [];
    return (
      entries.some((entry) => entry.isFile && entry.name.endsWith('.py')) ||
      (depth > 0 &&
        entries.some(
          (entry) =>
            !entry.isFile &&
            !/^[._]|node_modules/.test(entry.name) &&
            this.hasPython(path.posix.join(folder, entry.name), depth - 1),
        ))
    );
  }

  /** The folder above the entry's outermost package, then those above it, then where sources commonly are. */
  private importRoots(entry: string): string[] {
    let folder = path.posix.dirname(entry);
    while (folder !== '.' && this.kind(path.posix.join(folder, '__init__.py')) === 'file')
      folder = path.posix.dirname(folder);
    const above = [folder];
    while (folder !== '.' && folder !== '/') above.push((folder = path.posix.dirname(folder)));
    const common = sourceFolders.filter((name) => this.kind(name) === 'folder');
    return [...new Set([...above, '.', ...common])];
  }
}
