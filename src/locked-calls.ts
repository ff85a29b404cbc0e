import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deliver } from './delivery.js';
import { UserError } from './errors.js';
import { named, readLog, readToldCall, type ToldCall } from './incident/index.js';
import { chooseLayer } from './layer/index.js';
import { partsAt, prepareTarget, someUnits, type Target, targetOf } from './layers.js';
import { stateLines, unlocked } from './locked-state.js';
import type { LayerChoice, Report, Triage, Unit, UnitIncident, UnitPlan } from './model/index.js';
import type { Options } from './options.js';
import { lockedUnit } from './plan/index.js';
import { testCommand, unitLanguage } from './render/index.js';
import { layerLines } from './report/index.js';
import { givenFacts, type World } from './run.js';
import { triage } from './triage/index.js';
import { factsOf, subjectAt } from './units.js';
import { settleLockedUnit } from './verify/index.js';
import { readMemory } from './write/index.js';

/** A bug that one call shows, without a request: nothing proves it faster than a test of the function alone. */
export interface LockedCall {
  target: Target;
  unit: Unit;
  choice: LayerChoice;
  incident: UnitIncident;
  facts: Triage;
}

/**
 * The bug as one call of a function, if that is what was told: `--says 'priceOf(0) should be 0'`, where the function is named by
 * `--operation src/pricing.ts#priceOf`, by the innermost line of a stack trace, or by its name alone. Undefined: it is about a request.
 */
export async function lockedCall(root: string, options: Options): Promise<LockedCall | undefined> {
  if (options.release) return remembered(root, options);
  const isRequest =
    options.curl !== undefined || options.har !== undefined || /^[A-Za-z]+ \//.test(options.operation ?? '');
  const told = isRequest || options.says === undefined ? undefined : readToldCall(options.says);
  if (!told) {
    if (options.operation !== undefined && isUnit(options.operation)) throw notTold(options.operation);
    return undefined;
  }
  const { target, unit } = await unitOf(root, told, options);
  const incident: UnitIncident = {
    issue: named(options.issue ?? 'bug'),
    unit: unit.id,
    args: told.args,
    named: told.named,
    expected: told.expected,
    ...happenedIn(told, options),
    says: options.says ?? '',
  };
  return placed(target, unit, incident, options);
}

const isUnit = (text: string): boolean => /#|::/.test(text);

const notTold = (unit: string): UserError =>
  new UserError(
    'no-expectation',
    `What should come of which call of ${unit} is not said.`,
    `Say it in literals: --says '${unit.split(/#|::/).at(-1) ?? 'priceOf'}(0) should be 0', or '… should throw RangeError "too light"'.`,
  );

/** What the sentence says of it, else the error that heads or ends the trace. */
function happenedIn({ happened }: ToldCall, { log }: Options): Pick<UnitIncident, 'happened'> {
  if (happened !== undefined) return { happened };
  const [error] = /^\s*(?:[\w.]*(?:Error|Exception)):\s.+$/m.exec(log === undefined ? '' : fileOrText(log)) ?? [];
  return error === undefined ? {} : { happened: error.trim() };
}

/** @throws UserError where the told function is not found, or is not proven alone */
function placed(target: Target, unit: Unit, incident: UnitIncident, options: Options): LockedCall {
  const choice = chooseLayer(unit);
  if (choice.layer !== 'unit')
    throw new UserError(
      'no-unit',
      `${unit.name} is ${choice.kind}: a call of it alone does not show the bug. ${choice.refused}`,
      'Tell the request instead: --curl "curl …" --expect 422.',
    );
  return { target, unit, choice, incident, facts: factsOf(target, givenFacts(options)) };
}

async function unitOf(root: string, told: ToldCall, options: Options): Promise<{ target: Target; unit: Unit }> {
  const place = options.operation !== undefined && isUnit(options.operation) ? options.operation : undefined;
  if (place !== undefined) return theOne(await prepareTarget(targetOf(place, root)), told.name);
  const [traced] = readLog(options.log === undefined ? '' : fileOrText(options.log)).places;
  const file = traced && fileUnder(root, traced.file);
  if (file !== undefined) return theOne(await prepareTarget(targetOf(file, root)), told.name);
  return theOne(await prepareTarget(targetOf('.', root)), told.name);
}

