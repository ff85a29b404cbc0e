import type { Response, Term } from '../../model/index.js';
import { inputsOf } from './credentials.js';
import { readsOnlyInput, termsOf } from './when.js';

/**
 * A bound that is asked only where another field has some value (`level === 'expert' && age < 21`) is no bound of the field: it is a
 * rule between the two, reached by setting the other one.
 */
export function markConditional(responses: Response[]): Response[] {
  return responses.map((response) =>
    response.when === 'invalid-input' && isConditional(response, responses) ? { ...response, when: 'rule' } : response,
  );
}

export function isConditional({ guards, decidedBy }: Response, responses: Response[]): boolean {
  const decides = guards[decidedBy ?? -1];
  if (decides?.predicate.kind !== 'cmp') return false;
  const own = fieldsOf(termsOf(decides.predicate));
  return guards.slice(0, decidedBy).some((guard) => {
    const terms = termsOf(guard.predicate);
    if (guard.predicate.kind !== 'eq' || !guard.holds || !readsOnlyInput(terms)) return false;
    if (fieldsOf(terms).some((name) => own.includes(name))) return false;
    const key = JSON.stringify(guard.predicate);
    return !responses.some((other) => {
      const last = other.guards[other.decidedBy ?? -1];
      return other.status >= 400 && last?.holds === false && JSON.stringify(last.predicate) === key;
    });
  });
}

const fieldsOf = (terms: Term[]): string[] =>
  terms.flatMap(inputsOf).map((term) => `${term.part} ${term.at.join('.')}`);
