import type { Lookup, Operation, Predicate, Term } from '../model/index.js';
import { lookupOf } from './context.js';

/** Conversions change the type, not the value that a request needs. */
export const bare = (term: Term): Term =>
  term.kind === 'op' && ['number', 'string', 'integer', 'trim', 'lowercase', 'date'].includes(term.op) && term.args[0]
    ? bare(term.args[0])
    : term;

/** The terms that a predicate reads. */
export function termsOf(predicate: Predicate): Term[] {
  switch (predicate.kind) {
    case 'nil':
    case 'falsy':
    case 'matches':
    case 'type':
      return [predicate.of].flatMap(inner);
    case 'eq':
    case 'cmp':
      return [predicate.left, predicate.right].flatMap(inner);
    case 'in':
      return inner(predicate.of);
    case 'secret':
      return [predicate.input, predicate.stored];
    case 'opaque':
      return predicate.of;
    default:
      return [];
  }
}

const inner = (term: Term): Term[] => [term, ...(term.kind === 'op' ? term.args.flatMap(inner) : [])];

/** The lookup is for the caller's own row: it is there since sign-in. */
export function isOfCaller(lookup: Lookup): boolean {
  const terms = Object.values(lookup.by).map(bare);
  return terms.length > 0 && terms.every((term) => term.kind === 'principal' || term.kind === 'session');
}

/** The term is the caller: a claim, a session field, or a column of the caller's own row. */
export function isCallers(operation: Operation, term: Term): boolean {
  const inner = bare(term);
  if (inner.kind === 'principal') return !inner.scheme.startsWith('token:');
  if (inner.kind === 'session') return true;
  if (inner.kind !== 'row') return false;
  const by = Object.values(lookupOf(operation, inner.lookup)?.by ?? {});
  return by.length > 0 && by.every((one) => ['principal', 'session'].includes(bare(one).kind));
}
