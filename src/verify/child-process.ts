import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ChildRun {
  command: string;
  cwd: string;
  timeoutMs: number;
  /** Its appearance says that the tests are over: the process then has `exitGraceMs` to end by itself. */
  outputFile: string;
  exitGraceMs: number;
  signal?: AbortSignal | undefined;
  onOutput?: (soFar: string) => void;
  /** Variables besides those of this process. */
  env?: Record<string, string>;
}

export interface ChildResult {
  /** Null: killed. */
  code: number | null;
  /** Stdout and stderr, as they came, the last 200,000 characters. */
  output: string;
  killedFor?: 'timeout' | 'no-exit' | 'stopped';
}

const KEPT_OUTPUT = 200_000;

/** Runs a shell command in its own process group. When this returns, nothing of the group is left. */
export async function runChild(run: ChildRun): Promise<ChildResult> {
  const child = spawn(run.command, {
    cwd: run.cwd,
    shell: true,
    detached: true,
    env: { ...environment(), ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result: ChildResult = { code: null, output: '' };
  const collect = (chunk: Buffer): void => {
    result.output = (result.output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
    run.onOutput?.(result.output);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const disarm = arm(child, run, result);
  try {
    // Not `close`: a grandchild may hold the pipes open for ever.
    result.code = await new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    await new Promise(setImmediate);
  } finally {
    disarm();
    killGroup(child);
    child.stdout.destroy();
    child.stderr.destroy();
  }
  return result;
}

function arm(child: ChildProcess, run: ChildRun, result: ChildResult): () => void {
  const end = (reason: NonNullable<ChildResult['killedFor']>): void => {
    result.killedFor ??= reason;
    killGroup(child);
  };
  const timeout = setTimeout(() => {
    end('timeout');
  }, run.timeoutMs);
  let seenAt: number | undefined;
  const watch = setInterval(() => {
    if (existsSync(run.outputFile)) seenAt ??= Date.now();
    if (seenAt !== undefined && Date.now() - seenAt > run.exitGraceMs) end('no-exit');
  }, 100);
  const stop = (): void => {
    end('stopped');
  };
  run.signal?.addEventListener('abort', stop);
  if (run.signal?.aborted === true) stop();
  return () => {
    clearTimeout(timeout);
    clearInterval(watch);
    run.signal?.removeEventListener('abort', stop);
  };
}

/** The whole group: a test's own children outlive a runner that is killed alone. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

// A runner started from within another one must not take itself for its worker.
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(JEST_WORKER_ID|VITEST.*|NODE_ENV|NODE_OPTIONS|FORCE_COLOR)$/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', FORCE_COLOR: '0' };
}
