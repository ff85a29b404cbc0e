import { describe, expect, test } from '@jest/globals';
import { ArrayValue, keyOf, operation, primitive, symbolic, type Value } from '../../src/inspect/interpreter/values.js';

describe('the key of a value', () => {
  const name = (): Value => symbolic({ kind: 'input', part: 'body', at: ['name'] });

  test('is equal for equal values', () => {
    expect(keyOf(operation('+', name(), primitive('!')))).toBe(keyOf(operation('+', name(), primitive('!'))));
  });

  test('has an end where a text is put together in a long loop', () => {
    let text = name();
    for (let round = 0; round < 20_000; round++) text = operation('+', text, primitive('x'));

    expect(keyOf(text)).toMatch(/^(#\d+|\+\(.*\))$/);
  });

  test('has an end where a value holds itself', () => {
    const list = new ArrayValue([], false);
    list.items.push(operation('+', list, primitive(1)));

    expect(keyOf(list)).toMatch(/^(#\d+|\[.*\])$/);
  });
});
