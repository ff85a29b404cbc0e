import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { normal } from './project.js';

/** A virtual environment, as its files show it. */
export interface Environment {
  /** Absolute path of its interpreter. */
  interpreter: string;
  evidence: string;
  /** `3.11` */
  version: string | null;
  /** Installed: normalized name → version. */
  packages: Record<string, string>;
}

/**
 * The environment that the service runs in: the one that the user names, else the first that has FastAPI, else the first.
 * Reads files, runs nothing.
 * @throws UserError where the named interpreter does not exist
 */
export function findEnvironment(root: string, named: string | undefined): Environment | undefined {
  if (named !== undefined) return namedEnvironment(root, named);
  const found = places(root).flatMap(([folder, evidence]) => {
    const interpreter = interpreterIn(folder);
    return interpreter === undefined ? [] : [described(folder, interpreter, evidence)];
  });
  return found.find((one) => 'fastapi' in one.packages) ?? found[0];
}

function namedEnvironment(root: string, named: string): Environment {
  const full = path.resolve(root, named);
  const interpreter = existsSync(path.join(full, 'pyvenv.cfg')) ? interpreterIn(full) : full;
  if (interpreter === undefined || !existsSync(interpreter))
    throw new UserError(
      'no-python',
      `There is no Python at ${full}.`,
      "Give the interpreter of the service's virtual environment: --python .venv/bin/python.",
    );
  return described(path.dirname(path.dirname(interpreter)), interpreter, '--python');
}

/** Folders of environments, the likeliest first, with what they are known by. */
function places(root: string): [string, string][] {
  const inside = ['.venv', 'venv', 'env', '.env'].map((name): [string, string] => [path.join(root, name), `${name}/`]);
  const above = [1, 2].map((up): [string, string] => [
    path.join(root, ...Array<string>(up).fill('..'), '.venv'),
    `${'../'.repeat(up)}.venv/`,
  ]);
  const variables = ['VIRTUAL_ENV', 'CONDA_PREFIX'].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value ? [[value, name]] : [];
  });
  return [...inside, ...pdm(root), ...variables, ...central(root), ...above];
}

/** PDM writes down which interpreter it uses. */
function pdm(root: string): [string, string][] {
  try {
    const interpreter = readFileSync(path.join(root, '.pdm-python'), 'utf8').trim();
    return [[path.dirname(path.dirname(interpreter)), '.pdm-python']];
  } catch {
    return [];
  }
}

/** Poetry and pipenv keep environments in one place, by the project's name. */
function central(root: string): [string, string][] {
  const name = normal(path.basename(root));
  const homes: [string, string][] = [
    [path.join(homedir(), '.cache/pypoetry/virtualenvs'), 'poetry'],
    [path.join(homedir(), 'Library/Caches/pypoetry/virtualenvs'), 'poetry'],
    [path.join(homedir(), '.local/share/virtualenvs'), 'pipenv'],
  ];
  return homes.flatMap(([home, tool]) =>
    names(home)
      .filter((folder) => normal(folder).startsWith(`${name}-`))
      .map((folder): [string, string] => [path.join(home, folder), `${tool}'s ${folder}`]),
  );
}

const interpreterIn = (folder: string): string | undefined =>
  ['bin/python', 'bin/python3', 'Scripts/python.exe', 'python.exe']
    .map((name) => path.join(folder, name))
    .find((file) => existsSync(file));

function described(folder: string, interpreter: string, evidence: string): Environment {
  const library = names(path.join(folder, 'lib')).find((name) => /^python3/.test(name));
  const sites = [
    ...(library === undefined ? [] : [path.join(folder, 'lib', library, 'site-packages')]),
    path.join(folder, 'Lib', 'site-packages'),
  ];
  const packages: Record<string, string> = {};
  for (const site of sites)
    for (const entry of names(site)) {
      const found = /^(.+)-([^-]+)\.dist-info$/.exec(entry);
      if (found?.[1] && found[2]) packages[normal(found[1])] = found[2];
    }
  return { interpreter, evidence, version: versionIn(folder) ?? library?.replace('python', '') ?? null, packages };
}

function versionIn(folder: string): string | undefined {
  try {
    const text = readFileSync(path.join(folder, 'pyvenv.cfg'), 'utf8');
    return /^version(?:_info)?\s*=\s*(\d+\.\d+)/m.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
