import type { Guard, Predicate, Term, When } from '../../model/index.js';

/** Why an operation answers like this: from the deciding guard, unless the status says it by itself. */
export function whenOf(status: number, decided: Guard | undefined): When {
  if (status < 400) return 'success';
  const upstream = decided?.predicate.kind === 'throws' && !decided.predicate.unique;
  if (status >= 500)
    return upstream || status === 502 || status === 503 || status === 504 ? 'upstream-failure' : 'rule';
  if (status === 401) return 'unauthenticated';
  const isMissing = decided?.predicate.kind === 'credential' && !decided.holds;
  if (status === 403) return isMissing ? 'unauthenticated' : 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  if (status === 402 || status === 429) return 'rule';
  return decided ? byPredicate(decided) : 'rule';
}

function byPredicate(guard: Guard): When {
  const { predicate } = guard;
  switch (predicate.kind) {
    case 'valid':
    case 'type':
    case 'matches':
      return readsOnlyInput(termsOf(predicate)) || predicate.kind === 'valid' ? 'invalid-input' : 'rule';
    case 'credential':
    case 'verified':
    case 'secret':
      return 'unauthenticated';
    case 'throws':
      return predicate.unique ? 'conflict' : /JSON\.parse/.test(predicate.text) ? 'invalid-input' : 'rule';
    case 'nil':
    case 'falsy':
      return ofPresence(predicate, guard.holds);
    default:
      return ofComparison(predicate);
  }
}

function ofPresence(predicate: Extract<Predicate, { kind: 'nil' | 'falsy' }>, holds: boolean): When {
  const terms = [predicate.of];
  if (readsOnlyInput(terms)) return 'invalid-input';
  const row = predicate.of.kind === 'row';
  if (row && predicate.of.kind === 'row' && predicate.of.at.length === 0) return holds ? 'not-found' : 'conflict';
  return 'rule';
}

function ofComparison(predicate: Predicate): When {
  const terms = termsOf(predicate);
  if (readsOnlyInput(terms)) return 'invalid-input';
  if (predicate.kind === 'cmp') return 'rule';
  const row = terms.some((term) => reads(term, 'row') || reads(term, 'count'));
  const constant = terms.some((term) => term.kind === 'const');
  return row && constant ? 'conflict' : 'rule';
}

export function termsOf(predicate: Predicate): Term[] {
  switch (predicate.kind) {
    case 'nil':
    case 'falsy':
    case 'matches':
    case 'type':
      return [predicate.of];
    case 'eq':
    case 'cmp':
      return [predicate.left, predicate.right];
    case 'in':
      return [predicate.of, predicate.set];
    case 'secret':
      return [predicate.input, predicate.stored];
    case 'opaque':
      return predicate.of;
    default:
      return [];
  }
}

export function children(term: Term): Term[] {
  switch (term.kind) {
    case 'op':
    case 'generated':
      return term.args;
    case 'object':
      return [...Object.values(term.fields), ...(term.rest ? [term.rest] : [])];
    case 'array':
      return term.items;
    case 'rows':
      return term.each ? [term.each] : [];
    default:
      return [];
  }
}

export const reads = (term: Term, kind: Term['kind']): boolean =>
  term.kind === kind || children(term).some((child) => reads(child, kind));

/** Request fields and constants alone decide; credentials in headers and cookies do not count as input. */
export function readsOnlyInput(terms: Term[]): boolean {
  let some = false;
  const only = (term: Term): boolean => {
    if (term.kind === 'input') {
      some = true;
      return term.part === 'body' || term.part === 'query' || term.part === 'path' || term.part === 'header';
    }
    return ['const', 'op', 'array', 'object'].includes(term.kind) && children(term).every(only);
  };
  return terms.every(only) && some;
}
