import type { Guard, Predicate, SecurityScheme, Term } from '../../model/index.js';
import { children, termsOf } from './when.js';

/** All request inputs that a term reads. */
export function inputsOf(term: Term): Extract<Term, { kind: 'input' }>[] {
  return term.kind === 'input' ? [term] : children(term).flatMap(inputsOf);
}

/** Does the credential of this scheme travel here? */
export const carries = (scheme: SecurityScheme, term: Extract<Term, { kind: 'input' }>): boolean =>
  term.part === scheme.in && (term.at[0] ?? '').toLowerCase() === scheme.name.toLowerCase();

/**
 * Whatever a guard asks of the place where the credential travels (is the header there, does it begin with `Bearer`, has it
 * two parts) asks the same thing: is there a credential.
 */
export function normalizeCredentials(schemes: SecurityScheme[]): (guard: Guard) => Guard {
  return (guard) => ({ ...guard, ...(credential(guard, schemes) ?? {}) });
}

function credential(guard: Guard, schemes: SecurityScheme[]): Pick<Guard, 'predicate' | 'holds'> | undefined {
  const { predicate } = guard;
  if (predicate.kind === 'verified' || predicate.kind === 'credential') return undefined;
  const session = sessionGuard(predicate, schemes);
  if (session) return { predicate: { kind: 'credential', scheme: session }, holds: !guard.holds };
  const terms = termsOf(predicate);
  const inputs = terms.flatMap(inputsOf);
  const scheme = schemes.find(
    (one) =>
      one.type !== 'session' &&
      inputs.length > 0 &&
      (one.signature ? inputs.some((input) => carries(one, input)) : inputs.every((input) => carries(one, input))),
  );
  if (!scheme) return undefined;
  if (predicate.kind === 'nil' || predicate.kind === 'falsy')
    return { predicate: { kind: 'credential', scheme: scheme.id }, holds: !guard.holds };
  if (scheme.type === 'api-key' && (predicate.kind === 'eq' || predicate.kind === 'in' || predicate.kind === 'secret'))
    return { predicate: { kind: 'verified', scheme: scheme.id }, holds: guard.holds };
  const absent =
    predicate.kind === 'eq' &&
    [predicate.left, predicate.right].some((term) => term.kind === 'const' && term.value === null);
  return { predicate: { kind: 'credential', scheme: scheme.id }, holds: absent ? !guard.holds : guard.holds };
}

/** `if (!req.session.userId)`: only a signed-in caller has it. */
function sessionGuard(predicate: Predicate, schemes: SecurityScheme[]): string | undefined {
  if (predicate.kind !== 'nil' && predicate.kind !== 'falsy') return undefined;
  if (predicate.of.kind !== 'session') return undefined;
  return schemes.find((scheme) => scheme.type === 'session')?.id;
}
