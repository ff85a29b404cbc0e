import type {
  Evaluation,
  Gap,
  Json,
  Known,
  Subject,
  ThrownError,
  ToldOutcome,
  Triage,
  UnitCase,
  UnitIncident,
  UnitInput,
  UnitOutcome,
  UnitPlan,
} from '../../model/index.js';
import { layersOf } from '../../model/layers.js';
import { slug, testFileName } from '../names.js';
import { planUnit, unitCase } from './index.js';
import { get, json, type Leaf, leavesOf, put } from './values.js';

type Given = Record<string, Known>;

const mostNeighbours = 6;

/**
 * The test of a call that went wrong, and its neighbours: what the code states next to it, as far as it goes another way there. Where it goes
 * the way of the bug, its own word counts for nothing until that is mended: `released`. `reads`: what the code gives as it is, where that is known.
 * A text: why it cannot be arranged.
 */
export function lockedUnit(
  subject: Subject,
  incident: UnitIncident,
  triage: Triage,
  released: boolean,
): { plan: UnitPlan; reads?: Known } | string {
  const whole = planUnit(subject, triage);
  const exact = givenBy(incident, subject, whole, false);
  if (typeof exact === 'string') return exact;
  const given = unlessItTells(givenBy(incident, subject, whole, true), exact, subject);
  const read = subject.evaluate(given);
  if (read.wants.length) return `what ${read.wants.map(({ name }) => name).join(' and ')} gives is not said`;
  const isAsync = [read.result, ...whole.cases.map(({ expect }) => expect)].some(
    (one) => one.outcome !== 'unknown' && one.isAsync,
  );
  const expect = outcomeOf(incident.expected, isAsync, subject, whole.cases, triage);
  if (typeof expect === 'string') return expect;
  const id = `regression.${slug(incident.issue)}`;
  const file = `${layersOf(triage).unit}/${testFileName(`regression-${slug(incident.issue)}`, triage)}`;
  const made = unitCase(
    subject,
    triage,
    { given, evaluation: { result: expect, calls: read.calls } },
    whole.usual,
    whole.inputs,
    [],
  );
  const bug: UnitCase = {
    ...made,
    id,
    title: `${made.title} (${incident.issue})`,
    kind: 'rule',
    layer: 'regression',
    rule: 'regression',
    file,
    source: subject.unit.source,
  };
  const near = neighbours({ subject, triage, whole, given, read, released });
  const cases = [bug, ...near.cases.map((one, index) => ({ ...one, id: `${id}.neighbour-${index + 1}`, file }))];
  const { result } = read;
  return {
    plan: { ...whole, cases, gaps: near.open },
    ...(result.outcome === 'gives' ? { reads: result.value } : {}),
  };
}

/** What may be left out is left out only where that makes a difference: else the call reads as those next to it. */
function unlessItTells(full: Given | string, exact: Given, subject: Subject): Given {
  if (typeof full === 'string') return exact;
  const [one, other] = [full, exact].map((given) => subject.evaluate(given));
  const isSame = one && other && same(one.result, other.result) && wayOf(one) === wayOf(other);
  return isSame ? full : exact;
}

/**
 * The told arguments, and of what was not told the usual: a call is minimized to the field that is wrong.
 * @param fills fields that may be left out are given too
 */
function givenBy(
  { args, named }: UnitIncident,
  subject: Subject,
  { usual, inputs }: UnitPlan,
  fills: boolean,
): Given | string {
  const names = subject.arguments.filter((name) => inputs.some((input) => input.name === name));
  if (args.length > names.length)
    return `${subject.unit.name} takes ${names.length === 1 ? 'one argument' : `${names.length} arguments`}, and ${args.length} were told`;
  const stray = Object.keys(named).find((name) => !names.includes(name));
  if (stray !== undefined) return `${subject.unit.name} has no parameter ${stray}`;
  const told: Given = { ...Object.fromEntries(args.map((known, index) => [names[index] ?? '', known])), ...named };
  const given: Given = { ...usual };
  for (const input of inputs) {
    const known = told[input.name];
    if (known) given[input.name] = completed(known, input, usual[input.name], fills);
    else if (input.optional) given[input.name] = { kind: 'undefined' };
  }
  return given;
}

