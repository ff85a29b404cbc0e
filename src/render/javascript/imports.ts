import { posix } from 'node:path';
import type { BuildExpr, Triage } from '../../model/index.js';
import { access, keyLiteral, literal, text } from './literals.js';

export interface ImportView {
  /** Named imports, sorted. */
  names: string[];
  /** Default import. */
  whole?: string;
  /** Namespace import. */
  all?: string;
  from: string;
}

/** Test code is written with `require`: as Node runs it, with nothing that compiles it. */
export const writesRequire = ({ moduleSystem, language, compiled }: Triage): boolean =>
  moduleSystem.value !== 'esm' && language.value !== 'typescript' && !compiled;

/** Imports of one generated file, merged by module and named without clashes. */
export class Imports {
  private readonly modules = new Map<string, ImportView>();
  private readonly taken = new Set<string>();

  constructor(
    private readonly triage: Triage,
    /** Folder of the generated file, relative to the service. */
    private readonly folder: string,
  ) {}

  named(from: string, ...names: string[]): void {
    const view = this.module(from);
    for (const name of names) if (!view.names.includes(name)) view.names.push(name);
  }

  whole(from: string, name: string): string {
    const view = this.module(from);
    return (view.whole ??= this.free(name));
  }

  bare(from: string): void {
    this.module(from);
  }

  private module(from: string): ImportView {
    let view = this.modules.get(from);
    if (!view) {
      view = { names: [], from };
      this.modules.set(from, view);
    }
    return view;
  }

  /** Names that the file uses itself. */
  reserve(...names: string[]): void {
    for (const name of names) this.taken.add(name);
  }

  private free(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.taken.has(name); number++) name = `${wanted}${number}`;
    this.taken.add(name);
    return name;
  }

  /** The specifier by which the generated file imports a file of the service. */
  specifier(file: string): string {
    const relative = posix.relative(this.folder, file);
    const path = relative.startsWith('.') ? relative : `./${relative}`;
    const typed = this.triage.language.value === 'typescript';
    const esm = this.triage.moduleSystem.value === 'esm';
    if (typed) return esm ? path.replace(/\.([cm]?)tsx?$/, '.$1js') : path.replace(/\.[cm]?tsx?$/, '');
    return esm ? path : path.replace(/\.c?js$/, '');
  }

  /** Writes the expression; whatever it imports is noted. `special` writes stores, sinks and parameters. */
  code(expression: BuildExpr, special: (expression: BuildExpr) => string | undefined = () => undefined): string {
    const own = special(expression);
    if (own !== undefined) return own;
    const inner = (one: BuildExpr): string => this.code(one, special);
    switch (expression.kind) {
      case 'const':
        return literal(expression.value);
      case 'env':
        return environmentCode(expression);
      case 'import':
        return this.importCode(expression);
      case 'call':
        return `${expression.isAsync ? 'await ' : ''}${expression.isNew ? 'new ' : ''}${inner(expression.callee)}(${expression.args.map(inner).join(', ')})`;
      case 'member':
        return access(inner(expression.of), expression.name);
      case 'object':
        return `{ ${Object.entries(expression.fields)
          .map(([key, field]) => {
            const code = inner(field);
            return code === key ? key : `${keyLiteral(key)}: ${code}`;
          })
          .join(', ')} }`;
      case 'array':
        return `[${expression.items.map(inner).join(', ')}]`;
      case 'app':
        return 'app';
      default:
        return 'undefined';
    }
  }

  private importCode(expression: Extract<BuildExpr, { kind: 'import' }>): string {
    const from = expression.file === undefined ? (expression.module ?? '') : this.specifier(expression.file);
    if (expression.name === 'default' || expression.name === '*')
      return this.whole(from, identifier(expression.file ?? expression.module ?? 'value'));
    this.named(from, expression.name);
    return expression.name;
  }

  /** Packages first, then files; each sorted. */
  list(): ImportView[] {
    const rank = (view: ImportView): string =>
      `${view.from.startsWith('node:') ? 0 : view.from.startsWith('.') ? 2 : 1} ${view.from}`;
    return [...this.modules.values()]
      .map((view) => ({ ...view, names: [...view.names].sort() }))
      .sort((left, right) => rank(left).localeCompare(rank(right)));
  }
}

/** The value that the service itself would have: the variable, else its own fallback of the right type. */
function environmentCode(expression: Extract<BuildExpr, { kind: 'env' }>): string {
  const variable = access('process.env', expression.name);
  if (typeof expression.fallback === 'number') return `Number(${variable} ?? ${expression.fallback})`;
  return `(${variable} ?? ${expression.fallback === undefined ? "''" : literal(expression.fallback)})`;
}

const identifier = (path: string): string => {
  const base =
    path
      .split('/')
      .at(-1)
      ?.replace(/\.[cm]?[jt]sx?$/, '') ?? 'value';
  const name = (base === 'index' ? (path.split('/').at(-2) ?? 'index') : base).replace(
    /[^A-Za-z0-9]+(.)?/g,
    (_, letter: string | undefined) => letter?.toUpperCase() ?? '',
  );
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
};

/** The import statements of a file; as CommonJS, types need none. */
export function importLines(list: ImportView[], commonjs: boolean): string[] {
  return list.flatMap(({ whole, names, from }) => {
    const module = text(from);
    const named = names.length ? `{ ${names.join(', ')} }` : '';
    if (!commonjs)
      return [
        whole || named ? `import ${[whole, named].filter(Boolean).join(', ')} from ${module};` : `import ${module};`,
      ];
    const values = names.filter((name) => !name.startsWith('type '));
    if (!whole && !values.length) return [names.length ? '' : `require(${module});`].filter(Boolean);
    return [
      ...(whole ? [`const ${whole} = require(${module});`] : []),
      ...(values.length ? [`const { ${values.join(', ')} } = require(${module});`] : []),
    ];
  });
}

/** The same imports as statements of an async function. */
export function dynamicImports(list: ImportView[], commonjs: boolean): string[] {
  return list.map(({ whole, names, from }) => {
    if (commonjs) {
      const lines = [
        whole ? `const ${whole} = require(${text(from)});` : '',
        names.length ? `const { ${names.join(', ')} } = require(${text(from)});` : '',
      ];
      return lines.filter(Boolean).join('\n');
    }
    const bindings = [...(whole ? [`default: ${whole}`] : []), ...names];
    return `const { ${bindings.join(', ')} } = await import(${text(from)});`;
  });
}
