import type { Credential, Operation, Response } from '../../model/index.js';
import type { PlanContext } from '../context.js';
import { goneCaller, goneClaims, removeCaller } from '../gone.js';
import { Scene } from '../scene.js';
import { answerExpectations, draft, type DraftCase, type Rule, succeeding, unchanged } from '../rule.js';

/** Nobody gets in without a credential that verifies: none, malformed, wrong key, expired, another kind of token. */
export const unauthenticated: Rule = {
  name: 'unauthenticated',
  kind: 'unauthenticated',
  summary:
    'No credential, a malformed one, a wrong key, an expired one, another kind of token: refused, and nothing happens.',
  cases(operation, context) {
    const requirement = operation.security.find((one) => !one.optional);
    const scheme = requirement && context.scheme(requirement.scheme);
    if (!scheme) return [];
    if (scheme.type === 'session')
      return [...credentials(operation, scheme.id, context), ...removed(operation, scheme.id, context)];
    return credentials(operation, scheme.id, context);
  },
};

/** What is presented does not verify, or nothing is. */
function credentials(operation: Operation, scheme: string, context: PlanContext): DraftCase[] {
  return attempts(operation, scheme, context).flatMap(({ label, point, as, refusal }): DraftCase[] => {
    const scene = succeeding(context, operation)?.scene;
    if (!scene?.principal) return [];
    const credential: Credential = as.kind === 'bad' ? { ...as, principal: scene.principal } : as;
    const expect = [...answerExpectations(scene, refusal), ...unchanged(operation, context)];
    return [
      draft({
        rule: unauthenticated,
        operation,
        point,
        title: `refuses ${label} with ${refusal.status}`,
        source: refusal.source,
        scene,
        expect,
        act: { ...scene.request(), as: credential },
        table: 'unauthenticated',
        refusal,
      }),
    ];
  });
}

/** Signed in, and taken out of the store since. */
function removed(operation: Operation, scheme: string, context: PlanContext): DraftCase[] {
  const gone = goneCaller(operation, scheme);
  if (!gone) return [];
  const { response, lookup } = gone;
  const scene = new Scene(context, operation, response).arrange();
  const problem = scene.problem ?? removeCaller(scene, lookup);
  if (problem !== undefined) {
    context.gap(
      'not-arranged',
      operation,
      `No case for ${response.status} when the caller is gone: ${problem}.`,
      response.source,
    );
    return [];
  }
  return [
    draft({
      rule: unauthenticated,
      operation,
      point: 'gone',
      title: `refuses a caller who is gone with ${response.status}`,
      source: response.source,
      scene,
      expect: [...answerExpectations(scene, response), ...unchanged(operation, context)],
    }),
  ];
}

interface Attempt {
  label: string;
  point: string;
  as: Credential;
  refusal: Response;
}

function attempts(operation: Operation, schemeId: string, context: PlanContext): Attempt[] {
  const scheme = context.scheme(schemeId);
  const decided = (kind: string): Response | undefined =>
    operation.responses.find(
      (one) =>
        one.status >= 400 &&
        one.status < 500 &&
        one.decidedBy !== undefined &&
        one.guards[one.decidedBy]?.predicate.kind === kind &&
        (one.guards[one.decidedBy]?.predicate as { scheme?: string }).scheme === schemeId,
    );
  const missing = decided('credential') ?? decided('verified');
  const wrong = decided('verified');
  const list: Attempt[] = missing
    ? [
        {
          label: scheme?.type === 'session' ? 'a caller who is not signed in' : 'a request without credentials',
          point: 'none',
          as: { kind: 'anonymous' },
          refusal: missing,
        },
      ]
    : [];
  const bad = (variant: Extract<Credential, { kind: 'bad' }>['variant'], label: string, other?: string): void => {
    if (wrong)
      list.push({
        label,
        point: variant,
        as: { kind: 'bad', scheme: schemeId, variant, principal: '', ...(other ? { other } : {}) },
        refusal: wrong,
      });
  };
  if (scheme?.type === 'jwt') {
    bad('malformed', 'a malformed token');
    bad('wrong-key', 'a token signed with another key');
    bad('expired', 'an expired token');
    bad('unsigned', 'an unsigned token');
    const claim = operation.responses.find(
      (one) => one.status === 401 && one.decidedBy !== undefined && one.guards[one.decidedBy]?.predicate.kind === 'eq',
    );
    const other = scheme.otherTokens[0];
    if (other && (claim ?? wrong))
      list.push({
        label: `a ${other.name} token`,
        point: 'other-token',
        as: { kind: 'bad', scheme: schemeId, variant: 'other-token', principal: '', other: other.name },
        refusal: claim ?? (wrong as Response),
      });
    const gone = goneCaller(operation, schemeId);
    const claims = gone && goneClaims(context, gone);
    if (gone && claims && context.takeGone(claims))
      list.push({
        label: 'the token of a caller who is gone',
        point: 'gone',
        as: { kind: 'bad', scheme: schemeId, variant: 'gone', principal: '' },
        refusal: gone.response,
      });
  } else if (scheme?.type === 'api-key' || scheme?.type === 'bearer') bad('unknown-key', 'an unknown key');
  return list;
}
