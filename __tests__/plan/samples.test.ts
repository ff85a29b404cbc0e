import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, test } from '@jest/globals';
import type { JsonSchema } from '../../src/model/index.js';
import { mutations } from '../../src/plan/invalid.js';
import { sample } from '../../src/plan/sample.js';

const ajv = new Ajv2020({ strict: false, keywords: ['x-seed'] });
(formats as unknown as (ajv: Ajv2020) => void)(ajv);

const schemas: [string, JsonSchema][] = [
  ['a bounded integer', { type: 'integer', minimum: 1, maximum: 30 }],
  ['an exclusive bound', { type: 'number', exclusiveMinimum: 0 }],
  ['one value only', { type: 'integer', minimum: 7, maximum: 7 }],
  ['a multiple', { type: 'integer', minimum: 10, multipleOf: 4 }],
  ['a negative range', { type: 'integer', minimum: -9, maximum: -3 }],
  ['a short text', { type: 'string', minLength: 1, maxLength: 3 }],
  ['a long text', { type: 'string', minLength: 80, maxLength: 90 }],
  ['an email', { type: 'string', format: 'email' }],
  ['a uuid', { type: 'string', format: 'uuid' }],
  ['a moment', { type: 'string', format: 'date-time' }],
  ['a day', { type: 'string', format: 'date' }],
  ['a serial number', { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' }],
  ['an ISBN', { type: 'string', pattern: '^97[89]-\\d{10}$' }],
  ['a slug', { type: 'string', pattern: '^[a-z0-9]+(?:-[a-z0-9]+)*$' }],
  ['a choice of patterns', { type: 'string', pattern: '^(draft|final)-v\\d+$' }],
  ['an enum', { enum: ['drill', 'saw'] }],
  ['a list', { type: 'array', items: { type: 'string', format: 'email' }, minItems: 2, uniqueItems: false }],
  ['a nullable', { type: ['string', 'null'], minLength: 2 }],
  ['a union', { anyOf: [{ type: 'integer', minimum: 5 }, { type: 'string' }] }],
  [
    'an order',
    {
      type: 'object',
      properties: {
        quantity: { type: 'integer', minimum: 1, maximum: 9 },
        address: { type: 'object', properties: { city: { type: 'string', minLength: 2 } }, required: ['city'] },
      },
      required: ['quantity', 'address'],
      additionalProperties: false,
    },
  ],
];

describe('samples', () => {
  test.each(schemas)('%s: the sample is valid, and the same each time', (_name, schema) => {
    const value = sample(schema, 'thing');

    expect(ajv.validate(schema, value)).toBe(true);
    expect(sample(schema, 'thing')).toEqual(value);
  });

  test.each(schemas.flatMap(([name, schema]) => [1, 7, 123].map((seed) => [name, seed, schema] as const)))(
    '%s with seed %i: valid too',
    (_name, seed, schema) => {
      expect(ajv.validate(schema, sample({ ...schema, 'x-seed': seed }, 'thing'))).toBe(true);
    },
  );
});

const object: JsonSchema = {
  type: 'object',
  required: ['name', 'quantity', 'tags', 'serial'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 3, maxLength: 20 },
    quantity: { type: 'integer', minimum: 1, maximum: 30 },
    price: { type: 'number', exclusiveMinimum: 0 },
    category: { type: 'string', enum: ['drill', 'saw'] },
    email: { type: 'string', format: 'email' },
    serial: { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' },
    tags: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
    address: { type: 'object', properties: { city: { type: 'string', minLength: 2 } }, required: ['city'] },
    gift: { type: 'boolean' },
  },
};

describe('mutations: one broken field, certainly refused', () => {
  const list = mutations(object);

  test.each(list.map((mutation) => [mutation.label, mutation] as const))('%s', (_label, mutation) => {
    const value = sample(object) as Record<string, unknown>;
    const last = mutation.at.at(-1) ?? '';
    const target = mutation.at.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, value);
    if (!mutation.value) Reflect.deleteProperty(target, last);
    else if (mutation.value.kind === 'literal') target[last] = mutation.value.value;
    else if (mutation.value.kind === 'repeat') target[last] = mutation.value.text.repeat(mutation.value.length);

    expect(ajv.validate(object, value)).toBe(false);
    expect(ajv.validate(object, sample(object))).toBe(true);
  });

  test('each keyword has its break', () => {
    expect(list.map((mutation) => mutation.slug)).toEqual(
      expect.arrayContaining([
        'name-missing',
        'name-too-short',
        'name-too-long',
        'quantity-below-minimum',
        'quantity-above-maximum',
        'quantity-not-an-integer',
        'category-not-in-enum',
        'email-wrong-format',
        'serial-wrong-pattern',
        'tags-too-few',
        'tags-too-many',
        'unknown-field',
        'address-city-missing',
      ]),
    );
  });

  test('a coerced text is no wrong type', () => {
    expect(mutations({ type: 'object', properties: { page: { type: 'boolean', 'x-coerce': true } } })).toEqual([]);
  });
});
