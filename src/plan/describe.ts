import type { Guard, Operation, Response, Term } from '../model/index.js';
import { lookupOf } from './context.js';
import { rowName } from './names.js';
import { bare } from './terms.js';

const words = (name: string): string =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/_/g, ' ')
    .toLowerCase();

/** When a response is given, in words: what its deciding guard found. */
export function circumstance(operation: Operation, response: Response): string {
  const guard = response.decidedBy === undefined ? undefined : response.guards[response.decidedBy];
  return guard ? ofGuard(operation, guard) : 'the request cannot be served';
}

function ofGuard(operation: Operation, guard: Guard): string {
  const { predicate, holds } = guard;
  switch (predicate.kind) {
    case 'nil':
    case 'falsy':
      return presence(operation, predicate.of, holds);
    case 'eq':
      return `${noun(operation, predicate.left)} is ${holds ? '' : 'not '}${noun(operation, predicate.right)}`;
    case 'in':
      return `${noun(operation, predicate.of)} is ${holds ? '' : 'not '}allowed`;
    case 'cmp':
      return `${noun(operation, predicate.left)} is ${holds ? '' : 'not '}${predicate.op === '<' ? 'less than' : 'at most'} ${noun(operation, predicate.right)}`;
    case 'secret':
      return `the ${noun(operation, predicate.input).replace(/^the /, '')} is ${holds ? 'right' : 'wrong'}`;
    case 'matches':
      return `${noun(operation, predicate.of)} ${holds ? 'matches' : 'does not match'} its pattern`;
    case 'verified':
      return 'the token is not valid';
    case 'throws':
      return `${predicate.text.replace(/^\w+:/, '')} ${predicate.unique ? 'is a duplicate' : 'fails'}`;
    default:
      return 'the request is refused';
  }
}

function presence(operation: Operation, of: Term, holds: boolean): string {
  if (of.kind === 'row' && !of.at.length) {
    const lookup = lookupOf(operation, of.lookup);
    const name = words(rowName(lookup?.entity ?? 'row'));
    if (holds) return `the ${name} does not exist`;
    const columns = Object.keys(lookup?.by ?? {}).map(words);
    return columns.length ? `a ${name} with that ${columns.join(' and ')} exists` : `a ${name} exists`;
  }
  return flag(operation, of, holds) ?? `${noun(operation, of)} is ${holds ? 'missing' : 'set'}`;
}

/** `is_active` of a user: the user is (not) active. */
function flag(operation: Operation, of: Term, isOff: boolean): string | undefined {
  const inner = bare(of);
  const state = inner.kind === 'row' ? /^is(?:_|(?=[A-Z]))(\w+)$/.exec(inner.at.at(-1) ?? '')?.[1] : undefined;
  if (inner.kind !== 'row' || state === undefined) return undefined;
  const name = words(rowName(lookupOf(operation, inner.lookup)?.entity ?? 'row'));
  return `the ${name} is ${isOff ? 'not ' : ''}${words(state)}`;
}

function noun(operation: Operation, term: Term): string {
  const inner = bare(term);
  switch (inner.kind) {
    case 'const':
      return typeof inner.value === 'string' ? inner.value : JSON.stringify(inner.value);
    case 'input':
      return `the ${words(inner.at.at(-1) ?? inner.part)}`;
    case 'row':
      return `the ${words(rowName(lookupOf(operation, inner.lookup)?.entity ?? 'row'))}'s ${words(inner.at.join(' '))}`;
    case 'upstream':
      return `the upstream ${words(inner.at.join(' ').replace('$', ''))}`;
    case 'principal':
    case 'session':
      return `the caller's ${words(inner.at.at(-1) ?? 'identity')}`;
    case 'generated':
      return inner.what === 'clock' ? 'now' : `the ${inner.what}`;
    default:
      return 'a value';
  }
}
