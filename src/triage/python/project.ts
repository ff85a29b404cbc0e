import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { UserError } from '../../errors.js';
import { pythonFiles } from './sources.js';

/** What a Python service's own files say about it. */
export interface Project {
  root: string;
  /** From pyproject.toml; undefined: there is none. */
  pyproject?: Table;
  /** Asked for: normalized name → range as written, and where. */
  asked: Map<string, { range: string; file: string; line: number }>;
  /** Pinned by a lock file. */
  locked: Map<string, { version: string; file: string }>;
}

export type Table = Record<string, unknown>;

const markers = ['pyproject.toml', 'requirements.txt', 'setup.cfg', 'setup.py', 'Pipfile', 'manage.py'];

/** The file that says that this is a Python project, if there is one; `deep`: any Python file below does. */
export function pythonMarker(root: string, deep: boolean): string | undefined {
  const marker = markers.find((name) => existsSync(path.join(root, name))) ?? requirementFiles(root)[0];
  return marker ?? (deep ? pythonFiles(root)[0] : entries(root).find((name) => name.endsWith('.py')));
}

/** Reads all that names dependencies. */
export function openProject(root: string): Project {
  const pyproject = toml(root, 'pyproject.toml');
  const project: Project = { root, asked: new Map(), locked: new Map(), ...(pyproject ? { pyproject } : {}) };
  for (const file of requirementFiles(root)) requirements(project, file);
  if (pyproject) declared(project, pyproject);
  const pipfile = toml(root, 'Pipfile');
  for (const section of ['packages', 'dev-packages'])
    for (const [name, range] of Object.entries(tableAt(pipfile, section) ?? {}))
      ask(project, name, rangeOf(range), 'Pipfile');
  for (const file of ['setup.cfg', 'setup.py']) setup(project, file);
  for (const file of ['uv.lock', 'poetry.lock', 'pdm.lock']) locks(project, file);
  pipenvLock(project);
  return project;
}

export const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

export function tableAt(table: unknown, ...at: string[]): Table | undefined {
  let value: unknown = table;
  for (const key of at) value = typeof value === 'object' && value !== null ? (value as Table)[key] : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}

export function textOf(root: string, file: string): string | undefined {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

/** @throws UserError where the file is there and is no TOML */
function toml(root: string, file: string): Table | undefined {
  const text = textOf(root, file);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new UserError(
      'broken-toml',
      `${path.join(root, file)} is not valid TOML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
      'Mend it and run again.',
    );
  }
}

const entries = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

function requirementFiles(root: string): string[] {
  const own = entries(root).filter((name) => /^requirements.*\.(txt|in)$/.test(name));
  const inside = entries(path.join(root, 'requirements')).filter((name) => /\.(txt|in)$/.test(name));
  return [...own, ...inside.map((name) => `requirements/${name}`)];
}

function requirements(project: Project, file: string): void {
  for (const line of (textOf(project.root, file) ?? '').split('\n')) requirement(project, line, file);
}

/** `name[extra]>=1,<2; marker`: https://packaging.python.org/en/latest/specifications/dependency-specifiers/ */
function requirement(project: Project, text: string, file: string): void {
  const found = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)/.exec(text);
  if (found?.[1] && !/^\s*-/.test(text)) ask(project, found[1], (found[2] ?? '').trim(), file);
}

function ask(project: Project, name: string, range: string, file: string): void {
  const key = normal(name);
  if (project.asked.has(key)) return;
  const lines = (textOf(project.root, file) ?? '').split('\n');
  const line = lines.findIndex((one) => normal(one).includes(key)) + 1;
  project.asked.set(key, { range, file, line: Math.max(line, 1) });
}

function declared(project: Project, pyproject: Table): void {
  const lists = [
    tableAt(pyproject, 'project')?.['dependencies'],
    ...Object.values(tableAt(pyproject, 'project', 'optional-dependencies') ?? {}),
    ...Object.values(tableAt(pyproject, 'dependency-groups') ?? {}),
    ...Object.values(tableAt(pyproject, 'tool', 'pdm', 'dev-dependencies') ?? {}),
    tableAt(pyproject, 'tool', 'uv')?.['dev-dependencies'],
  ];
  for (const list of lists)
    for (const one of Array.isArray(list) ? list : [])
      if (typeof one === 'string') requirement(project, one, 'pyproject.toml');
  const poetry = [
    tableAt(pyproject, 'tool', 'poetry', 'dependencies'),
    tableAt(pyproject, 'tool', 'poetry', 'dev-dependencies'),
    ...Object.values(tableAt(pyproject, 'tool', 'poetry', 'group') ?? {}).map((group) =>
      tableAt(group, 'dependencies'),
    ),
  ];
  for (const table of poetry)
    for (const [name, range] of Object.entries(table ?? {})) ask(project, name, rangeOf(range), 'pyproject.toml');
}

const rangeOf = (value: unknown): string =>
  typeof value === 'string' ? value : String(tableAt(value)?.['version'] ?? '');

/** `install_requires` of setup.cfg; the strings in setup.py that look like requirements. */
function setup(project: Project, file: string): void {
  const text = textOf(project.root, file) ?? '';
  if (file === 'setup.py') {
    for (const [, one = ''] of text.matchAll(/["']([A-Za-z][\w.-]*(?:\[[\w,]*\])?\s*[<>=!~][^"']*)["']/g))
      requirement(project, one, file);
    return;
  }
  const block = /^install_requires\s*=\s*\n((?:[ \t]+.*\n?)*)/m.exec(text)?.[1] ?? '';
  for (const line of block.split('\n')) requirement(project, line, file);
}

/** Of uv, poetry and pdm alike: `[[package]]` with a name and a version. */
function locks(project: Project, file: string): void {
  const packages = toml(project.root, file)?.['package'];
  for (const one of Array.isArray(packages) ? packages : []) {
    const { name, version } = one as Table;
    if (typeof name === 'string' && typeof version === 'string') project.locked.set(normal(name), { version, file });
  }
}

function pipenvLock(project: Project): void {
  const text = textOf(project.root, 'Pipfile.lock');
  if (text === undefined) return;
  try {
    const lock = JSON.parse(text) as Table;
    for (const section of ['default', 'develop'])
      for (const [name, one] of Object.entries(tableAt(lock, section) ?? {})) {
        const version = tableAt(one)?.['version'];
        if (typeof version === 'string')
          project.locked.set(normal(name), { version: version.replace(/^==/, ''), file: 'Pipfile.lock' });
      }
  } catch {
    // A broken lock pins nothing.
  }
}
