import type { Gap, Known, Subject, Triage, UnitCase, UnitInput, UnitPlan } from '../../model/index.js';
import { layersOf } from '../../model/layers.js';
import { environmentFor } from '../environment.js';
import { slug, testFileName } from '../names.js';
import { Search, type Tried } from './search.js';
import { leavesOf } from './values.js';
import { difference, outcomeWords, termsOf } from './words.js';

/**
 * The cases of one unit: a usual call, each side of each comparison, each way of each condition, each error that it throws.
 * What is expected follows from the unit's own code, run abstractly; what that leaves open is a gap.
 */
export function planUnit(subject: Subject, triage: Triage): UnitPlan {
  const search = new Search(subject);
  const tried = search.run();
  const usual = tried[0]?.given ?? {};
  const cases: UnitCase[] = [];
  const gaps = new Map<string, Gap>();
  for (const one of tried) {
    const { result } = one.evaluation;
    // That an argument must not be missing is no statement of the unit's.
    if (result.outcome === 'unknown' && one.reason === 'value' && cases.length) continue;
    if (result.outcome === 'unknown')
      gaps.set(result.reason, {
        kind: 'not-known-before-run',
        operation: subject.unit.id,
        reason: `No case where ${result.reason}.`,
        ...(result.source ? { source: result.source } : { source: subject.unit.source }),
      });
    else cases.push(unitCase(subject, triage, one, usual, search.inputs, cases));
  }
  return {
    subject: described(subject),
    inputs: search.inputs,
    usual,
    cases,
    environment: environmentOf(subject.environment),
    gaps: [...gaps.values()],
  };
}

/** All that rendering needs: no code to run. */
const described = ({
  unit,
  exported,
  method,
  arguments: names,
  constructorArguments,
  inputs,
  collaborators,
}: Subject): UnitPlan['subject'] => ({
  unit,
  exported,
  ...(method ? { method } : {}),
  arguments: names,
  constructorArguments,
  inputs,
  collaborators,
});

const environmentOf = (variables: Subject['environment']): Record<string, string> => {
  if (!variables.length) return {};
  const values = environmentFor({ environment: variables, stores: [], sinks: [] });
  return Object.keys(values).length > 1 ? values : {};
};

/** The case of inputs whose outcome is known. `before`: cases of the same file, whose titles are taken. */
export function unitCase(
  { unit }: Pick<Subject, 'unit'>,
  triage: Triage,
  {
    given,
    evaluation: { result, calls },
  }: { given: Tried['given']; evaluation: Pick<Tried['evaluation'], 'result' | 'calls'> },
  usual: Record<string, Known>,
  inputs: UnitInput[],
  before: UnitCase[],
): UnitCase {
  if (result.outcome === 'unknown') throw new Error('unitCase: nothing is known');
  const leaves = inputs.flatMap((input) => leavesOf(input.name, input.schema, input.optional));
  const terms = termsOf(triage.language.value);
  const changed = difference(given, usual, leaves, terms);
  const title = distinct(`${outcomeWords(result, calls, terms)}${changed ? ` when ${changed}` : ' as a rule'}`, before);
  const stem =
    unit.file
      .split('/')
      .at(-1)
      ?.replace(/\.\w+$/, '') ?? 'unit';
  return {
    id: `${slug(unit.id)}.${slug(title)}`,
    operation: unit.name,
    kind: result.outcome === 'throws' ? 'rule' : 'success',
    layer: 'unit',
    title,
    file: `${layersOf(triage).unit}/${testFileName(`${slugFile(stem)}.${slugFile(unit.name)}`, triage)}`,
    source: result.outcome === 'throws' ? result.source : unit.source,
    rule: 'unit',
    state: 'active',
    given,
    expect: result,
    calls,
  };
}

/** `RentalService.get` → `rental-service.get`. */
const slugFile = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-');

function distinct(title: string, before: UnitCase[]): string {
  let free = title;
  for (let number = 2; before.some((one) => one.title === free); number++) free = `${title} (${number})`;
  return free;
}
