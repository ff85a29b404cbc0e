import type { AnyPlan, Gap, SuspectedBug, TestCase, TestPlan, Verdict } from '../model/index.js';
import { curlOf } from './curl.js';
import { FLAKY, receivedStatus } from './verdicts.js';

export interface Settlement {
  /** As given, with cases demoted (`todo`) or marked as suspected bugs (`failing`); expectations untouched. */
  plan: TestPlan;
  /** In the plan's order. */
  suspectedBugs: SuspectedBug[];
  /** One for each operation and reason that cases were demoted for here. */
  gaps: Gap[];
}

/**
 * Decides what becomes of the cases that did not pass. A contradiction of what the code states is a suspected bug; one that
 * rests on a guess of ours, or whose arrangement is itself broken, is a todo with the reason.
 * Not for a run with a `problem`: nothing in it speaks about the service.
 */
export function settle(plan: TestPlan, verdicts: Verdict[], now: Date = new Date()): Settlement {
  const byCase = new Map(verdicts.map((verdict) => [verdict.case, verdict]));
  const broken = brokenOperations(plan, byCase);
  const spoken = successFailures(plan, byCase);
  const settlement: Settlement = { plan, suspectedBugs: [], gaps: [] };
  const demoted: Demoted[] = [];
  const cases = plan.cases.map((testCase) => {
    const verdict = byCase.get(testCase.id);
    if (testCase.state === 'failing' && verdict?.verdict !== 'fail' && verdict?.verdict !== 'error') {
      settlement.suspectedBugs.push(bugOf(testCase, testCase.reason ?? '', plan, now));
      return testCase;
    }
    if (testCase.state === 'todo' || (verdict?.verdict !== 'fail' && verdict?.verdict !== 'error')) return testCase;
    const doubt = doubtAbout(testCase, verdict, plan, broken, spoken);
    if (doubt !== undefined) {
      demoted.push({ testCase, doubt });
      return { ...testCase, state: 'todo' as const, reason: doubt };
    }
    const message = verdict.message ?? 'The test failed.';
    settlement.suspectedBugs.push(bugOf(testCase, message, plan, now));
    return { ...testCase, state: 'failing' as const, reason: message };
  });
  settlement.gaps = gapsOf(demoted);
  settlement.plan = { ...plan, cases, gaps: [...plan.gaps, ...settlement.gaps] };
  return settlement;
}

interface Demoted {
  testCase: TestCase;
  doubt: string;
}

/** One gap for the cases of an operation that share the reason. */
function gapsOf(demoted: Demoted[]): Gap[] {
  const groups = new Map<string, Demoted[]>();
  for (const one of demoted) {
    const key = `${one.testCase.operation}\0${one.doubt}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { operation, source, title } = first.testCase;
    const more = group.length - 1;
    const titles = more ? `${title} and ${more} other ${more === 1 ? 'case' : 'cases'}` : title;
    return [{ kind: 'unsettled-case' as const, operation, reason: `${titles}: ${first.doubt}`, source }];
  });
}

/** Why the failure may be ours; undefined: it contradicts what the code states. */
function doubtAbout(
  testCase: TestCase,
  verdict: Verdict,
  plan: TestPlan,
  broken: Set<string>,
  spoken: Map<string, SuccessFailure>,
): string | undefined {
  const message = verdict.message ?? '';
  const seen = message.split('\n')[0] ?? '';
  if (message.startsWith(FLAKY)) return seen;
  if (testCase.state === 'failing') return `The expected failure did not come about. ${seen}`.trim();
  const needed = arrangedBy(testCase, plan).find(
    (operation) => broken.has(operation) && operation !== testCase.operation,
  );
  if (needed !== undefined) return `It is arranged through ${needed}, whose own success case fails.`;
  if (verdict.verdict === 'error') return `The test could not get as far as its expectation. ${seen}`.trim();
  const said = spoken.get(testCase.operation);
  if (said && said.id !== testCase.id && receivedStatus(message) === said.status)
    return `The answer is ${said.status}, as to the success case: see the suspected bug there.`;
  if (testCase.certainty === 'inferred')
    return `A guess took part in what was expected, and the service answers otherwise. ${seen}`.trim();
  return undefined;
}

/** A success case that the service answers with another status. */
interface SuccessFailure {
  id: string;
  status: string;
}

/** One cause, one suspected bug: siblings that get the same unexpected answer as the success of their operation wait for it. */
function successFailures(plan: TestPlan, byCase: Map<string, Verdict>): Map<string, SuccessFailure> {
  const found = new Map<string, SuccessFailure>();
  for (const { id, operation, kind, certainty } of plan.cases) {
    const status = receivedStatus(byCase.get(id)?.message);
    if (kind === 'success' && certainty !== 'inferred' && status !== undefined && !found.has(operation))
      found.set(operation, { id, status });
  }
  return found;
}

function brokenOperations(plan: TestPlan, byCase: Map<string, Verdict>): Set<string> {
  const successes = plan.cases.filter(({ kind, state }) => kind === 'success' && state === 'active');
  const failed = successes.filter(({ id }) => ['fail', 'error'].includes(byCase.get(id)?.verdict ?? ''));
  const passed = new Set(
    successes.filter(({ id }) => byCase.get(id)?.verdict === 'pass').map(({ operation }) => operation),
  );
  return new Set(failed.map(({ operation }) => operation).filter((operation) => !passed.has(operation)));
}

function arrangedBy({ arrange }: TestCase, plan: TestPlan): string[] {
  return arrange.flatMap((step) => {
    if (step.kind === 'create')
      return plan.factories.filter(({ name }) => name === step.factory).map(({ operation }) => operation);
    return step.kind === 'request' ? [`${step.request.method} ${step.request.template}`] : [];
  });
}

function bugOf(testCase: TestCase, message: string, plan: TestPlan, now: Date): SuspectedBug {
  const { id, operation, title } = testCase;
  return { case: id, operation, title, message, curl: curlOf(testCase, plan, now) };
}

/**
 * The same for single units, whose code is all that they state: where a run and our reading of it differ, the reading is wrong.
 */
export function settleUnits<Plan extends AnyPlan & { gaps: Gap[] }>(plan: Plan, verdicts: Verdict[]): Plan {
  const byCase = new Map(verdicts.map((verdict) => [verdict.case, verdict]));
  const gaps: Gap[] = [];
  const cases = plan.cases.map((one) => {
    const verdict = byCase.get(one.id);
    if (one.state !== 'active' || (verdict?.verdict !== 'fail' && verdict?.verdict !== 'error')) return one;
    const [seen = ''] = (verdict.message ?? '').split('\n');
    const reason = `The run gave something else than the reading of the code: ${seen}`.trim();
    gaps.push({
      kind: 'reading-contradicted',
      operation: one.operation,
      reason: `${one.title}: ${reason}`,
      source: one.source,
    });
    return { ...one, state: 'todo' as const, reason };
  });
  return { ...plan, cases, gaps: [...plan.gaps, ...gaps] };
}
