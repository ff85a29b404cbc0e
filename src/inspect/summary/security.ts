import type { Guard, Lookup, Response, SecurityRequirement, SecurityScheme, Term } from '../../model/index.js';
import { carries, inputsOf } from './credentials.js';
import { children, reads, termsOf } from './when.js';

/** What the paths of an operation say about who may call it. */
export function securityOf(
  responses: Response[],
  successes: Response[],
  schemes: SecurityScheme[],
  lookups: Lookup[],
): SecurityRequirement[] {
  const requirements: SecurityRequirement[] = [];
  for (const scheme of schemes) {
    const demand = firstGuard(responses, (guard) => names(guard, scheme.id));
    if (!demand) continue;
    const optional = successes.some(
      (response) => !response.guards.some((guard) => names(guard, scheme.id) && guard.holds),
    );
    const refuses = responses.some(
      (response) =>
        response.status >= 400 &&
        response.decidedBy !== undefined &&
        names(response.guards[response.decidedBy], scheme.id),
    );
    if (!refuses && !successes.some((response) => response.guards.some((guard) => names(guard, scheme.id)))) continue;
    const ownership = ownershipOf(responses, scheme) ?? selfOf(responses, scheme, lookups);
    requirements.push({
      scheme: scheme.id,
      roles: optional ? [] : rolesOf(responses, successes, scheme, lookups),
      scopes: [],
      optional: optional || !refuses,
      ...(ownership ? { ownership } : {}),
      source: demand.source,
    });
  }
  return requirements.length ? requirements : storedKeys(responses, schemes, lookups);
}

/** A key that is looked up: without its row the answer is a refusal. */
function storedKeys(responses: Response[], schemes: SecurityScheme[], lookups: Lookup[]): SecurityRequirement[] {
  for (const scheme of schemes) {
    const keys = lookups.filter((lookup) =>
      Object.values(lookup.by).some((term) => inputsOf(term).some((input) => carries(scheme, input))),
    );
    const refusal = responses.find(
      ({ status, decidedBy, guards }) =>
        (status === 401 || status === 403) && keys.some((lookup) => isAbsence(guards[decidedBy ?? -1], lookup)),
    );
    const guard = refusal?.guards[refusal.decidedBy ?? -1];
    if (guard) return [{ scheme: scheme.id, roles: [], scopes: [], optional: false, source: guard.source }];
  }
  return [];
}

const isAbsence = (guard: Guard | undefined, lookup: Lookup): boolean =>
  guard?.predicate.kind === 'nil' &&
  guard.predicate.of.kind === 'row' &&
  guard.predicate.of.lookup === lookup.id &&
  guard.holds;

const firstGuard = (responses: Response[], test: (guard: Guard) => boolean): Guard | undefined =>
  responses.flatMap((response) => response.guards).find(test);

const names = (guard: Guard | undefined, scheme: string): boolean =>
  (guard?.predicate.kind === 'credential' || guard?.predicate.kind === 'verified') && guard.predicate.scheme === scheme;

/** A term that is the caller's role: a claim, a session field or a column of the caller's row. */
export const isRole = (term: Term, scheme: SecurityScheme): boolean => {
  const at = 'at' in term ? term.at : [];
  const kinds = ['principal', 'session', 'row'];
  const last = at.at(-1) ?? '';
  const role = scheme.role?.at.at(-1);
  return (
    kinds.includes(term.kind) && at.length > 0 && (role ? last === role : /role|permission|scope|is_?admin/i.test(last))
  );
};

/** Roles with which some success is reached. */
function rolesOf(responses: Response[], successes: Response[], scheme: SecurityScheme, lookups: Lookup[]): string[] {
  const roles = new Set<string>();
  for (const response of successes) {
    const allowed = response.guards.flatMap((guard) => allowedRoles(guard, scheme));
    if (!allowed.length) return storedRoles(responses, lookups);
    for (const role of allowed) roles.add(role);
  }
  return [...roles].sort();
}

function allowedRoles(guard: Guard, scheme: SecurityScheme): string[] {
  const { predicate, holds } = guard;
  if (predicate.kind === 'eq' && holds && isRole(predicate.left, scheme) && predicate.right.kind === 'const')
    return [String(predicate.right.value)];
  if (predicate.kind === 'in' && holds && isRole(predicate.of, scheme) && predicate.set.kind === 'array')
    return predicate.set.items.flatMap((item) => (item.kind === 'const' ? [String(item.value)] : []));
  if (predicate.kind === 'falsy' && !holds && isRole(predicate.of, scheme) && 'at' in predicate.of)
    return flagOf(predicate.of.at.at(-1) ?? '');
  return [];
}

