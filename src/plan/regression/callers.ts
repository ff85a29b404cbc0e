import type { Incident, Operation, Term } from '../../model/index.js';
import { type PlanContext, successOf } from '../context.js';
import type { Scene } from '../scene.js';
import { callerWithRole, otherPrincipal, plainCaller } from '../principals.js';

/**
 * Who must be refused. The role that the request's credential carried, if it did. Else another caller of the same kind: other roles
 * are turned away by the code as it is read, so that they are not the bug; and where the code asks for no role, or for nothing, anybody is.
 */
export function refusedCaller(
  { context, operation, principal }: Scene,
  { roles = [], caller }: Incident,
): string | undefined {
  if (caller) return callerWithRole(context, operation, caller.role, caller.isOther);
  if (!operation.security.length) return plainCaller(context, operation);
  const asked = operation.security.find((one) => !one.optional)?.roles ?? [];
  const carried = roles.find((role) => !asked.includes(role));
  const named = carried === undefined ? undefined : callerWithRole(context, operation, carried);
  return named !== undefined && named !== principal ? named : otherPrincipal(context, operation);
}

/** The operation gives out the credential itself: 401 is about what is sent, not about who sends it. */
export function issuesCredential(context: PlanContext, operation: Operation): boolean {
  if (context.model.schemes.some((scheme) => scheme.signIn === operation.id)) return true;
  const success = successOf(operation);
  const opens = operation.effects.some(
    (effect) => effect.kind === 'session' && effect.verb !== 'delete' && success?.effects.includes(effect.id),
  );
  return opens || [success?.body, ...Object.values(success?.headers ?? {})].some(holdsToken);
}

function holdsToken(term: Term | undefined): boolean {
  switch (term?.kind) {
    case 'generated':
      return term.what === 'token';
    case 'object':
      return holdsToken(term.rest) || Object.values(term.fields).some(holdsToken);
    case 'array':
      return term.items.some(holdsToken);
    case 'op':
      return term.args.some(holdsToken);
    default:
      return false;
  }
}

/** `a customer`, `another customer`, `another caller with bookings` where what lets them in is a scope. */
export function callerWords(context: PlanContext, name: string): string {
  const principal = context.principals.get(name);
  const isScope = context.scheme(principal?.scheme ?? '')?.role?.at.includes('[]') ?? false;
  if (isScope && principal?.role !== undefined)
    return `${name.startsWith('other') ? 'another' : 'a'} caller with ${principal.role}`;
  const plain = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  if (plain.startsWith('other ')) return `an${plain}`;
  return plain === 'other' ? 'somebody else' : `${/^[aeiou]/.test(plain) ? 'an' : 'a'} ${plain}`;
}
