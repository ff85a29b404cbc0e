import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BuildExpr, Triage } from '../../model/index.js';
import { isName, keywordArguments, literal, text } from './literals.js';

/** Imports of one generated file, or of one function in it: merged by module, sorted as isort does. */
export class Imports {
  private readonly modules = new Map<string, Set<string>>();
  private readonly whole = new Set<string>();

  constructor(private readonly triage: Triage) {}

  from(module: string, ...names: string[]): void {
    const known = this.modules.get(module) ?? new Set<string>();
    for (const name of names) known.add(name);
    if (known.size) this.modules.set(module, known);
  }

  module(name: string): string {
    this.whole.add(name);
    return name;
  }

  /** Writes the expression; whatever it imports is noted. */
  code(expression: BuildExpr, special: (expression: BuildExpr) => string | undefined = () => undefined): string {
    const own = special(expression);
    if (own !== undefined) return own;
    const inner = (one: BuildExpr): string => this.code(one, special);
    switch (expression.kind) {
      case 'const':
        return literal(expression.value);
      case 'env':
        return this.environment(expression);
      case 'import':
        return this.imported(expression);
      case 'call':
        return `${expression.isAsync ? 'await ' : ''}${inner(expression.callee)}(${this.args(expression.args, inner)})`;
      case 'member':
        return isName(expression.name)
          ? `${inner(expression.of)}.${expression.name}`
          : `getattr(${inner(expression.of)}, ${text(expression.name)})`;
      case 'object':
        return `{${Object.entries(expression.fields)
          .map(([key, field]) => `${text(key)}: ${inner(field)}`)
          .join(', ')}}`;
      case 'array':
        return `[${expression.items.map(inner).join(', ')}]`;
      default:
        return 'None';
    }
  }

  /** An object that stands last is what the call is given by name. */
  private args(args: BuildExpr[], inner: (one: BuildExpr) => string): string {
    const last = args.at(-1);
    if (last?.kind !== 'object') return args.map(inner).join(', ');
    const named = keywordArguments(
      Object.entries(last.fields).map(([key, field]): [string, string] => [key, inner(field)]),
    );
    return [...args.slice(0, -1).map(inner), ...named].join(', ');
  }

  private environment({ name, fallback }: Extract<BuildExpr, { kind: 'env' }>): string {
    this.module('os');
    if (fallback === undefined) return `os.environ[${text(name)}]`;
    if (typeof fallback === 'number') return `int(os.environ.get(${text(name)}, ${text(String(fallback))}))`;
    return `os.environ.get(${text(name)}, ${literal(fallback)})`;
  }

  private imported({ file, module = '', name }: Extract<BuildExpr, { kind: 'import' }>): string {
    const from = file === undefined ? module : moduleOf(this.triage, file);
    if (name === '*' || name === 'default') return this.module(from);
    this.from(from, name);
    return name;
  }

  lines(): string[] {
    const statements = [
      ...[...this.whole].map((name) => ({ module: name, rank: 0, line: `import ${name}` })),
      ...[...this.modules].map(([module, names]) => ({
        module,
        rank: 1,
        line: `from ${module} import ${[...names].sort(byType).join(', ')}`,
      })),
    ];
    const sections = [0, 1, 2].map((section) =>
      statements
        .filter((one) => this.sectionOf(one.module) === section)
        .sort((left, right) => left.rank - right.rank || (left.module < right.module ? -1 : 1))
        .map((one) => one.line),
    );
    return sections.filter((lines) => lines.length).flatMap((lines, index) => (index ? ['', ...lines] : lines));
  }

  /** 0: the standard library; 1: packages; 2: this service, its tests included. */
  private sectionOf(module: string): 0 | 1 | 2 {
    const top = module.split('.')[0] ?? module;
    if (standard.has(top)) return 0;
    const inside = ['', 'src', rootOf(this.triage)].some((root) =>
      [top, `${top}.py`].some((name) => existsSync(path.join(this.triage.root, root, name))),
    );
    return inside || this.triage.testFolder.value.split('/')[0] === top ? 2 : 1;
  }
}

const rootOf = (triage: Triage): string => triage.python?.value.sourceRoot ?? '';

/** `studio.routers.auth` for `studio/routers/auth.py`, seen from where the service's own imports start. */
export function moduleOf(triage: Triage, file: string): string {
  const root = rootOf(triage);
  const inside = root && file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;
  return inside
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .split('/')
    .join('.');
}

/** Constants, then classes, then the rest, as ruff's isort orders members. */
function byType(left: string, right: string): number {
  const rank = (name: string): number =>
    /^[A-Z0-9_]+$/.test(name) && name.length > 1 ? 0 : /^[A-Z]/.test(name) ? 1 : 2;
  return rank(left) - rank(right) || (left < right ? -1 : 1);
}

const standard = new Set(
  (
    'abc argparse array asyncio base64 collections concurrent contextlib contextvars copy csv dataclasses datetime decimal email enum ' +
    'functools gzip hashlib hmac http importlib inspect io ipaddress itertools json logging math multiprocessing operator os pathlib ' +
    'pickle queue random re secrets shutil signal smtplib socket sqlite3 ssl string struct subprocess sys tempfile textwrap threading ' +
    'time traceback types typing unittest urllib uuid warnings weakref xml zipfile zlib zoneinfo'
  ).split(' '),
);
