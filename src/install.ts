import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.js';
import type { Triage } from './model/index.js';

/** How a package manager is told to add development dependencies, how it writes one, and how it installs what is declared. */
interface Manager {
  add: string[];
  written(name: string, range: string): string;
  declared: string[];
}

const versioned = (name: string, range: string): string => `${name}@${range}`;
const specified = (name: string, range: string): string => `${name}${range}`;

/** Where the project's own manager is not to be had, the environment's pip will do. */
function nameOf({ packageManager, python }: Triage): string {
  const name = packageManager.value ?? 'npm';
  const isThere = !python || ['pip', 'conda'].includes(name) || isOnPath(name);
  return isThere || !('pip' in python.value.packages) ? name : 'pip';
}

function managerOf(triage: Triage): Manager {
  const { root, python } = triage;
  const interpreter = python?.value.interpreter ?? 'python';
  const requirements = existsSync(path.join(root, 'requirements.txt')) ? ['-r', 'requirements.txt'] : ['-e', '.'];
  switch (nameOf(triage)) {
    case 'pnpm':
      return { add: ['pnpm', 'add', '--save-dev'], written: versioned, declared: ['pnpm', 'install'] };
    case 'yarn':
      return { add: ['yarn', 'add', '--dev'], written: versioned, declared: ['yarn', 'install'] };
    case 'poetry':
      return { add: ['poetry', 'add', '--group', 'dev'], written: versioned, declared: ['poetry', 'install'] };
    case 'pdm':
      return { add: ['pdm', 'add', '--dev'], written: specified, declared: ['pdm', 'install'] };
    case 'pipenv':
      return { add: ['pipenv', 'install', '--dev'], written: specified, declared: ['pipenv', 'install'] };
    case 'uv':
      return {
        add: ['uv', 'pip', 'install', '--python', interpreter],
        written: specified,
        declared: ['uv', 'pip', 'install', '--python', interpreter, ...requirements],
      };
    case 'pip':
    case 'conda':
      return {
        add: [interpreter, '-m', 'pip', 'install'],
        written: specified,
        declared: [interpreter, '-m', 'pip', 'install', ...requirements],
      };
    default:
      return { add: ['npm', 'install', '--save-dev'], written: versioned, declared: ['npm', 'install'] };
  }
}

const isOnPath = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, command)));

/** The service's framework can be imported by it. */
export const isInstalled = (triage: Triage): boolean =>
  triage.python ? triage.python.value.installed : standsAbove(triage.root, triage.framework.value);

/** The package stands in the folder's `node_modules`, or in a workspace's above it. */
function standsAbove(folder: string, name: string): boolean {
  if (existsSync(path.join(folder, 'node_modules', name, 'package.json'))) return true;
  const above = path.dirname(folder);
  return above !== folder && standsAbove(above, name);
}

/** npm and its like install what is declared with anything that is added; Python's managers are told to. */
function commands(triage: Triage, packages: Record<string, string>): string[][] {
  const { add, written, declared } = managerOf(triage);
  const wanted = Object.entries(packages).map(([name, range]) => written(name, range));
  const adding = wanted.length ? [[...add, ...wanted]] : [];
  return adding.length && (!triage.python || isInstalled(triage)) ? adding : [declared, ...adding];
}

const typed = (words: string[]): string =>
  words.map((word) => (/[<>*|&;()$\s]/.test(word) ? `'${word}'` : word)).join(' ');

/** The command that adds development dependencies, or installs what is declared, as the user would type it. */
export const installCommand = (triage: Triage, packages: Record<string, string>): string =>
  commands(triage, packages).map(typed).join(' && ');

/**
 * Adds the packages with the service's own package manager, and installs what is declared.
 * @throws UserError with the last lines it printed, when it fails
 */
export async function install(
  triage: Triage,
  packages: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const words of commands(triage, packages)) {
    const [command = '', ...args] = words;
    const first = await run(triage.root, command, args, signal);
    const { code, output } = isOldConflict(command, first)
      ? await run(triage.root, command, [...args, '--legacy-peer-deps'], signal)
      : first;
    if (code !== 0)
      throw new UserError(
        'install-failed',
        `${typed(words)} failed: ${output.trim().split('\n').slice(-3).join(' ')}`,
        'Install them yourself and run again with --no-install.',
      );
  }
}

interface Ended {
  code: number;
  output: string;
}

/** What the service itself declares disagrees about peers: npm refuses to add anything, whatever it is. */
const isOldConflict = (command: string, { code, output }: Ended): boolean =>
  command === 'npm' && code !== 0 && output.includes('ERESOLVE');

function run(cwd: string, command: string, args: string[], signal: AbortSignal | undefined): Promise<Ended> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
