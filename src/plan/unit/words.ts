import type { Json, Known, StubCall, UnitOutcome } from '../../model/index.js';
import { get, type Leaf } from './values.js';

const longest = 44;

/** A value as a title says it: short, on one line. */
export function worded(known: Known): string {
  if (known.kind === 'undefined') return 'undefined';
  return known.kind === 'number' ? known.text : wordedJson(known.value);
}

function wordedJson(value: Json): string {
  if (typeof value === 'string') {
    if (value === '') return 'an empty text';
    return value.length > longest ? `a text of ${value.length} characters` : `"${value}"`;
  }
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** `throws RangeError "too heavy"`, `gives 590`. */
export function outcomeWords(outcome: UnitOutcome, calls: StubCall[]): string {
  if (outcome.outcome === 'throws') {
    const { className, message } = outcome.error;
    const what =
      message === undefined || message === '' || message === className ? className : `${className} "${message}"`;
    return `${outcome.isAsync ? 'rejects with' : 'throws'} ${what}`;
  }
  const { value } = outcome;
  if (value.kind === 'undefined' && calls.length)
    return calls.map(({ collaborator, method }) => `calls ${collaborator}.${method}`).join(', ');
  return `${outcome.isAsync ? 'resolves to' : 'gives'} ${worded(value)}`;
}

/** What of the inputs differs from the usual ones: `grams is 0 and express is false`. */
export function difference(given: Record<string, Known>, usual: Record<string, Known>, leaves: Leaf[]): string {
  const changed = leaves.filter(
    (leaf) => JSON.stringify(valueAt(given, leaf)) !== JSON.stringify(valueAt(usual, leaf)),
  );
  // A field inside says more than the whole that holds it.
  const inner = changed.filter((leaf) => {
    if (get(given, leaf) === undefined)
      return !changed.some((other) => isInside(leaf, other) && get(given, other) === undefined);
    return !changed.some((other) => isInside(other, leaf) && typeof get(given, leaf) === 'object');
  });
  return inner.map((leaf) => `${nameOf(leaf)} is ${wordedAt(given, leaf)}`).join(' and ');
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

function wordedAt(given: Record<string, Known>, leaf: Leaf): string {
  const value = get(given, leaf);
  if (value !== undefined) return wordedJson(value);
  const whole = given[leaf.input];
  return leaf.at.length ? 'absent' : whole ? worded(whole) : 'absent';
}

/** `grams`; of a list's first item `items[0].price`; of a stub `what parcels.findById gives`. */
function nameOf({ input, at }: Leaf): string {
  const field = at.map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join('');
  if (input.endsWith('()')) return `what ${input.slice(0, -2)} gives${field ? ` (${field.replace(/^\./, '')})` : ''}`;
  return at.length && !field.startsWith('[') ? field.slice(1) : `${input}${field}`;
}