/** `{ grams: 0 }` of a parcel is the usual parcel with no weight. */
function completed(known: Known, { schema }: UnitInput, usual: Known | undefined, fills: boolean): Known {
  if (known.kind !== 'json' || usual?.kind !== 'json' || !isObject(known.value) || !isObject(usual.value)) return known;
  const { value } = known;
  const fields = Object.entries(usual.value).filter(
    ([name]) => fills || name in value || schema.required?.includes(name),
  );
  return json({ ...Object.fromEntries(fields), ...value });
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const builtIn = {
  javascript: /^(Range|Type|Syntax|Reference|URI|Eval|Aggregate)?Error$/,
  python:
    /^(Value|Type|Key|Index|ZeroDivision|Arithmetic|Lookup|Runtime|NotImplemented|Attribute|Overflow|Permission|FileNotFound|OS|Assertion)Error$|^Exception$/,
};

function outcomeOf(
  told: ToldOutcome,
  isAsync: boolean,
  { unit }: Subject,
  cases: UnitCase[],
  triage: Triage,
): UnitOutcome | string {
  if ('gives' in told) return { outcome: 'gives', value: told.gives, isAsync };
  const known = cases.flatMap(({ expect }) => (expect.outcome === 'throws' ? [expect.error] : []));
  const same = known.find(({ className }) => className === told.throws);
  const own = builtIn[triage.language.value === 'python' ? 'python' : 'javascript'].test(told.throws);
  if (!same && !own)
    return `${unit.name} throws no ${told.throws} anywhere that was read, and it is none of the language's own`;
  const error: ThrownError = {
    ...(same ?? { isBuiltIn: true }),
    className: told.throws,
    fields: {},
  };
  delete error.message;
  if (told.message !== undefined) error.message = told.message;
  return { outcome: 'throws', error, isAsync, source: unit.source };
}

interface Near {
  subject: Subject;
  triage: Triage;
  whole: UnitPlan;
  given: Given;
  read: Evaluation;
  released: boolean;
}

/** Calls that differ from the bug's in the same places and nowhere else, and numbers one beside its own. */
function neighbours({ subject, triage, whole, given, read, released }: Near): { cases: UnitCase[]; open: Gap[] } {
  const leaves = whole.inputs.flatMap((input) => leavesOf(input.name, input.schema, input.optional));
  const changed = leaves.filter((leaf) => !same(get(given, leaf), get(whole.usual, leaf)));
  const told = changed.filter(
    (leaf) => !changed.some((one) => one !== leaf && one.at.length > leaf.at.length && overlaps(one, leaf)),
  );
  const others = leaves.filter((leaf) => !told.some((one) => overlaps(one, leaf)));
  const way = wayOf(read);
  const isTrusted = (evaluation: Evaluation): boolean => released || wayOf(evaluation) !== way;
  const cases: UnitCase[] = [];
  const open: number[] = [];
  const [only] = told.filter((leaf) => typeof get(given, leaf) === 'number');
  const value = only && get(given, only);
  for (const near of only && typeof value === 'number' ? [value - 1, value + 1] : []) {
    const moved = only && put(given, only, near);
    if (!moved) continue;
    const evaluation = subject.evaluate(moved);
    if (!isTrusted(evaluation)) open.push(near);
    else if (evaluation.result.outcome !== 'unknown' && !evaluation.wants.length)
      cases.push(unitCase(subject, triage, { given: moved, evaluation }, given, whole.inputs, cases));
  }
  for (const one of whole.cases) {
    const isNear = others.every((leaf) => same(get(one.given, leaf), get(given, leaf)));
    const isNew = ![given, ...cases.map((each) => each.given)].some((each) => same(each, one.given));
    if (isNear && isNew && cases.length < mostNeighbours && isTrusted(subject.evaluate(one.given))) cases.push(one);
  }
  return { cases, open: only && open.length ? [openGap(subject, only, open)] : [] };
}

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

const overlaps = (one: Leaf, other: Leaf): boolean =>
  one.input === other.input && one.at.every((key, index) => other.at[index] === undefined || other.at[index] === key);

/** The conditions that were met, and how each went. */
const wayOf = ({ conditions }: Evaluation): string =>
  [
    ...new Set(
      conditions.flatMap((one) => (one.kind === 'compare' ? [] : [`${one.source.start} ${String(one.holds)}`])),
    ),
  ].join();

const openGap = ({ unit }: Subject, leaf: Leaf, values: number[]): Gap => ({
  kind: 'open-bound',
  operation: unit.id,
  reason: `Nothing in ${unit.name} tells ${values.join(' and ')} from the ${leaf.at.at(-1) ?? leaf.input} that went wrong, so what is right there is open until the bug is mended: --release writes it.`,
  source: unit.source,
});
