import type { Credential, Expectation, Operation } from '../model/index.js';
import { type PlanContext, successOf } from './context.js';
import type { Scene } from './scene.js';

/** A plain read that only a signed-in caller may do, with the refusal of everybody else. */
function probeOf(context: PlanContext, schemeId: string): { path: string; refused: number } | undefined {
  for (const operation of context.model.operations) {
    const requirement = operation.security.find((one) => one.scheme === schemeId && !one.optional);
    if (!requirement || requirement.roles.length || requirement.ownership) continue;
    if (operation.method !== 'GET' || operation.path.includes('{') || !successOf(operation)) continue;
    if (operation.parameters.some((one) => one.required)) continue;
    const refusal = operation.responses.find((one) => one.when === 'unauthenticated');
    if (refusal) return { path: operation.path, refused: refusal.status };
  }
  return undefined;
}

const refusedRead = (context: PlanContext, schemeId: string, as: Credential): Expectation[] => {
  const probe = probeOf(context, schemeId);
  return probe ? [{ kind: 'read', request: { method: 'GET', template: probe.path, as }, status: probe.refused }] : [];
};

/** A visitor who keeps the cookies that a refused sign-in may have set is still nobody. */
export function staysOutside(
  scene: Scene,
  operation: Operation,
): { as: Credential; expect: Expectation[] } | undefined {
  const scheme = scene.context.model.schemes.find((one) => one.type === 'session' && one.signIn === operation.id);
  if (!scheme) return undefined;
  const as: Credential = { kind: 'principal', bind: 'visitor' };
  const expect = refusedRead(scene.context, scheme.id, as);
  if (!expect.length) return undefined;
  scene.steps.push({ kind: 'visitor', bind: 'visitor' });
  return { as, expect };
}

/** After a sign-out the same caller, cookie and all, is refused. */
export function endsSession(scene: Scene): Expectation[] {
  const ends = scene.response.effects.some((id) =>
    scene.operation.effects.some((effect) => effect.id === id && effect.kind === 'session' && effect.verb === 'delete'),
  );
  const [requirement] = scene.operation.security;
  if (!ends || !requirement || scene.principal === undefined) return [];
  return refusedRead(scene.context, requirement.scheme, { kind: 'principal', bind: scene.principal });
}
