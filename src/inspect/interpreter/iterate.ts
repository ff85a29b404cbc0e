import type { Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { MapHost } from './collections.js';
import { GeneratorHost } from './generators.js';
import { ArrayValue, entriesOf, primitive, type Symbolic, symbolic, type Value } from './values.js';

/**
 * The items of a value. A list of unknown length gives one item that stands for all of them: its body runs once, as for a
 * request with one item.
 */
export function iterate(interpreter: Interpreter, value: Value, over: 'of' | 'in', span: Span): Value[] {
  if (over === 'in') return keys(value).map((key) => primitive(key));
  if (value.type === 'array')
    return interpreter.path && interpreter.shared.isChanged(value)
      ? [element(value)]
      : value.more
        ? [...value.items, value.more]
        : [...value.items];
  if (value.type === 'object' && value.host instanceof GeneratorHost) return value.host.items(interpreter, span);
  const listed = interpreter.rules?.items?.(value);
  if (listed) return listed;
  if (interpreter.rules && value.type === 'object' && !value.host) return keys(value).map((key) => primitive(key));
  if (value.type === 'primitive')
    return typeof value.value === 'string' ? [...value.value].map((letter) => primitive(letter)) : [];
  if (value.type === 'object' && value.host instanceof MapHost)
    return value.host
      .entries()
      .map(([key, item]) =>
        value.host instanceof MapHost && value.host.isSet ? item : new ArrayValue([key, item], interpreter.loading),
      );
  if (value.type === 'symbolic') return interpreter.loading ? [] : [symbolicElement(value)];
  return [];
}

export const keys = (value: Value): string[] =>
  value.type === 'object'
    ? entriesOf(value).map(([key]) => key)
    : value.type === 'array'
      ? value.items.map((_, index) => String(index))
      : [];

const element = (value: ArrayValue): Value =>
  value.items[0] ?? symbolic({ kind: 'unknown', text: `item of ${value.label ?? 'a list'}`, reads: [] });

/** One item that stands for every item of a symbolic list. */
export function symbolicElement(value: Symbolic): Value {
  const { origin } = value;
  if (origin.kind === 'rows') return origin.each ?? symbolic({ kind: 'row', lookup: origin.lookup, at: [] });
  if ('at' in origin) return symbolic({ ...origin, at: [...origin.at, '[]'] });
  return symbolic({ kind: 'member', of: value, key: '[]' });
}