/** The unit by that name; `basket.add` is a method `Basket.add`. */
function theOne(target: Target, name: string): { target: Target; unit: Unit } {
  const last = name.split('.').at(-1) ?? name;
  const units = partsAt(target);
  const found =
    target.name === undefined
      ? units.filter((unit) => unit.name === name || unit.name.split('.').at(-1) === last)
      : units;
  const [unit] = found;
  if (unit && found.length === 1) return { target: { ...target, file: unit.file, isFolder: false }, unit };
  const where = target.file === '' ? 'The service' : target.file;
  throw new UserError(
    'no-unit',
    found.length ? `${where} has ${found.length} functions called ${last}.` : `${where} has no function ${last}.`,
    found.length
      ? `Say which: --operation ${found
          .map(({ id }) => id)
          .slice(0, 3)
          .join(' or ')}.`
      : `Name its file: --operation src/pricing.ts#${last}; or tell the request: --curl "curl …".`,
  );
}

/** A trace's path as the service has it: what stands before is another machine's. */
function fileUnder(root: string, traced: string): string | undefined {
  const parts = traced.split('/').filter(Boolean);
  return parts.map((_, index) => parts.slice(index).join('/')).find((file) => existsSync(path.join(root, file)));
}

/** Undefined: the bug of that name is a request, or there is none. */
async function remembered(root: string, options: Options): Promise<LockedCall | undefined> {
  if (options.issue === undefined || !existsSync(root)) return undefined;
  const name = named(options.issue);
  const { testFolder } = await factsWithoutUnit(root, options);
  const incident = readMemory(root, testFolder.value).incidents?.[name];
  if (!incident || !('unit' in incident)) return undefined;
  const { target, unit } = theOne(await prepareTarget(targetOf(incident.unit, root)), incident.unit);
  return placed(target, unit, incident, options);
}

/** Where no app is found, any file of the service stands for it. */
async function factsWithoutUnit(root: string, options: Options): Promise<Triage> {
  try {
    return triage(root, givenFacts(options));
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'no-entry') throw error;
    const target = await prepareTarget(targetOf('.', root));
    return factsOf({ ...target, file: someUnits(target, 1)[0]?.file ?? '' }, givenFacts(options));
  }
}

export function fileOrText(text: string): string {
  try {
    return readFileSync(text, 'utf8');
  } catch {
    return text;
  }
}

/** One test of the function alone, red for the stated reason, with what stands next to it. `--release` makes it a plain one. */
export async function lockCall(call: LockedCall, options: Options, world: World): Promise<Report> {
  const { target, unit, incident, facts } = call;
  const language = unitLanguage(facts);
  if (!language || !['jest', 'vitest', 'pytest'].includes(facts.runner.value))
    throw new UserError(
      'no-unit-tests',
      `Unit tests are not written for ${facts.runner.value} yet.`,
      'Tell the request instead: --curl "curl …" --expect 422; or name another runner: --runner jest.',
    );
  world.progress(`reading ${unit.name}`);
  const subject = subjectAt(unit, target);
  const locked = 'evaluate' in subject ? lockedUnit(subject, incident, facts, options.release) : subject.reason;
  if (typeof locked === 'string')
    throw new UserError(
      'not-arranged',
      `The test of ${incident.issue} cannot be arranged: ${locked.replace(/\.$/, '')}.`,
      'Tell the request instead: --curl "curl …" --expect 422.',
    );
  const { plan, reads } = locked;
  const memory = readMemory(target.root, facts.testFolder.value);
  const delivered = await deliver({
    plan: { plans: [plan], cases: plan.cases, gaps: plan.gaps },
    triage: facts,
    options,
    world,
    command: testCommand(facts),
    missing: language.dependencies(facts),
    render: ({ plans, cases }) =>
      language.render(
        plans.map((one): UnitPlan => ({ ...one, cases })),
        facts,
      ),
    settle: (current, verdicts) => ({
      plan: settleLockedUnit(current, verdicts, incident, reads, options.release),
      suspectedBugs: [],
    }),
    memory: () => ({ ...memory, incidents: { ...memory.incidents, [incident.issue]: incident } }),
  });
  const bug = delivered.plan.cases[0];
  return {
    triage: facts,
    model: { operations: [], files: [unit.file] },
    subject: [...subjectLines(call, bug, options.release), ...layerLines(call.choice)],
    ...delivered,
    run: { ...delivered.run, ...unlocked(delivered.run, bug, options.release) },
    gaps: delivered.plan.gaps,
    diagnostics: [],
  };
}

function subjectLines(
  { incident }: LockedCall,
  bug: UnitPlan['cases'][number] | undefined,
  released: boolean,
): string[] {
  return [
    `${incident.issue}: ${incident.says.trim().replace(/\.$/, '')}. A unit test: the call alone shows it.`,
    ...stateLines(bug, incident.issue, released),
  ];
}
