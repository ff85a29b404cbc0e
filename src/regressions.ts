import path from 'node:path';
import { deliver } from './delivery.js';
import { UserError } from './errors.js';
import { carriedRoles, named, readCurl, readHar, readLog, saidStatus, type Sent } from './incident/index.js';
import { inspect, prepare } from './inspect/index.js';
import type {
  Incident,
  Json,
  Memory,
  Operation,
  Report,
  ServiceModel,
  TestCase,
  TestPlan,
  Triage,
} from './model/index.js';
import { isUntold, type Options } from './options.js';
import { operationFor, plan, regressionCases } from './plan/index.js';
import { fileOrText, lockCall, lockedCall } from './locked-calls.js';
import { devDependencies, render, testCommand } from './render/index.js';
import { agreed, refuseUnreadable, type World } from './run.js';
import { settleRegression } from './verify/index.js';
import { readMemory } from './write/index.js';
import { stateLines, unlocked } from './locked-state.js';

/**
 * Locks a bug: one test that is red for the stated reason, written as a strict expected failure. `--release` makes it a plain
 * test, once the bug is mended.
 */
export async function lockBug(options: Options, world: World): Promise<Report> {
  const root = path.resolve(options.dir);
  if (isUntold(options)) throw noIncident();
  const call = await lockedCall(root, options);
  if (call) return lockCall(call, options, world);
  const facts = await agreed(root, { ...options, yes: true }, world);
  const memory = readMemory(root, facts.testFolder.value);
  world.progress('reading');
  await prepare(facts);
  const model = inspect(facts, ({ stage, done, label }) => world.progress(`${stage} ${done} ${label}`));
  refuseUnreadable(model, facts);
  const incident = options.release ? remembered(memory, options.issue) : told(options, model);
  const operation = reached(model, incident);
  return locked({ facts, model, memory, incident, operation }, options, world);
}

interface Bug {
  facts: Triage;
  model: ServiceModel;
  memory: Memory;
  incident: Incident;
  operation: Operation;
}

async function locked(
  { facts, model, memory, incident, operation }: Bug,
  options: Options,
  world: World,
): Promise<Report> {
  let made = 'there is no case' as ReturnType<typeof regressionCases>;
  const whole = plan(model, facts, {
    testFolder: facts.testFolder.value,
    seed: options.seed,
    more: (context) => {
      made = regressionCases(context, operation, incident, facts);
      return typeof made === 'string' ? [] : made.cases;
    },
  });
  const locking = typeof made === 'string' ? { problem: made, cases: [], gaps: [], caller: undefined } : made;
  const { cases: own, gaps: open } = locking;
  const [bug] = own;
  if (!bug)
    throw new UserError(
      'not-arranged',
      `The test of ${incident.issue} cannot be arranged: ${'problem' in locking ? locking.problem : 'there is no case'}.`,
      'Arrange it by hand, in a test beside the generated ones.',
    );
  const ids = new Set(own.map(({ id }) => id));
  const delivered = await deliver({
    plan: { ...whole, cases: own, gaps: open } as TestPlan,
    triage: facts,
    options,
    world,
    command: testCommand(facts),
    missing: devDependencies(whole, facts),
    // The harness is that of the whole service, so that the suite can use it later: only this file is written beside it.
    render: async ({ cases }) => {
      const files = await render(
        { ...whole, cases: [...whole.cases.filter(({ id }) => !ids.has(id)), ...cases] },
        facts,
      );
      return files.filter((file) => file.ownership === 'seeded' || file.path === bug.file);
    },
    settle: (current, verdicts) => ({
      plan: settleRegression(current, verdicts, incident, options.release),
      suspectedBugs: [],
    }),
    memory: () => ({
      ...memory,
      incidents: { ...memory.incidents, [incident.issue]: withoutSecrets({ ...incident, ...callerOf(locking) }) },
    }),
  });
  const first = delivered.plan.cases.find(({ id }) => id === bug.id);
  return {
    triage: facts,
    model: { operations: [operation], files: model.files },
    subject: subjectLines(incident, operation, first, options.release),
    ...delivered,
    run: { ...delivered.run, ...unlocked(delivered.run, first, options.release) },
    gaps: delivered.plan.gaps,
    diagnostics: [],
  };
}

const callerOf = ({ caller }: { caller?: Incident['caller'] | undefined }): Pick<Incident, 'caller'> =>
  caller ? { caller } : {};

