import type { CaseKind, Expectation, Operation, Response } from '../../model/index.js';
import { effectOf, type PlanContext, successOf } from '../context.js';
import { circumstance } from '../describe.js';
import { effectExpectations } from '../effects.js';
import { reach } from '../reach.js';
import { Scene } from '../scene.js';
import { bare } from '../terms.js';
import { staysOutside } from '../sessions.js';
import { answerExpectations, draft, type DraftCase, type Rule, unchanged } from '../rule.js';

/** Refusals that the handler's own conditions decide: the state or the request is changed until the condition is reached. */
function refusalRule(
  name: string,
  kind: CaseKind,
  summary: string,
  fits: (operation: Operation, response: Response) => boolean,
): Rule {
  const rule: Rule = {
    name,
    kind,
    summary,
    cases: (operation, context) =>
      operation.responses
        .filter((response) => response.status < 500 && fits(operation, response))
        .flatMap((response) => ofResponse(rule, operation, response, context)),
  };
  return rule;
}

function ofResponse(rule: Rule, operation: Operation, response: Response, context: PlanContext): DraftCase[] {
  if (!successOf(operation)) return [];
  const scene = arranged(operation, response, context);
  const when = circumstance(operation, response);
  const problem = scene.problem ?? reach(scene, response);
  if (problem) {
    context.gap('not-arranged', operation, `No case for ${response.status} when ${when}: ${problem}.`, response.source);
    return [];
  }
  const title = `answers ${response.status} when ${when}`;
  const outside = rule === signIn ? staysOutside(scene, operation) : undefined;
  return [
    draft({
      rule,
      operation,
      point: when,
      title,
      source: response.source,
      scene,
      ...(outside ? { act: { ...scene.request(), as: outside.as } } : {}),
      expect: [
        ...answerExpectations(scene, response),
        ...after(scene, operation, response),
        ...(outside?.expect ?? []),
      ],
    }),
  ];
}

/** The state of the response itself: rows that it needs present are there, also those that success needs absent. */
function arranged(operation: Operation, response: Response, context: PlanContext): Scene {
  const scene = new Scene(context, operation, response);
  const success = successOf(operation);
  const guard = response.guards[response.decidedBy ?? -1];
  const absent = guard?.predicate.kind === 'nil' && guard.holds;
  return absent && success ? new Scene(context, operation, success).arrange() : scene.arrange();
}

function after(scene: Scene, operation: Operation, response: Response): Expectation[] {
  const did = response.effects.some((id) => effectOf(operation, id)?.kind !== 'session');
  return did ? effectExpectations(scene) : unchanged(operation, scene.context);
}

const decidingKind = (response: Response): string | undefined =>
  response.guards[response.decidedBy ?? -1]?.predicate.kind;

export const notFound = refusalRule(
  'not-found',
  'not-found',
  'A row that is not there: refused, and nothing happens.',
  (operation, response) => response.when === 'not-found' && !isOwnership(operation, response),
);

export const conflict = refusalRule(
  'conflict',
  'conflict',
  'The state forbids it: a duplicate, a wrong status.',
  (_operation, response) => response.when === 'conflict',
);

export const businessRule = refusalRule(
  'rule',
  'rule',
  "The handler's own conditions, each reached by a request or a state made for it.",
  (_operation, response) => response.when === 'rule' || (response.when === 'forbidden' && isWrongValue(response)),
);

/** Forbidden not for who calls but for what the request says: a pickup code that is not the row's. */
function isWrongValue(response: Response): boolean {
  const guard = response.guards[response.decidedBy ?? -1];
  if (guard?.predicate.kind !== 'eq' || guard.holds) return false;
  const kinds = [bare(guard.predicate.left).kind, bare(guard.predicate.right).kind];
  return kinds.includes('row') && kinds.includes('input');
}

/** A sign-in that fails: a wrong password, an unknown caller. */
export const signIn = refusalRule(
  'sign-in',
  'unauthenticated',
  'A sign-in or a token in the body that is wrong.',
  (operation, response) =>
    response.when === 'unauthenticated' &&
    operation.security.length === 0 &&
    (['nil', 'falsy', 'secret', 'verified'].includes(decidingKind(response) ?? '') || isTokenKind(response)),
);

/** A claim that says of which kind the token in the body is. */
function isTokenKind(response: Response): boolean {
  const predicate = response.guards[response.decidedBy ?? -1]?.predicate;
  return predicate?.kind === 'eq' && predicate.left.kind === 'principal' && predicate.left.scheme.startsWith('token:');
}

function isOwnership(operation: Operation, response: Response): boolean {
  const guard = response.guards[response.decidedBy ?? -1];
  return operation.security.some(
    (requirement) =>
      requirement.ownership?.source.start === guard?.source.start &&
      requirement.ownership?.source.file === guard?.source.file,
  );
}

/** Answers of 500 and above are never expected: said as a gap. */
export const serverErrors: Rule = {
  name: 'upstream-failure',
  kind: 'rule',
  summary: 'A failing dependency: planned where the code answers below 500, a gap where it answers 5xx.',
  cases(operation, context) {
    for (const response of operation.responses) {
      if (response.status < 500) continue;
      if (response.when === 'upstream-failure')
        context.gap(
          'server-error-answer',
          operation,
          `Answers ${response.status} when ${circumstance(operation, response)}: a 5xx is never an expectation.`,
          response.source,
        );
    }
    return [];
  },
};
