import path from 'node:path';
import { Interrupted, UserError } from './errors.js';
import { inspect, prepare } from './inspect/index.js';
import { install, installCommand, isInstalled } from './install.js';
import type {
  FileChange,
  Outcome,
  RenderedFile,
  Run,
  ServiceModel,
  SuspectedBug,
  TestPlan,
  Triage,
} from './model/index.js';
import type { Options } from './options.js';
import { memoryOf, plan, recall, scopeOf, within } from './plan/index.js';
import { devDependencies, render, testCommand } from './render/index.js';
import { triage } from './triage/index.js';
import { settle, verify } from './verify/index.js';
import { applyChanges, planChanges, readMemory, WriteRefused } from './write/index.js';

/** The outside world, so that tests can stand in for it. */
export interface World {
  /** Shows the facts, takes corrections. Undefined: nobody can be asked. */
  ask?: (triage: Triage) => Promise<Answers | 'stop'>;
  progress(text: string): void;
  signal?: AbortSignal;
}

export interface Answers {
  runner?: string;
  entry?: string;
  testFolder?: string;
}

/** The stages, one after the other: a folder → the testing outcome. */
export async function run(options: Options, world: World): Promise<Outcome> {
  const root = path.resolve(options.dir);
  const facts = await agreed(root, options, world);
  world.progress('reading');
  await prepare(facts);
  const model = inspect(facts, ({ stage, done, total, label }) =>
    world.progress(`${stage} ${done}${total === undefined ? '' : `/${total}`} ${label}`),
  );
  refuseUnreadable(model, facts);
  const scope = scopeOf(model, options.only);
  if (!scope.size)
    throw new UserError(
      'no-operation',
      `No operation matches ${options.only ?? ''}.`,
      `There are ${model.operations.length}: backend-test inspect lists them.`,
    );
  return within(await carryOut(model, facts, scope, options, world), scope);
}

/** From the model on. Tests of other operations, written by earlier runs, stay where they are. */
async function carryOut(
  model: ServiceModel,
  facts: Triage,
  scope: Set<string>,
  options: Options,
  world: World,
): Promise<Outcome> {
  const { root, testFolder } = facts;
  const memory = safely(() => readMemory(root, testFolder.value));
  const planned = plan(model, facts, {
    testFolder: testFolder.value,
    seed: options.seed,
    also: memory.operations,
    ...(options.only === undefined ? {} : { only: options.only }),
  });
  const missing = devDependencies(planned, facts);
  const lacks = Object.keys(missing).length > 0 && !options.install;
  const runs = options.verify && !options.dryRun && !lacks;
  const first = recall(planned, memory, runs ? scope : new Set());
  world.progress(`planned ${first.cases.length} cases`);
  const files = await render(first, facts);
  const changes = safely(() => planChanges(files, root, testFolder.value, memoryOf(first)));
  const command = testCommand(facts);
  const outcome = (problem: string): Outcome => ({
    triage: facts,
    model,
    plan: first,
    changes,
    run: notRun(first, command, problem),
    suspectedBugs: [],
    gaps: first.gaps,
    diagnostics: model.diagnostics,
  });
  if (options.dryRun) return outcome('Nothing was written: --dry-run.');
  await apply(changes, root, world);
  stopped(world);
  if (options.install) await provide(facts, missing, world);
  if (runs) return proven(outcome(''), { scope, files }, options, world);
  const skipped = outcome(options.verify ? 'Not run: development dependencies are missing.' : 'Not run: --no-verify.');
  const toInstall = lacks ? { install: installCommand(facts, missing) } : {};
  return { ...skipped, run: { ...skipped.run, ...toInstall } };
}

async function provide(facts: Triage, missing: Record<string, string>, world: World): Promise<void> {
  const names = Object.keys(missing);
  if (!names.length && isInstalled(facts)) return;
  world.progress(`installing ${names.join(', ') || 'the dependencies'}`);
  await install(facts, missing, world.signal);
}

async function agreed(root: string, options: Options, world: World): Promise<Triage> {
  const given = {
    ...(options.runner ? { runner: options.runner } : {}),
    ...(options.entry ? { entry: options.entry } : {}),
    ...(options.out ? { testFolder: options.out } : {}),
    ...(options.packageManager ? { packageManager: options.packageManager } : {}),
    ...(options.python ? { python: options.python } : {}),
  };
  const facts = triage(root, given);
  if (options.verify && !options.dryRun) refuseUnrunnable(facts, options);
  if (options.yes || options.dryRun) return facts;
  if (!world.ask)
    throw new UserError(
      'nobody-to-ask',
      'There is no terminal to ask in.',
      'Take what was detected with --yes, or correct it by flag (see --help).',
    );
  const answers = await world.ask(facts);
  if (answers === 'stop') throw new Interrupted();
  return Object.keys(answers).length ? triage(root, { ...given, ...answers, asked: true }) : facts;
}

