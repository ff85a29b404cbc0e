import { Interrupted, UserError } from './errors.js';
import { install, installCommand, isInstalled } from './install.js';
import type {
  AnyPlan,
  FileChange,
  Memory,
  NeededServer,
  PlannedTest,
  RenderedFile,
  Run,
  SuspectedBug,
  Triage,
  Verdict,
} from './model/index.js';
import type { Options } from './options.js';
import { preflight, verify } from './verify/index.js';
import { applyChanges, planChanges, WriteRefused } from './write/index.js';

/** What it takes to bring a plan into the service, whatever its layer. */
export interface Delivery<Plan extends AnyPlan> {
  plan: Plan;
  triage: Triage;
  options: Pick<Options, 'dryRun' | 'planOnly' | 'install' | 'verify' | 'timeout'>;
  world: { progress(text: string): void; signal?: AbortSignal };
  /** Exact command that runs the suite. */
  command: string;
  /** Development dependencies that the service lacks. */
  missing: Record<string, string>;
  render(plan: Plan): Promise<RenderedFile[]>;
  /** Decides what becomes of the cases that did not pass. */
  settle(plan: Plan, verdicts: Verdict[]): { plan: Plan; suspectedBugs: SuspectedBug[] };
  /** What the next run has to know; absent: as before. */
  memory?(plan: Plan): Memory;
  /** Servers that the suite needs, asked for when it is about to run. */
  servers?(): NeededServer[];
  /** Absent: all are. */
  isRun?(one: PlannedTest): boolean;
}

export interface Delivered<Plan extends AnyPlan> {
  plan: Plan;
  changes: FileChange[];
  run: Run;
  suspectedBugs: SuspectedBug[];
}

/** Renders, writes, installs what is missing, runs; what contradicts the code is marked, what was read wrongly is demoted. */
export async function deliver<Plan extends AnyPlan>(delivery: Delivery<Plan>): Promise<Delivered<Plan>> {
  const { plan, triage, options, world, command, missing } = delivery;
  const files = await delivery.render(plan);
  const changes = changesOf(files, plan, delivery);
  const unrun = (problem: string, more: Partial<Run> = {}): Delivered<Plan> => ({
    plan,
    changes,
    suspectedBugs: [],
    run: { command, verdicts: plan.cases.map((one) => ({ case: one.id, verdict: 'not-run' })), problem, ...more },
  });
  if (options.planOnly) return unrun('Nothing was written: --plan-only.');
  if (options.dryRun) return unrun('Nothing was written: --dry-run.');
  await apply(changes, delivery);
  stopped(delivery);
  const toAdd = Object.keys(missing);
  if (options.install && (toAdd.length || !isInstalled(triage))) {
    world.progress(`installing ${toAdd.join(', ') || 'the dependencies'}`);
    await install(triage, missing, world.signal);
  }
  const lacking = toAdd.length && !options.install ? { install: installCommand(triage, missing) } : {};
  if (!plan.cases.length) return unrun('Not run: there is no case.', lacking);
  if (!options.verify) return unrun('Not run: --no-verify.', lacking);
  if ('install' in lacking) return unrun('Not run: development dependencies are missing.', lacking);
  const silent = await preflight(delivery.servers?.() ?? []);
  return silent.length ? unrun(silent.join('\n')) : proven(delivery, files, changes);
}

function changesOf<Plan extends AnyPlan>(
  files: RenderedFile[],
  plan: Plan,
  { triage, memory }: Delivery<Plan>,
): FileChange[] {
  try {
    return planChanges(files, triage.root, triage.testFolder.value, memory?.(plan));
  } catch (error) {
    throw refusal(error);
  }
}

type Stoppable = Pick<Delivery<AnyPlan>, 'triage' | 'world'>;

async function apply(changes: FileChange[], delivery: Stoppable): Promise<void> {
  stopped(delivery);
  try {
    await applyChanges(changes, delivery.triage.root, delivery.world.signal);
  } catch (error) {
    throw refusal(error);
  }
}

const refusal = (error: unknown): unknown =>
  error instanceof WriteRefused ? new UserError(error.code, error.message, error.hint) : error;

function stopped({ world }: Pick<Stoppable, 'world'>): void {
  if (world.signal?.aborted) throw new Interrupted();
}

async function proven<Plan extends AnyPlan>(
  delivery: Delivery<Plan>,
  written: RenderedFile[],
  first: FileChange[],
): Promise<Delivered<Plan>> {
  let current: Delivered<Plan> = {
    plan: delivery.plan,
    changes: first,
    suspectedBugs: [],
    run: { command: delivery.command, verdicts: [] },
  };
  let files = written;
  for (let round = 0; round < 3; round++) {
    current = { ...current, run: await verified(delivery, current.plan, files) };
    const { problem, verdicts } = current.run;
    if (problem !== undefined && !problem.startsWith('Run once')) break;
    const settled = delivery.settle(current.plan, verdicts);
    const isSettled = JSON.stringify(settled.plan.cases) === JSON.stringify(current.plan.cases);
    current = { ...current, suspectedBugs: settled.suspectedBugs };
    if (isSettled) {
      // Nothing is to be written again; what was noticed is to be said.
      current = { ...current, plan: settled.plan };
      break;
    }
    files = await delivery.render(settled.plan);
    const next = changesOf(files, settled.plan, delivery);
    await apply(next, delivery);
    current = { ...current, plan: settled.plan, changes: merged(first, next) };
  }
  return current;
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

async function verified<Plan extends AnyPlan>(
  delivery: Delivery<Plan>,
  plan: Plan,
  rendered: RenderedFile[],
): Promise<Run> {
  const { triage, command, options, world } = delivery;
  world.progress('running the suite');
  const result = await verify({
    plan,
    triage,
    command,
    files: [...new Set(plan.cases.filter((one) => delivery.isRun?.(one) ?? true).map((one) => one.file))],
    reportedAs: Object.assign({}, ...rendered.map((file) => file.reportedAs ?? {})) as Record<string, string>,
    timeoutMs: options.timeout * 1000,
    onProgress: ({ round, filesDone, filesTotal }) =>
      world.progress(`running the suite: round ${round}, ${filesDone}/${filesTotal} files`),
    ...(world.signal ? { signal: world.signal } : {}),
  });
  stopped(delivery);
  return result;
}
