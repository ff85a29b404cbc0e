import type { Memory, Operation, Outcome, ServiceModel, TestCase, TestPlan } from '../model/index.js';
import { isChosen } from './chosen.js';

/** `Operation.id` of those that this run is about. */
export const scopeOf = (model: ServiceModel, only: string | undefined): Set<string> =>
  new Set(
    model.operations.filter((operation) => isChosen(operation, only)).map((operation: Operation) => operation.id),
  );

/** What the next run has to know of this plan. */
export function memoryOf({ cases }: TestPlan): Memory {
  const settled: Memory['settled'] = {};
  for (const { id, state, reason } of cases) if (state !== 'active') settled[id] = { state, reason: reason ?? '' };
  return { operations: [...new Set(cases.map(({ operation }) => operation))], settled };
}

/** Cases that this run does not run stay what an earlier one made of them; those of `tried` get another chance. */
export function recall(plan: TestPlan, { settled }: Memory, tried: Set<string>): TestPlan {
  const known = ({ id, operation, state }: TestCase) =>
    state === 'active' && !tried.has(operation) ? settled[id] : undefined;
  const cases = plan.cases.map((one) => ({ ...one, ...known(one) }));
  const gaps = plan.cases.flatMap((one) => {
    const { operation, title, source } = one;
    const before = known(one);
    return before?.state === 'todo'
      ? [{ kind: 'unsettled-case' as const, operation, reason: `${title}: ${before.reason}`, source }]
      : [];
  });
  return { ...plan, cases, gaps: [...plan.gaps, ...gaps] };
}

/** The part of an outcome that is about these operations, and what concerns the whole service. */
export function within(outcome: Outcome, scope: Set<string>): Outcome {
  const cases = outcome.plan.cases.filter(({ operation }) => scope.has(operation));
  const ids = new Set(cases.map(({ id }) => id));
  const about = ({ operation }: { operation?: string }): boolean => operation === undefined || scope.has(operation);
  return {
    ...outcome,
    plan: { ...outcome.plan, cases },
    gaps: outcome.gaps.filter(about),
    suspectedBugs: outcome.suspectedBugs.filter(about),
    run: { ...outcome.run, verdicts: outcome.run.verdicts.filter((verdict) => ids.has(verdict.case)) },
  };
}
