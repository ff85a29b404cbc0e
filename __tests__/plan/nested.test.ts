import { expect, test } from '@jest/globals';
import { withField } from '../../src/plan/nested.js';

const text = (value: string) => ({ kind: 'literal' as const, value });

test('replaces one field deep in a body and keeps those around it, and what was replaced before', () => {
  const usual = { email: 'ada@example.com', address: { city: 'Berlin', street: 'Ackerstrasse' } };
  const first = withField(undefined, usual, ['email'], text('grace@example.com'));
  const second = withField(first, usual, ['address', 'city'], { kind: 'ref', name: 'bakery', at: ['city'] });

  expect(second).toEqual({
    kind: 'object',
    fields: {
      email: text('grace@example.com'),
      address: {
        kind: 'object',
        fields: { city: { kind: 'ref', name: 'bakery', at: ['city'] }, street: text('Ackerstrasse') },
      },
    },
  });
});
