import type { Operation, Response } from '../../model/index.js';
import { type PlanContext, successOf } from '../context.js';
import { permittedPrincipals } from '../principals.js';
import { bare, Scene } from '../scene.js';
import { answerExpectations, draft, type DraftCase, type Rule } from '../rule.js';

/** Each role that may, and each that may although the thing is somebody else's, gets in. */
export const permitted: Rule = {
  name: 'permitted',
  kind: 'success',
  summary: 'Every other role that the guard lets in, and those that may touch what others own: let in.',
  cases(operation, context) {
    const response = successOf(operation);
    if (!response) return [];
    return permittedPrincipals(context, operation).flatMap(({ principal, role, owns }) =>
      owns
        ? byRole(operation, context, response, principal, role)
        : byException(operation, context, response, principal, role),
    );
  },
};

function byRole(
  operation: Operation,
  context: PlanContext,
  response: Response,
  principal: string,
  role: string,
): DraftCase[] {
  const scene = new Scene(context, operation, response).arrange(principal);
  if (scene.problem) return [];
  return [
    draft({
      rule: permitted,
      operation,
      point: role,
      title: `answers ${response.status} to a caller with role ${role}`,
      source: response.source,
      scene,
      expect: answerExpectations(scene, response),
    }),
  ];
}

/** The state is the owner's; the request is somebody else's. */
function byException(
  operation: Operation,
  context: PlanContext,
  response: Response,
  principal: string,
  role: string,
): DraftCase[] {
  const scene = new Scene(context, operation, response).arrange();
  if (scene.problem) return [];
  scene.signIn(principal);
  const answer = answerExpectations(scene, response);
  return [
    draft({
      rule: permitted,
      operation,
      point: `${role} not owner`,
      title: `answers ${response.status} to a caller with role ${role} who is not the owner`,
      source: response.source,
      scene,
      act: { ...scene.request(), as: { kind: 'principal', bind: principal } },
      expect: namesCaller(response) ? answer.slice(0, 1) : answer,
    }),
  ];
}

/** The body shows the caller: then it is another one's here. */
function namesCaller(response: Response): boolean {
  const body = response.body;
  if (body?.kind !== 'object') return false;
  return Object.values(body.fields).some((field) => ['principal', 'session'].includes(bare(field).kind));
}
