import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildResult, runChild } from '../../verify/child-process.js';
import type { Handle, Place, RunOutcome, RunSpec } from './run-spec.js';

/** How long a runner may take to end after its last test. */
const EXIT_GRACE_MS = 2500;

/** What bounds all runs of a diagnosis. */
export interface Limits {
  /** Of `performance.now()`. */
  deadline: number;
  signal?: AbortSignal;
}

export interface Call {
  /** Made with the folder for what the probe writes, and the file for the runner's JSON. */
  command(probe: string, outputFile: string): string;
  env?(probe: string): Record<string, string>;
  /** Reads the runner's results. */
  read(probe: string, outputFile: string): Pick<RunOutcome, 'tests' | 'broken' | 'left'>;
  /** What appears when the last test is over. */
  finished?(probe: string, outputFile: string): string;
}

/** Runs a command with the probe inside, and reads what it noted. */
export async function runProbed(root: string, call: Call, spec: RunSpec, limits: Limits): Promise<RunOutcome> {
  const probe = mkdtempSync(path.join(tmpdir(), 'backend-test-probe-'));
  const outputFile = path.join(probe, 'results.json');
  const start = performance.now();
  try {
    const result = await runChild({
      command: call.command(probe, outputFile),
      cwd: root,
      timeoutMs: Math.max(1000, limits.deadline - start),
      outputFile: call.finished?.(probe, outputFile) ?? outputFile,
      exitGraceMs: spec.hangs ? 200 : EXIT_GRACE_MS,
      signal: limits.signal,
      env: { ...probeEnvironment(probe, spec), ...call.env?.(probe) },
    });
    return { ...base(result, start), ...safely(() => call.read(probe, outputFile)), ...noted(probe, root, result) };
  } finally {
    rmSync(probe, { recursive: true, force: true, maxRetries: 3 });
  }
}

const base = (result: ChildResult, start: number): Pick<RunOutcome, 'output' | 'code' | 'seconds' | 'killedFor'> => ({
  output: result.output,
  code: result.code,
  seconds: (performance.now() - start) / 1000,
  ...(result.killedFor ? { killedFor: result.killedFor } : {}),
});

function safely(
  read: () => Pick<RunOutcome, 'tests' | 'broken' | 'left'>,
): Pick<RunOutcome, 'tests' | 'broken' | 'left'> {
  try {
    return read();
  } catch {
    return { tests: [], broken: new Map(), left: new Map() };
  }
}

function probeEnvironment(probe: string, spec: RunSpec): Record<string, string> {
  return {
    BACKEND_TEST_PROBE: probe,
    NODE_OPTIONS: `--require=${probeFile('preload.cjs')}`,
    ...(spec.offline ? { BACKEND_TEST_OFFLINE: '1' } : {}),
    ...(spec.clock === undefined ? {} : { BACKEND_TEST_CLOCK: String(spec.clock) }),
    ...(spec.timeZone === undefined ? {} : { TZ: spec.timeZone }),
    ...(spec.serial ? { BACKEND_TEST_SERIAL: '1' } : {}),
    ...(spec.state ? { BACKEND_TEST_STATE: '1' } : {}),
  };
}

/** What processes held at the end (where they did not end), and whom they called. */
function noted(probe: string, root: string, { killedFor }: ChildResult): Pick<RunOutcome, 'handles' | 'network'> {
  const dumps =
    killedFor === 'no-exit' || killedFor === 'timeout'
      ? readdirSync(probe).filter((name) => name.startsWith('handles-'))
      : [];
  const handles = dumps.flatMap(
    (name) => (json(path.join(probe, name)) as { left?: Handle[] } | undefined)?.left ?? [],
  );
  const log = path.join(probe, 'network.jsonl');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').filter(Boolean) : [];
  return {
    handles: handles
      .filter(({ at }) => at !== undefined)
      .map((handle) => ({ ...handle, ...relative(handle.at, root) })),
    network: lines
      .map((line) => JSON.parse(line) as { target: string; at?: Place })
      .map((one) => ({ target: one.target, ...relative(one.at, root) })),
  };
}

function relative(at: Place | undefined | null, root: string): { at?: Place } {
  if (!at) return {};
  return { at: { file: path.relative(root, at.file).split(path.sep).join('/'), line: at.line } };
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The package's `probes/`, from sources and from `dist/` alike. */
export function probeFile(name: string): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'probes', name)) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return path.join(folder, 'probes', name);
}

export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** The part of a script that starts the runner, without what belongs to other uses of it; and `node_modules/.bin` first on the path. */
export function ownCommand(
  scripts: { name: string; command: string }[],
  starts: RegExp,
  drop: RegExp[],
  fallback: string,
): string {
  const preferred =
    scripts.find(({ name }) => name === 'test') ??
    scripts.find(({ name }) => /^test/.test(name) && !/watch|cov|e2e|ui/.test(name)) ??
    scripts[0];
  const segment = preferred?.command.split(/&&|\|\||;/).find((part) => starts.test(part)) ?? fallback;
  return drop.reduce((text, pattern) => text.replace(pattern, ' '), ` ${segment.trim()} `).trim();
}

export function binaryPath(root: string): string {
  const folders: string[] = [];
  for (let folder = root; ; folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'node_modules', '.bin'));
    if (path.dirname(folder) === folder) break;
  }
  return [...folders.filter((one) => existsSync(one)), process.env['PATH'] ?? ''].join(path.delimiter);
}
