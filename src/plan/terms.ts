import type { Predicate, Term } from '../model/index.js';

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
