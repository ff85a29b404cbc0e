import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import type { Alias } from '../../model/index.js';
import type { ModuleNode } from '../core/language.js';
import type { ModuleHost } from '../interpreter/module-host.js';
import { lowerModule } from './lower.js';
import { Workspaces } from './workspaces.js';

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.jsx', '.json'];
/** `./app.js` in TypeScript means `./app.ts`. */
const written: Record<string, string[]> = {
  '.js': ['.ts', '.tsx', '.js'],
  '.mjs': ['.mts', '.mjs'],
  '.cjs': ['.cts', '.cjs'],
  '.jsx': ['.tsx', '.jsx'],
};

/** Reads and resolves the service's own TypeScript and JavaScript, once a file. */
export class NodeModules implements ModuleHost {
  private readonly cache = new Map<string, ModuleNode | undefined>();
  private readonly workspaces: Workspaces;

  /** `aliases`: in the order in which they are tried. */
  constructor(
    private readonly root: string,
    private readonly aliases: Alias[] = [],
  ) {
    this.workspaces = new Workspaces(root, (base) => this.file(base));
  }

  read(file: string): ModuleNode | undefined {
    if (this.cache.has(file)) return this.cache.get(file);
    let node: ModuleNode | undefined;
    try {
      const text = readFileSync(path.join(this.root, file), 'utf8');
      node = file.endsWith('.json') ? lowerModule(`${file}.js`, `module.exports = ${text}`) : lowerModule(file, text);
    } catch {
      node = undefined;
    }
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
    const found = statSync(path.join(this.root, file), { throwIfNoEntry: false });
    return found && (found.isDirectory() ? 'folder' : 'file');
  }

  text(file: string): string | undefined {
    try {
      return readFileSync(path.join(this.root, file), 'utf8');
    } catch {
      return undefined;
    }
  }

  resolve(specifier: string, from: string): { file: string } | { module: string } | undefined {
    const bare = specifier.replace(/^node:/, '');
    // `sqlite` is a package, `node:sqlite` is not.
    const name = isBuiltin(bare) ? bare : specifier;
    if (specifier.startsWith('.') || specifier.startsWith('/')) {
      const base = specifier.startsWith('/')
        ? path.join(this.root, specifier)
        : path.join(this.root, path.dirname(from), specifier);
      return this.file(base);
    }
    if (isBuiltin(specifier)) return { module: name };
    return this.aliased(specifier) ?? this.workspaces.resolve(specifier) ?? { module: name };
  }

  private aliased(specifier: string): { file: string } | undefined {
    for (const { pattern, targets } of this.aliases) {
      const [prefix = '', suffix] = pattern.split('*');
      const fits =
        suffix === undefined
          ? specifier === prefix
          : specifier.length >= prefix.length + suffix.length &&
            specifier.startsWith(prefix) &&
            specifier.endsWith(suffix);
      if (!fits) continue;
      const rest = specifier.slice(prefix.length, specifier.length - (suffix?.length ?? 0));
      for (const target of targets) {
        const found = this.file(path.join(this.root, target.replace('*', rest)));
        if (found) return found;
      }
    }
    return undefined;
  }

  private file(base: string): { file: string } | undefined {
    const extension = path.extname(base);
    const stem = base.slice(0, base.length - extension.length);
    const candidates = [
      ...(written[extension] ?? []).map((other) => stem + other),
      ...(extensions.includes(extension) ? [base] : []),
      ...extensions.map((other) => base + other),
      ...extensions.map((other) => path.join(base, `index${other}`)),
    ];
    for (const candidate of candidates)
      if (isFile(candidate)) return { file: path.relative(this.root, candidate).split(path.sep).join('/') };
    return undefined;
  }
}

const isFile = (file: string): boolean => existsSync(file) && statSync(file).isFile();
