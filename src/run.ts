import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { deliver } from './delivery.js';
import { Interrupted, UserError } from './errors.js';
import { inspect, prepare } from './inspect/index.js';
import { installCommand, isInstalled } from './install.js';
import type { Outcome, Report, ServiceModel, TestPlan, Triage } from './model/index.js';
import type { Options } from './options.js';
import { memoryOf, neededServers, plan, recall, scopeOf, within } from './plan/index.js';
import { devDependencies, render, testCommand } from './render/index.js';
import { type Answers as Given, triage } from './triage/index.js';
import { settle } from './verify/index.js';
import { readMemory, WriteRefused } from './write/index.js';

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

/** `Operation.id` of those that a command is about. */
export type Scoped = (model: ServiceModel) => Set<string>;

/** The stages, one after the other: a folder → the testing outcome. */
export async function run(
  options: Options,
  world: World,
  scoped: Scoped = (model) => scopeOf(model, options.only),
): Promise<Outcome> {
  const root = path.resolve(options.dir);
  const facts = await agreed(root, options, world);
  world.progress('reading');
  await prepare(facts);
  const model = inspect(facts, ({ stage, done, total, label }) =>
    world.progress(`${stage} ${done}${total === undefined ? '' : `/${total}`} ${label}`),
  );
  refuseUnreadable(model, facts);
  const scope = scoped(model);
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
    operations: [...scope],
  });
  const missing = devDependencies(planned, facts);
  const lacks = Object.keys(missing).length > 0 && !options.install;
  const runs = options.verify && !writesNothing(options) && !lacks;
  const first = recall(planned, memory, runs ? scope : new Set());
  world.progress(`planned ${first.cases.length} cases`);
  const delivered = await deliver({
    plan: first,
    triage: facts,
    options,
    world,
    command: testCommand(facts),
    missing,
    render: (one) => render(one, facts),
    settle,
    memory: memoryOf,
    servers: () => neededServers(testEnvironmentOf(first, root)),
    isRun: ({ operation }) => scope.has(operation),
  });
  return { triage: facts, model, ...delivered, gaps: delivered.plan.gaps, diagnostics: model.diagnostics };
}

/** What the plan says, what stands in `.env.test` by now, and the servers that TEST_DATABASE_URL and TEST_REDIS_URL name in their place. */
export function testEnvironmentOf({ harness }: TestPlan, root: string): Record<string, string> {
  const kind = (url: string): string => url.slice(0, 5);
  const hasRedis = harness.stores.some(({ connection }) => connection?.kind === 'redis');
  const servers = {
    ...(harness.server === undefined ? {} : { TEST_DATABASE_URL: harness.server }),
    ...(hasRedis ? { TEST_REDIS_URL: 'redis://127.0.0.1:6379/1' } : {}),
  };
  const written = Object.entries({ ...harness.environment, ...inPlace(root), ...servers });
  const given = ['TEST_DATABASE_URL', 'TEST_REDIS_URL'].flatMap((name) => process.env[name] ?? []);
  return Object.fromEntries(
    written.map(([name, value]) => [name, given.find((own) => kind(own) === kind(value)) ?? value]),
  );
}

/** The user may have changed it. */
function inPlace(root: string): Record<string, string> {
  try {
    const text = readFileSync(path.join(root, '.env.test'), 'utf8');
    return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']));
  } catch {
    return {};
  }
}

const writesNothing = (options: Options): boolean => options.dryRun || options.planOnly;

/** Facts that the command line states. */
export const givenFacts = (options: Options): Given => ({
  ...(options.runner ? { runner: options.runner } : {}),
  ...(options.entry ? { entry: options.entry } : {}),
  ...(options.out ? { testFolder: options.out } : {}),
  ...(options.packageManager ? { packageManager: options.packageManager } : {}),
  ...(options.python ? { python: options.python } : {}),
});

/** What is known of the service, corrected by whoever can be asked. */
export async function agreed(root: string, options: Options, world: World): Promise<Triage> {
  const given = givenFacts(options);
  const facts = triage(root, given);
  if (options.verify && !writesNothing(options)) refuseUnrunnable(facts, options);
  if (options.yes || writesNothing(options)) return facts;
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

export function refuseUnreadable(model: ServiceModel, facts: Triage): void {
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

function safely<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof WriteRefused) throw new UserError(error.code, error.message, error.hint);
    throw error;
  }
}

/** 0: everything that was written passes. 1: it does not, or a bug is suspected. */
export function exitCode(outcome: Report): 0 | 1 {
  if (outcome.suspectedBugs.length || outcome.diagnostics.some((one) => one.severity === 'error')) return 1;
  const bad = outcome.run.verdicts.some((verdict) => verdict.verdict === 'fail' || verdict.verdict === 'error');
  const unexpected =
    outcome.run.problem !== undefined && !/^(Nothing was written|Not run|Run once)/.test(outcome.run.problem);
  return bad || unexpected ? 1 : 0;
}
