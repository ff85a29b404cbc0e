import type { Operation, Response, Step, TestCase } from '../model/index.js';
import { lookupOf } from './context.js';
import { isOfCaller, termsOf } from './terms.js';

/**
 * The steps without which a refusal is not reached: rows and callers that nothing later names are left out. Where the service looks
 * rows up before it refuses, all of them stay.
 */
export function needed(
  operation: Operation,
  refusal: Response,
  arrange: Step[],
  rest: Pick<TestCase, 'act' | 'expect'>,
): Step[] {
  if (looksUpFirst(operation, refusal)) return arrange;
  const kept: Step[] = [];
  for (const step of [...arrange].reverse()) if (isNeeded(step, [...kept, rest])) kept.unshift(step);
  return kept;
}

function isNeeded(step: Step, later: unknown[]): boolean {
  if (step.kind !== 'create' && step.kind !== 'insert' && step.kind !== 'principal') return true;
  const names = [step.bind, step.kind === 'create' ? step.row?.bind : undefined];
  const code = JSON.stringify(later);
  return names.some(
    (name) =>
      name !== undefined &&
      ['name', 'bind', 'as', 'principal'].some((key) => code.includes(`"${key}":${JSON.stringify(name)}`)),
  );
}

function looksUpFirst(operation: Operation, { guards, decidedBy }: Response): boolean {
  const terms = guards.slice(0, decidedBy).flatMap(({ predicate }) => termsOf(predicate));
  return terms.some((term) => {
    const lookup = term.kind === 'row' || term.kind === 'rows' ? lookupOf(operation, term.lookup) : undefined;
    return !!lookup && !isOfCaller(lookup);
  });
}