/** Nothing of a credential is kept, only that there was one. */
const withoutSecrets = (incident: Incident): Incident => ({
  ...incident,
  headers: Object.fromEntries(
    Object.keys(incident.headers)
      .filter((name) => name === 'authorization' || name === 'cookie')
      .map((name) => [name, '']),
  ),
});

function subjectLines(
  incident: Incident,
  operation: Operation,
  bug: TestCase | undefined,
  released: boolean,
): string[] {
  const happened = incident.happened === undefined ? '' : ` answered ${incident.happened},`;
  return [
    `${incident.issue}: ${operation.id}${happened} should have answered ${incident.expected}. An integration test: the request is what fails, and the operation is the smallest thing that shows it.`,
    ...stateLines(bug, incident.issue, released),
  ];
}

function remembered(memory: Memory, issue: string | undefined): Incident {
  const known = memory.incidents ?? {};
  const name = issue === undefined ? undefined : Object.keys(known).find((one) => one === named(issue));
  const found = name === undefined ? undefined : known[name];
  if (found && !('unit' in found)) return found;
  throw new UserError(
    'no-such-bug',
    issue === undefined ? 'Which bug is mended?' : `No regression test was written for ${named(issue)}.`,
    Object.keys(known).length
      ? `Known: --issue ${Object.keys(known).join(', ')}.`
      : 'Write one first: --curl … --expect … --issue ….',
  );
}

function told(options: Options, model: ServiceModel): Incident {
  const sent = sentBy(options, model);
  const expected = options.expect ?? (options.says === undefined ? undefined : saidStatus(options.says));
  if (expected === undefined)
    throw new UserError(
      'no-expectation',
      'What should have happened is not said.',
      'Say the status: --expect 422, or --says "quantity -1 should be 422".',
    );
  if (expected >= 500)
    throw new UserError(
      'server-error',
      `A ${expected} is never an expectation.`,
      'Say what a caller should be told instead: --expect 409.',
    );
  const happened = options.happened ?? sent.happened;
  const roles = carriedRoles(sent, model.schemes);
  return {
    ...sent,
    ...(roles.length ? { roles } : {}),
    issue: named(options.issue ?? 'bug'),
    expected,
    ...(happened === undefined ? {} : { happened }),
    ...(options.says === undefined ? {} : { says: options.says }),
  };
}

function sentBy(options: Options, model: ServiceModel): Sent {
  const body = options.body === undefined ? {} : { body: jsonOf(options.body) };
  if (options.curl !== undefined) return { ...readCurl(options.curl), ...body };
  if (options.har !== undefined) return { ...readHar(fileOrText(options.har)), ...body };
  if (options.log !== undefined) {
    const { sent, places } = readLog(fileOrText(options.log));
    const traced = sent ?? tracedTo(places, model);
    if (traced) return { ...traced, ...body };
  }
  const [method, address] = (options.operation ?? '').split(' ');
  if (method && address) return { method: method.toUpperCase(), path: address, query: {}, headers: {}, ...body };
  throw noIncident();
}

const noIncident = (): UserError =>
  new UserError(
    'no-incident',
    'What went wrong is not said.',
    'Give the request: --curl "curl …", --har FILE, --log FILE, or --operation "POST /orders" --body "{…}"; or one call: --says "priceOf(0) should be 0".',
  );

/** The operation whose code stands where the stack trace points. */
function tracedTo(places: { file: string; line: number }[], model: ServiceModel): Sent | undefined {
  for (const { file, line } of places) {
    const found = model.operations.find((operation) =>
      [operation.handler ?? operation.source, ...operation.effects, ...operation.lookups, ...operation.responses]
        .map((one) => ('source' in one ? one.source : one))
        .some((source) => file.endsWith(source.file) && Math.abs(source.line - line) <= 2),
    );
    if (found) return { method: found.method, path: found.path, query: {}, headers: {} };
  }
  return undefined;
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UserError('bad-body', '--body is not JSON.', `For example --body '{"quantity": -1}'.`);
  }
}

function reached(model: ServiceModel, incident: Incident): Operation {
  const found = operationFor(model.operations, incident);
  if (found) return found;
  throw new UserError(
    'no-operation',
    `No operation answers ${incident.method} ${incident.path}.`,
    `There are ${model.operations.length}: backend-test inspect lists them.`,
  );
}
