import type { Response } from '../../model/index.js';
import { permittedPrincipals } from '../principals.js';
import { bare } from '../terms.js';
import { answerExpectations, draft, type Rule, succeeding } from '../rule.js';

/** Each role that may, and each that may although the thing is somebody else's, gets in. */
export const permitted: Rule = {
  name: 'permitted',
  kind: 'success',
  summary: 'Every other role that the guard lets in, and those that may touch what others own: let in.',
  cases(operation, context) {
    return permittedPrincipals(context, operation).flatMap(({ principal, role, owns }) => {
      // Who does not own it is let in by exception: the state is the owner's; the request is somebody else's.
      const found = succeeding(context, operation, owns ? principal : undefined);
      if (!found) return [];
      const { response, scene } = found;
      if (!owns) scene.signIn(principal);
      const answer = answerExpectations(scene, response);
      return [
        draft({
          rule: permitted,
          operation,
          point: owns ? role : `${role} not owner`,
          title: `answers ${response.status} to ${context.principals.get(principal)?.described ?? role}${owns ? '' : ' who is not the owner'}`,
          source: response.source,
          scene,
          act: owns ? scene.request() : { ...scene.request(), as: { kind: 'principal', bind: principal } },
          expect: !owns && namesCaller(response) ? answer.slice(0, 1) : answer,
        }),
      ];
    });
  },
};

/** The body shows the caller: then it is another one's here. */
function namesCaller(response: Response): boolean {
  const body = response.body;
  if (body?.kind !== 'object') return false;
  return Object.values(body.fields).some((field) => ['principal', 'session'].includes(bare(field).kind));
}
