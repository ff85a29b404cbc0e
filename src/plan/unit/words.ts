import type { Json, Known, StubCall, UnitOutcome } from '../../model/index.js';
import { get, type Leaf } from './values.js';

const longest = 44;

/** What the language of the tests calls things. */
export interface Terms {
  throws: string;
  rejects: string;
  undefined: string;
  null: string;
  true: string;
  false: string;
}

const javascript: Terms = {
  throws: 'throws',
  rejects: 'rejects with',
  undefined: 'undefined',
  null: 'null',
  true: 'true',
  false: 'false',
};
const python: Terms = {
  throws: 'raises',
  rejects: 'raises',
  undefined: 'left out',
  null: 'None',
  true: 'True',
  false: 'False',
};

export const termsOf = (language: string): Terms => (language === 'python' ? python : javascript);

/** A value as a title says it: short, on one line. */
function worded(known: Known, terms: Terms): string {
  if (known.kind === 'undefined') return terms.undefined;
  if (known.kind === 'made') return `a ${known.of.name}`;
  if (known.kind === 'list')
    return known.items.length
      ? `a ${known.shape ?? 'list'} of ${known.items.length}`
      : `an empty ${known.shape ?? 'list'}`;
  return known.kind === 'number' ? known.text : wordedJson(known.value, terms);
}

function wordedJson(value: Json, terms: Terms): string {
  if (typeof value === 'string') {
    if (value === '') return 'an empty text';
    return value.length > longest ? `a text of ${value.length} characters` : `"${value}"`;
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value === null || typeof value === 'boolean') return terms[String(value) as 'null' | 'true' | 'false'];
  return typeof value === 'object' ? 'an object' : String(value);
}

/** `throws RangeError "too heavy"`, `gives 590`. */
export function outcomeWords(outcome: UnitOutcome, calls: StubCall[], terms: Terms): string {
  if (outcome.outcome === 'throws') {
    const { className, message } = outcome.error;
    const what =
      message === undefined || message === '' || message === className ? className : `${className} "${message}"`;
    return `${outcome.isAsync ? terms.rejects : terms.throws} ${what}`;
  }
  const { value } = outcome;
  const isNothing = value.kind === 'undefined' || (value.kind === 'json' && value.value === null);
  if (isNothing && calls.length)
    return calls.map(({ collaborator, method }) => `calls ${collaborator}.${method}`).join(', ');
  return `${outcome.isAsync ? 'resolves to' : 'gives'} ${isNothing && value.kind === 'undefined' && terms === python ? terms.null : worded(value, terms)}`;
}

/** What of the inputs differs from the usual ones: `grams is 0 and express is false`. */
export function difference(
  given: Record<string, Known>,
  usual: Record<string, Known>,
  leaves: Leaf[],
  terms: Terms,
): string {
  const changed = leaves.filter(
    (leaf) => JSON.stringify(valueAt(given, leaf)) !== JSON.stringify(valueAt(usual, leaf)),
  );
  // A field inside says more than the whole that holds it.
  const inner = changed.filter((leaf) => {
    if (get(given, leaf) === undefined)
      return !changed.some((other) => isInside(leaf, other) && get(given, other) === undefined);
    return !changed.some((other) => isInside(other, leaf) && typeof get(given, leaf) === 'object');
  });
  return inner.map((leaf) => `${nameOf(leaf)} is ${wordedAt(given, leaf, terms)}`).join(' and ');
}

const isInside = (inner: Leaf, outer: Leaf): boolean =>
  inner !== outer &&
  inner.input === outer.input &&
  inner.at.length > outer.at.length &&
  outer.at.every((key, index) => inner.at[index] === key);

const valueAt = (given: Record<string, Known>, leaf: Leaf): unknown => {
  const value = get(given, leaf);
  return leaf.at.length || value !== undefined
    ? (value ?? null) === null && value === undefined
      ? 'absent'
      : value
    : given[leaf.input];
};

function wordedAt(given: Record<string, Known>, leaf: Leaf, terms: Terms): string {
  const value = get(given, leaf);
  if (value !== undefined) return wordedJson(value, terms);
  const whole = given[leaf.input];
  return leaf.at.length ? 'absent' : whole ? worded(whole, terms) : 'absent';
}

/** `grams`; of a list's first item `items[0].price`; of a stub `what parcels.findById gives`. */
function nameOf({ input, at }: Leaf): string {
  const field = at.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
  if (input.endsWith('()')) return `what ${input.slice(0, -2)} gives${field ? ` (${field.replace(/^\./, '')})` : ''}`;
  return at.length && !field.startsWith('[') ? field.slice(1) : `${input}${field}`;
}
