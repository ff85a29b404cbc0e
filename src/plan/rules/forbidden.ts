import type { Response } from '../../model/index.js';
import { lesserPrincipals, otherPrincipal } from '../principals.js';
import { answerExpectations, draft, type DraftCase, type Rule, succeeding, unchanged } from '../rule.js';

/** A caller who is known but may not: a lesser role, somebody else's thing. */
export const forbidden: Rule = {
  name: 'forbidden',
  kind: 'forbidden',
  summary: 'Each lesser role and another owner: refused, and nothing happens.',
  cases(operation, context) {
    const response = succeeding(context, operation)?.response;
    if (!response || !operation.security.length) return [];
    const cases: DraftCase[] = [];
    const refusal = operation.responses.find((one) => one.when === 'forbidden');
    if (refusal)
      for (const lesser of lesserPrincipals(context, operation))
        cases.push(...one(lesser, refusal, context.principals.get(lesser)?.described ?? lesser, `role-${lesser}`));
    const ownership = operation.security.find((requirement) => requirement.ownership)?.ownership;
    const owned =
      ownership &&
      operation.responses.find(
        (candidate) =>
          (candidate.when === 'forbidden' || candidate.when === 'not-found') &&
          candidate.guards.some(
            (guard) =>
              guard.source.start === ownership.source.start &&
              guard.source.file === ownership.source.file &&
              !guard.holds,
          ),
      );
    const other = owned && otherPrincipal(context, operation);
    if (owned && other && response.guards.some((guard) => guard.source.start === ownership.source.start))
      cases.push(...one(other, owned, 'a caller who is not the owner', 'other-owner'));
    return cases;

    function one(caller: string, answer: Response, who: string, point: string): DraftCase[] {
      const scene = succeeding(context, operation)?.scene;
      if (!scene) return [];
      scene.signIn(caller);
      if (scene.problem !== undefined) {
        context.gap('not-arranged', operation, `No case that ${who} is refused: ${scene.problem}.`, answer.source);
        return [];
      }
      const act = { ...scene.request(), as: { kind: 'principal' as const, bind: caller } };
      return [
        draft({
          rule: forbidden,
          operation,
          point,
          title: `refuses ${who} with ${answer.status}`,
          source: answer.source,
          scene,
          act,
          expect: [...answerExpectations(scene, answer), ...unchanged(operation, context)],
        }),
      ];
    }
  },
};
