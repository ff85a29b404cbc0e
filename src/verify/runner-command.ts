import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Runner } from '../model/index.js';
import { reporterPath } from './node-reporters.js';
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

/** The whole shell command. */
export function runnerCommand(call: RunnerCall): string {
  if (call.runner === 'jest') return assembled(call, jestArguments(call));
  if (call.runner === 'vitest') return assembled(call, vitestArguments(call));
  if (call.runner === 'pytest') return assembled(call, pytestArguments(call));
  if (call.runner === 'node:test') return assembled(call, nodeTestArguments(call));
  if (call.runner === 'mocha') return assembled(call, mochaArguments(call));
  return tapCommand(call);
}

/** Whether the installed runner can shuffle the tests of a file. */
export function canShuffle(runner: Runner, root: string): boolean {
  if (runner !== 'jest') return true;
  const [major = 0, minor = 0] = installedVersion('jest', root);
  return major > 29 || (major === 29 && minor >= 5);
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

/** Neither node:test nor tap can shuffle the tests of a file: the files come in the other order. */
const inOrder = ({ files, shuffled }: RunnerCall): string[] => (shuffled ? [...files].reverse() : files);

function nodeTestArguments(call: RunnerCall): string[] {
  const reporter = reporterPath(dirname(call.outputFile));
  return [`--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...inOrder(call)];
}

/** Our reporter shuffles. */
function mochaArguments({ files, outputFile }: RunnerCall): string[] {
  return ['--reporter', reporterPath(dirname(outputFile)), ...files];
}

/** tap's TAP, put in its place when it is whole. */
function tapCommand(call: RunnerCall): string {
  const part = shellQuoted(`${call.outputFile}.part`);
  const run = assembled(call, ['--reporter=tap', ...inOrder(call)]);
  return `${run} > ${part}; code=$?; mv ${part} ${shellQuoted(call.outputFile)}; exit $code`;
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
