import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner } from '../model/index.js';
import { PYTEST_PLUGIN } from './pytest-plugin.js';

/** Of the second, shuffled run. Fixed, so that what was seen can be seen again. */
export const SHUFFLE_SEED = 20;

export interface RunnerCall {
  /** The suite's own command, e.g. `npx jest`. */
  command: string;
  runner: Runner;
  files: string[];
  /** Where the runner puts its JSON. */
  outputFile: string;
  shuffled: boolean;
  root: string;
}

/** The whole shell command, or undefined for a runner whose JSON we don't read. */
export function runnerCommand(call: RunnerCall): string | undefined {
  if (call.runner === 'jest') return assembled(call, jestArguments(call));
  if (call.runner === 'vitest') return assembled(call, vitestArguments(call));
  if (call.runner === 'pytest') return assembled(call, pytestArguments(call));
  return undefined;
}

/** Whether the installed runner can shuffle the tests of a file. */
export function canShuffle(runner: Runner, root: string): boolean {
  if (runner === 'vitest' || runner === 'pytest') return true;
  const [major = 0, minor = 0] = installedVersion('jest', root);
  return runner === 'jest' && (major > 29 || (major === 29 && minor >= 5));
}

function jestArguments({ files, outputFile, shuffled }: RunnerCall): string[] {
  const order = shuffled ? ['--randomize', `--seed=${String(SHUFFLE_SEED)}`] : [];
  return ['--json', `--outputFile=${outputFile}`, '--ci', '--watch=false', ...order, '--runTestsByPath', ...files];
}

function vitestArguments({ files, outputFile, shuffled }: RunnerCall): string[] {
  const order = shuffled ? ['--sequence.shuffle', `--sequence.seed=${String(SHUFFLE_SEED)}`] : [];
  return ['--run', '--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`, ...order, ...files];
}

/** Order and report come from our plugin; others that reorder stay out. */
function pytestArguments({ files }: RunnerCall): string[] {
  return ['-p', PYTEST_PLUGIN, '-p', 'no:randomly', '-p', 'no:cacheprovider', '--tb=short', '-q', ...files];
}

// npm keeps flags to itself unless they follow `--`.
function assembled({ command }: RunnerCall, args: string[]): string {
  const separator = /^npm (run(-script)? \S+|test|t)\b/.test(command) && !/ -- | --$/.test(command) ? ['--'] : [];
  return [command, ...separator, ...args.map(shellQuoted)].join(' ');
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function installedVersion(name: string, root: string): number[] {
  try {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    const version: unknown = (JSON.parse(text) as { version?: unknown }).version;
    return typeof version === 'string' ? version.split('.').map(Number) : [];
  } catch {
    // Hoisted to a workspace root: the newest major is the likelier one.
    return [30, 0];
  }
}
