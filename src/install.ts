import { spawn } from 'node:child_process';
import { UserError } from './errors.js';
import type { PackageManager } from './model/index.js';

const adding: Record<PackageManager, string[]> = {
  npm: ['install', '--save-dev'],
  pnpm: ['add', '--save-dev'],
  yarn: ['add', '--dev'],
};

/** The command that adds development dependencies, as the user would type it. */
export function installCommand(manager: PackageManager, packages: Record<string, string>): string {
  return [manager, ...adding[manager], ...Object.entries(packages).map(([name, range]) => `${name}@${range}`)].join(
    ' ',
  );
}

/**
 * Adds the packages with the service's own package manager.
 * @throws UserError with the last lines it printed, when it fails
 */
export async function install(
  root: string,
  manager: PackageManager,
  packages: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [...adding[manager], ...Object.entries(packages).map(([name, range]) => `${name}@${range}`)];
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
