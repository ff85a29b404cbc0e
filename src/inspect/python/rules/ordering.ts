import { plainTruth } from '../../interpreter/truth.js';
import { type NativeCall, undefinedValue, type Value } from '../../interpreter/values.js';

type Rank = (string | number)[];

/** What `sorted` gives, by `key` and `reverse`; values that are not all known stay in the order in which they came. */
export function inOrder({ interpreter, keywords, span }: NativeCall, values: Value[]): Value[] {
  const key = keywords?.get('key');
  const ranks = values.map((value) => rankOf(key ? interpreter.call(key, undefinedValue, [value], span) : value));
  if (!ranks.every((rank) => rank !== undefined)) return values;
  const reverse = keywords?.get('reverse');
  const sign = reverse && plainTruth(interpreter, reverse) ? -1 : 1;
  return values
    .map((value, index) => ({ value, rank: ranks[index] ?? [] }))
    .sort((left, right) => sign * compare(left.rank, right.rank))
    .map(({ value }) => value);
}

function rankOf(value: Value): Rank | undefined {
  if (value.type === 'array' && !value.more) {
    const inner = value.items.map(rankOf);
    return inner.every((one) => one !== undefined) ? inner.flat() : undefined;
  }
  if (value.type !== 'primitive') return undefined;
  if (typeof value.value === 'boolean') return [Number(value.value)];
  return typeof value.value === 'string' || typeof value.value === 'number' ? [value.value] : undefined;
}

function compare(left: Rank, right: Rank): number {
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one !== other) return one < other ? -1 : 1;
  }
  return left.length - right.length;
}