/** Nothing is written that could not be run. */
function refuseUnrunnable(facts: Triage, options: Options): void {
  if (facts.python && facts.python.value.interpreter === null)
    throw new UserError(
      'no-venv',
      'No virtual environment of this service was found (.venv, VIRTUAL_ENV, poetry, pdm, pipenv, conda).',
      'Make one and install the service into it, name its interpreter with --python, or write without running: --no-verify.',
    );
  if (!isInstalled(facts) && !options.install)
    throw new UserError(
      'not-installed',
      'The dependencies of the service are not installed.',
      `Run ${installCommand(facts, {})} first, or leave out --no-install.`,
    );
}

function refuseUnreadable(model: ServiceModel, facts: Triage): void {
  if (model.operations.length) return;
  const reason = model.gaps[0]?.reason ?? `Nothing registers a route in what ${facts.entry.value} imports.`;
  throw new UserError(
    'no-operations',
    `No operation was found, starting from ${facts.entry.value}. ${reason}`,
    facts.python
      ? 'If the app is made elsewhere, say where: --app package.module:app.'
      : 'If the service starts elsewhere, say where: --entry src/server.ts.',
  );
}

function notRun(testPlan: TestPlan, command: string, problem: string): Run {
  return {
    command,
    verdicts: testPlan.cases.map((one) => ({ case: one.id, verdict: 'not-run' })),
    ...(problem ? { problem } : {}),
  };
}

function safely<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof WriteRefused) throw new UserError(error.code, error.message, error.hint);
    throw error;
  }
}

async function apply(changes: FileChange[], root: string, world: World): Promise<void> {
  stopped(world);
  try {
    await applyChanges(changes, root, world.signal);
  } catch (error) {
    if (error instanceof WriteRefused) throw new UserError(error.code, error.message, error.hint);
    throw error;
  }
}

function stopped(world: World): void {
  if (world.signal?.aborted) throw new Interrupted();
}

/** Runs the suite; what contradicts the code is marked, what we read wrongly is demoted, and the rest must be green. */
async function proven(
  outcome: Outcome,
  { scope, files: written }: { scope: Set<string>; files: RenderedFile[] },
  options: Options,
  world: World,
): Promise<Outcome> {
  const { root, testFolder } = outcome.triage;
  let current = outcome;
  let files = written;
  let bugs: SuspectedBug[] = [];
  for (let round = 0; round < 3; round++) {
    const result = await verified(current, { scope, files }, options, world);
    current = { ...current, run: result };
    if (result.problem !== undefined && !result.problem.startsWith('Run once')) break;
    const settled = settle(current.plan, result.verdicts);
    bugs = settled.suspectedBugs;
    if (JSON.stringify(settled.plan.cases) === JSON.stringify(current.plan.cases)) break;
    files = await render(settled.plan, current.triage);
    const next = safely(() => planChanges(files, root, testFolder.value, memoryOf(settled.plan)));
    await apply(next, root, world);
    current = { ...current, plan: settled.plan, gaps: settled.plan.gaps, changes: merged(outcome.changes, next) };
  }
  return { ...current, suspectedBugs: bugs };
}

/** What the whole run changed, not only its last step. */
function merged(first: FileChange[], last: FileChange[]): FileChange[] {
  return last.map((change) => {
    const before = first.find((one) => one.path === change.path);
    return before
      ? { ...change, change: before.change === 'keep' ? change.change : before.change, before: before.before }
      : change;
  });
}

async function verified(
  outcome: Outcome,
  { scope, files: rendered }: { scope: Set<string>; files: RenderedFile[] },
  options: Options,
  world: World,
): Promise<Run> {
  const cases = outcome.plan.cases.filter((one) => scope.has(one.operation));
  const files = [...new Set(cases.map((one) => one.file))];
  world.progress('running the suite');
  const result = await verify({
    plan: outcome.plan,
    triage: outcome.triage,
    command: outcome.run.command,
    files,
    reportedAs: Object.assign({}, ...rendered.map((file) => file.reportedAs ?? {})) as Record<string, string>,
    timeoutMs: options.timeout * 1000,
    onProgress: ({ round, filesDone, filesTotal }) =>
      world.progress(`running the suite: round ${round}, ${filesDone}/${filesTotal} files`),
    ...(world.signal ? { signal: world.signal } : {}),
  });
  stopped(world);
  return result;
}

/** 0: everything that was written passes. 1: it does not, or a bug is suspected. */
export function exitCode(outcome: Outcome): 0 | 1 {
  if (outcome.suspectedBugs.length || outcome.diagnostics.some((one) => one.severity === 'error')) return 1;
  const bad = outcome.run.verdicts.some((verdict) => verdict.verdict === 'fail' || verdict.verdict === 'error');
  const unexpected =
    outcome.run.problem !== undefined && !/^(Nothing was written|Not run|Run once)/.test(outcome.run.problem);
  return bad || unexpected ? 1 : 0;
}
