import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.js';
import type { PackageManager } from './model/index.js';

const adding: Record<PackageManager, string[]> = {
  npm: ['install', '--save-dev'],
  pnpm: ['add', '--save-dev'],
  yarn: ['add', '--dev'],
};

/** The package can be imported from this folder: it stands in its `node_modules`, or in a workspace's above it. */
export function isInstalled(folder: string, name: string): boolean {
  if (existsSync(path.join(folder, 'node_modules', name, 'package.json'))) return true;
  const above = path.dirname(folder);
  return above !== folder && isInstalled(above, name);
}

const argumentsFor = (manager: PackageManager, packages: Record<string, string>): string[] => {
  const wanted = Object.entries(packages).map(([name, range]) => `${name}@${range}`);
  return wanted.length ? [...adding[manager], ...wanted] : ['install'];
};

/** The command that adds development dependencies, or installs what is declared, as the user would type it. */
export const installCommand = (manager: PackageManager, packages: Record<string, string>): string =>
  [manager, ...argumentsFor(manager, packages)].join(' ');

/**
 * Adds the packages with the service's own package manager, and installs what is declared.
 * @throws UserError with the last lines it printed, when it fails
 */
export async function install(
  root: string,
  manager: PackageManager,
  packages: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = argumentsFor(manager, packages);
  const { code, output } = await run(root, manager, args, signal);
  if (code !== 0)
    throw new UserError(
      'install-failed',
      `${installCommand(manager, packages)} failed: ${output.trim().split('\n').slice(-3).join(' ')}`,
      'Install them yourself and run again with --no-install.',
    );
}

function run(
  cwd: string,
  command: string,
  args: string[],
  signal: AbortSignal | undefined,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], ...(signal ? { signal } : {}) });
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
