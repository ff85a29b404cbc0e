import type { Gap, SuspectedBug, TestCase, TestPlan, Verdict } from '../model/index.js';
import { curlOf } from './curl.js';
import { FLAKY } from './verdicts.js';

export interface Settlement {
  /** As given, with cases demoted (`todo`) or marked as suspected bugs (`failing`); expectations untouched. */
  plan: TestPlan;
  /** In the plan's order. */
  suspectedBugs: SuspectedBug[];
  /** One for each case demoted here. */
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
  const settlement: Settlement = { plan, suspectedBugs: [], gaps: [] };
  const cases = plan.cases.map((testCase) => {
    const verdict = byCase.get(testCase.id);
    if (testCase.state === 'failing' && verdict?.verdict !== 'fail' && verdict?.verdict !== 'error') {
      settlement.suspectedBugs.push(bugOf(testCase, testCase.reason ?? '', plan, now));
      return testCase;
    }
    if (testCase.state === 'todo' || (verdict?.verdict !== 'fail' && verdict?.verdict !== 'error')) return testCase;
    const doubt = doubtAbout(testCase, verdict, plan, broken);
    if (doubt !== undefined) {
      settlement.gaps.push({
        operation: testCase.operation,
        reason: `${testCase.title}: ${doubt}`,
        source: testCase.source,
      });
      return { ...testCase, state: 'todo' as const, reason: doubt };
    }
    const message = verdict.message ?? 'The test failed.';
    settlement.suspectedBugs.push(bugOf(testCase, message, plan, now));
    return { ...testCase, state: 'failing' as const, reason: message };
  });
  settlement.plan = { ...plan, cases, gaps: [...plan.gaps, ...settlement.gaps] };
  return settlement;
}

/** Why the failure may be ours; undefined: it contradicts what the code states. */
function doubtAbout(testCase: TestCase, verdict: Verdict, plan: TestPlan, broken: Set<string>): string | undefined {
  const message = verdict.message ?? '';
  const seen = message.split('\n')[0] ?? '';
  if (message.startsWith(FLAKY)) return seen;
  if (testCase.state === 'failing') return `The expected failure did not come about. ${seen}`.trim();
  const needed = arrangedBy(testCase, plan).find(
    (operation) => broken.has(operation) && operation !== testCase.operation,
  );
  if (needed !== undefined) return `It is arranged through ${needed}, whose own success case fails.`;
  if (verdict.verdict === 'error') return `The test could not get as far as its expectation. ${seen}`.trim();
  if (testCase.certainty === 'inferred')
    return `A guess took part in what was expected, and the service answers otherwise. ${seen}`.trim();
  return undefined;
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
