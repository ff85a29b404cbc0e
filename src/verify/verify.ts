import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Run, AnyPlan, Triage, Verdict } from '../model/index.js';
import { runChild, type ChildResult } from './child-process.js';
import { causeOf, commonCause } from './common-cause.js';
import { canShuffle, runnerCommand, SHUFFLE_SEED } from './runner-command.js';
import { reporterEnvironment } from './node-reporters.js';
import { PYTEST_PLUGIN, PYTEST_PLUGIN_SOURCE } from './pytest-plugin.js';
import { readRunnerJson, type SuiteResult } from './runner-json.js';
import { readTap } from './tap-results.js';
import { steady, verdictsOf } from './verdicts.js';

export interface VerifyInput {
  plan: AnyPlan;
  triage: Triage;
  /** Runs the suite, in the service's folder; ours are appended: reporter, order, files. */
  command: string;
  /** Test files that we wrote, relative to the service. */
  files: string[];
  /** Case → what the runner's report calls it, where it is not the operation and the title: `TestClass::test_name`. */
  reportedAs?: Record<string, string>;
  /** For each of the two runs. */
  timeoutMs: number;
  /** How long the runner may live on after its last test. Default 10 s. */
  exitGraceMs?: number;
  onProgress?: (progress: VerifyProgress) => void;
  signal?: AbortSignal;
}

export interface VerifyProgress {
  /** 1: in file order; 2: shuffled. */
  round: 1 | 2;
  filesDone: number;
  filesTotal: number;
}

interface Round {
  verdicts: Verdict[];
  problem?: string;
}

/**
 * Runs the suite twice, the second time in another order, and says how each case ended.
 * Whatever goes wrong with the suite is in the answer (`problem`), never thrown.
 */
export async function verify(input: VerifyInput): Promise<Run> {
  const first = await round(input, 1);
  const once = { command: input.command, verdicts: first.verdicts };
  const problem = first.problem ?? commonCause(input.plan, first.verdicts);
  if (problem !== undefined) return { ...once, problem };
  if (!canShuffle(input.triage.runner.value, input.triage.root)) {
    return { ...once, problem: 'Run once only: the installed runner cannot shuffle tests (Jest can from 29.5).' };
  }
  const second = await round(input, 2);
  if (second.problem !== undefined) return { ...once, problem: `In the second, shuffled run: ${second.problem}` };
  return { ...once, verdicts: steady(first.verdicts, second.verdicts, SHUFFLE_SEED) };
}

async function round(input: VerifyInput, number: 1 | 2): Promise<Round> {
  const { plan, triage, files } = input;
  const folder = await mkdtemp(join(tmpdir(), 'backend-test-'));
  try {
    const outputFile = join(folder, 'results.json');
    const runner = triage.runner.value;
    const command = runnerCommand({
      command: input.command,
      runner,
      files,
      outputFile,
      shuffled: number === 2,
      root: triage.root,
    });
    const seed = number === 2 ? SHUFFLE_SEED : undefined;
    const env =
      runner === 'pytest'
        ? await pytestEnvironment(folder, outputFile, files, number === 2)
        : await reporterEnvironment(runner, folder, outputFile, seed);
    const child = await runInService(input, number, command, outputFile, env);
    return await resultOf(input, child, outputFile);
  } catch (error) {
    return nothingRan(plan, `The suite could not be run: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runInService(
  input: VerifyInput,
  number: 1 | 2,
  command: string,
  outputFile: string,
  env: Record<string, string>,
): Promise<ChildResult> {
  const report = (output: string): void => {
    const filesDone = input.files.filter((file) => output.includes(file)).length;
    input.onProgress?.({ round: number, filesDone, filesTotal: input.files.length });
  };
  report('');
  const { timeoutMs, exitGraceMs = 10_000, signal } = input;
  const { root } = input.triage;
  return runChild({ command, cwd: root, timeoutMs, exitGraceMs, outputFile, signal, onOutput: report, env });
}

/** Puts our plugin where pytest finds it, and tells it what to do. */
async function pytestEnvironment(
  folder: string,
  report: string,
  files: string[],
  shuffled: boolean,
): Promise<Record<string, string>> {
  await writeFile(join(folder, `${PYTEST_PLUGIN}.py`), PYTEST_PLUGIN_SOURCE);
  const path = [folder, process.env['PYTHONPATH']].filter(Boolean).join(delimiter);
  const seed = shuffled ? { BACKEND_TEST_SEED: String(SHUFFLE_SEED) } : {};
  return {
    PYTHONPATH: path,
    PYTHONDONTWRITEBYTECODE: '1',
    BACKEND_TEST_REPORT: report,
    BACKEND_TEST_FILES: files.join(delimiter),
    ...seed,
  };
}

const readResults = (text: string, { runner, root }: Triage): SuiteResult =>
  runner.value === 'tap' ? readTap(text, root) : readRunnerJson(text, root);

async function resultOf(
  { plan, triage, timeoutMs, reportedAs }: VerifyInput,
  child: ChildResult,
  outputFile: string,
): Promise<Round> {
  const text = await readFile(outputFile, 'utf8').catch(() => undefined);
  if (child.killedFor === 'stopped') return nothingRan(plan, 'Stopped.');
  if (text === undefined) {
    if (child.killedFor !== undefined) {
      return nothingRan(
        plan,
        `The suite did not end within ${String(timeoutMs / 1000)} s: it was killed, with its children.`,
      );
    }
    return nothingRan(
      plan,
      `The runner ended with code ${String(child.code)} and no results: ${causeOf(child.output)}`,
    );
  }
  const verdicts = verdictsOf(plan.cases, readResults(text, triage), reportedAs);
  if (child.killedFor === undefined) return { verdicts };
  return {
    verdicts,
    problem:
      'All tests ended but the process did not: something keeps it alive (a timer, a socket, a pool). It was killed.',
  };
}

function nothingRan(plan: AnyPlan, problem: string): Round {
  return { verdicts: plan.cases.map(({ id }) => ({ case: id, verdict: 'not-run' })), problem };
}