/** `isAdmin` is a role by itself; that a role, or a list of them, is there says nothing of which it is. */
const flagOf = (name: string): string[] => (/^(user_?)?(roles?|permissions?|scopes?)$/i.test(name) ? [] : [name]);

/** Roles that are rows of their own, found by constant codes, and without which the caller is refused. */
function storedRoles(responses: Response[], lookups: Lookup[]): string[] {
  for (const lookup of lookups.filter((one) => /^(roles?|permissions?|groups?)$/i.test(one.entity))) {
    const codes = [
      ...Object.values(lookup.by).flatMap(constants),
      ...lookup.other.flatMap((text) => text.match(/(?<=")[^",]+(?=")/g) ?? []),
    ];
    const refuses = responses.some(
      ({ status, decidedBy, guards }) =>
        (status === 401 || status === 403) && isAbsence(guards[decidedBy ?? -1], lookup),
    );
    if (codes.length && refuses) return [...new Set(codes)].sort();
  }
  return [];
}

const constants = (term: Term): string[] =>
  term.kind === 'const' ? (typeof term.value === 'string' ? [term.value] : []) : children(term).flatMap(constants);

/** A guard that holds a row's field against the caller: the owner may, others may not. */
function ownershipOf(responses: Response[], scheme: SecurityScheme): SecurityRequirement['ownership'] {
  for (const response of responses) {
    if (response.when !== 'forbidden' && response.when !== 'not-found') continue;
    const guard =
      response.decidedBy === undefined
        ? undefined
        : response.guards.slice(0, response.decidedBy + 1).findLast((one) => isOwnership(one, scheme));
    if (!guard || guard.predicate.kind !== 'eq') continue;
    const row = [guard.predicate.left, guard.predicate.right].map(bare).find((term) => term.kind === 'row');
    if (row?.kind !== 'row') continue;
    const except = passingRoles(response, responses, scheme);
    return { lookup: row.lookup, field: row.at.join('.'), except, source: guard.source };
  }
  return undefined;
}

/** `if (request.params.userId !== user.id)`: the path names the caller. */
function selfOf(responses: Response[], scheme: SecurityScheme, lookups: Lookup[]): SecurityRequirement['ownership'] {
  for (const response of responses) {
    if (response.when !== 'forbidden') continue;
    const guard = response.guards[response.decidedBy ?? -1];
    if (guard?.predicate.kind !== 'eq' || guard.holds) continue;
    const terms = [guard.predicate.left, guard.predicate.right].map(bare);
    const place = terms.find((term) => term.kind === 'input' && term.part === 'path');
    const row = terms.find((term) => term.kind === 'row');
    const lookup = row && lookups.find((one) => one.id === row.lookup);
    const own = lookup ? Object.values(lookup.by).some((term) => reads(term, 'principal')) : false;
    if (place?.kind !== 'input' || !(own || terms.some((term) => term.kind === 'principal'))) continue;
    const except = passingRoles(response, responses, scheme);
    return { lookup: row?.lookup ?? '', field: place.at.join('.'), except, source: guard.source };
  }
  return undefined;
}

/** Roles that this refusal asked for in vain, and that nothing refuses: having one lets the caller pass all the same. */
function passingRoles(refusal: Response, responses: Response[], scheme: SecurityScheme): string[] {
  const refused = responses
    .filter((one) => one.status >= 400)
    .flatMap((one) => {
      const guard = one.guards[one.decidedBy ?? -1];
      return guard ? allowedRoles(guard, scheme) : [];
    });
  const asked = refusal.guards.flatMap((guard) => allowedRoles({ ...guard, holds: !guard.holds }, scheme));
  return [...new Set(asked)].filter((role) => !refused.includes(role)).sort();
}

/** The value behind conversions: `Number(payload.sub)` is the claim. */
const bare = (term: Term): Term =>
  term.kind === 'op' && ['number', 'string', 'integer'].includes(term.op) && term.args[0] ? bare(term.args[0]) : term;

function isOwnership(guard: Guard, scheme: SecurityScheme): boolean {
  if (guard.predicate.kind !== 'eq') return false;
  const terms = termsOf(guard.predicate).map(bare);
  const rows = terms.filter((term) => term.kind === 'row' && !isRole(term, scheme));
  return (
    rows.length === 2 ||
    (rows.length === 1 && terms.some((term) => term.kind === 'principal' || term.kind === 'session'))
  );
}
