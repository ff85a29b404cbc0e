import { deliver } from './delivery.js';
import { UserError } from './errors.js';
import { UnitReader } from './inspect/unit/index.js';
import { Types } from './inspect/typescript/types.js';
import { chooseLayer } from './layer/index.js';
import { hostOf, partsAt, prepareTarget, type Target, targetOf } from './layers.js';
import type { Gap, LayerChoice, Operation, Report, SourceRef, Subject, Triage, Unit, UnitPlan } from './model/index.js';
import type { Options } from './options.js';
import { planUnit } from './plan/index.js';
import { unitLanguage, testCommand } from './render/index.js';
import { layerLines } from './report/index.js';
import { givenFacts, run, type World } from './run.js';
import { type Answers, families, triage } from './triage/index.js';
import { settleUnits } from './verify/index.js';

/**
 * Writes the test of a unit at the layer that proves it: a unit test where it stands alone, else the cases of the operations
 * that run through it.
 */
export async function testUnits(options: Options, world: World): Promise<Report> {
  const target = await prepareTarget(targetOf(options.dir));
  const units = partsAt(target);
  const chosen = units.map((unit) => ({ unit, choice: chooseLayer(unit) }));
  const alone = chosen.filter(({ choice }) => choice.layer === 'unit');
  const [first] = chosen;
  if (!first) throw new UserError('no-unit', `${target.file} has no function and no class.`, 'Name another file.');
  if (!alone.length)
    return throughOperations(first.unit, first.choice, { ...options, dir: target.root, yes: true }, world);
  const rest = chosen.filter(({ choice }) => choice.layer !== 'unit');
  return aloneUnits(target, alone, elsewhere(rest), options, world);
}

interface Chosen {
  unit: Unit;
  choice: LayerChoice;
}

const elsewhere = (chosen: Chosen[]): Gap[] =>
  chosen.map(({ unit, choice }) => ({
    kind: 'other-layer',
    operation: unit.id,
    reason: `It is ${choice.kind}, proven by an ${choice.layer} test: name it alone, and that is written.`,
    source: unit.source,
  }));

async function aloneUnits(
  target: Target,
  chosen: Chosen[],
  gaps: Gap[],
  options: Options,
  world: World,
): Promise<Report> {
  const facts = factsOf(target, givenFacts(options));
  const language = unitLanguage(facts);
  if (!language)
    throw new UserError(
      'no-unit-tests',
      `Unit tests are not written for ${facts.language.value} yet.`,
      'See backend-test layer for what would prove it.',
    );
  const plans: UnitPlan[] = [];
  for (const { unit } of chosen) {
    world.progress(`planning ${unit.name}`);
    const subject = subjectAt(unit, target);
    if ('evaluate' in subject) plans.push(planUnit(subject, facts));
    else gaps.push(subject);
  }
  const delivered = await deliver({
    plan: { plans, cases: plans.flatMap(({ cases }) => cases), gaps: [...plans.flatMap((plan) => plan.gaps), ...gaps] },
    triage: facts,
    options,
    world,
    command: testCommand(facts),
    missing: language.dependencies(facts),
    render: ({ plans: all, cases }) =>
      language.render(
        all.map((plan) => ({ ...plan, cases: cases.filter(({ id }) => plan.cases.some((one) => one.id === id)) })),
        facts,
      ),
    settle: (plan, verdicts) => ({ plan: settleUnits(plan, verdicts), suspectedBugs: [] }),
  });
  return {
    triage: facts,
    model: { operations: [], files: [target.file] },
    subject: chosen.flatMap(({ choice }) => layerLines(choice)),
    ...delivered,
    gaps: delivered.plan.gaps,
    diagnostics: [],
  };
}

/** A unit needs no app: where none is found, the unit's own file stands for it. */
export function factsOf({ root, file }: Target, given: Answers): Triage {
  try {
    return triage(root, given);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'no-entry') throw error;
    return triage(root, { ...given, entry: file });
  }
}

export function subjectAt(unit: Unit, target: Target): Subject | Gap {
  const host = hostOf(target);
  const reader = new UnitReader(host, families);
  return (
    reader.subject(unit.name, unit.file, host.rules ? undefined : new Types(target.root)) ?? {
      kind: 'unit-not-callable',
      operation: unit.id,
      reason: `${unit.name} was not found again.`,
    }
  );
}

/** What leans on a database, or answers requests, is proven by the operations that run through it. */
async function throughOperations(unit: Unit, choice: LayerChoice, options: Options, world: World): Promise<Report> {
  const outcome = await run(options, world, (model) => {
    const operations = model.operations.filter((operation) => runsThrough(operation, unit.source)).map(({ id }) => id);
    if (!operations.length)
      throw new UserError(
        'no-way-in',
        `No operation was seen to run through ${unit.name}.`,
        `It is ${choice.kind}: ${choice.refused}`,
      );
    return new Set(operations);
  });
  return { ...outcome, subject: layerLines(choice) };
}

/** Some of what the operation reads, writes, answers or asks of its caller stands in the unit's own lines. */
function runsThrough(operation: Operation, unit: SourceRef): boolean {
  const places = [
    operation.source,
    ...(operation.handler ? [operation.handler] : []),
    ...operation.lookups.map(({ source }) => source),
    ...operation.effects.map(({ source }) => source),
    ...operation.security.map(({ source }) => source),
    ...operation.responses.flatMap((response) => [response.source, ...response.guards.map(({ source }) => source)]),
  ];
  return places.some((place) => place.file === unit.file && place.start >= unit.start && place.end <= unit.end);
}
