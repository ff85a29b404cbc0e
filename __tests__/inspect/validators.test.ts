import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { JsonSchema } from '../../src/model/index.js';
import { copyOf, modelOf } from '../example-model.js';

/** Without the places in the source. */
const plain = (schema: JsonSchema | undefined): unknown =>
  JSON.parse(JSON.stringify(schema ?? {}, (key, value: unknown) => (key === 'x-source' ? undefined : value)));

describe('validators become JSON Schema', () => {
  test('express-validator', () => {
    const model = modelOf(path.resolve('__tests__/inspect/fixtures/flower-shop'));
    const create = model.operations.find((operation) => operation.id === 'POST /bouquets');
    const list = model.operations.find((operation) => operation.id === 'GET /bouquets');

    expect(plain(create?.requestBody?.schema)).toEqual({
      type: 'object',
      required: ['name', 'stems', 'colour'],
      properties: {
        name: { type: 'string', minLength: 2, maxLength: 30 },
        stems: { type: 'integer', 'x-coerce': true, minimum: 3, maximum: 50 },
        colour: { type: 'string', 'x-coerce': true, enum: ['red', 'white'] },
        contact: {
          type: 'object',
          required: ['email'],
          properties: { email: { type: 'string', 'x-coerce': true, format: 'email' } },
        },
        note: { type: 'string', 'x-coerce': true, maxLength: 100 },
      },
    });
    expect(list?.parameters.map(({ name, in: place, required }) => ({ name, place, required }))).toEqual([
      { name: 'colour', place: 'query', required: false },
    ]);
  });

  test('checks by hand', () => {
    const model = modelOf(path.resolve('__tests__/inspect/fixtures/flower-shop'));
    const wish = model.operations.find((operation) => operation.id === 'POST /wishes');

    expect(plain(wish?.requestBody?.schema)).toEqual({
      type: 'object',
      required: ['text'],
      properties: { text: { type: 'string' }, rating: { type: 'number', minimum: 1, maximum: 5 } },
    });
  });

  test('zod', () => {
    const model = modelOf(copyOf('tool-rental'));

    expect(plain(model.operations.find((operation) => operation.id === 'POST /tools')?.requestBody?.schema)).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['name', 'category', 'dailyRate', 'serialNumber'],
      properties: {
        name: { type: 'string', minLength: 3, maxLength: 60 },
        category: { type: 'string', enum: ['drill', 'saw', 'ladder', 'mixer'] },
        dailyRate: { type: 'integer', minimum: 100, maximum: 50_000 },
        serialNumber: { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' },
      },
    });
    expect(plain(model.operations.find((operation) => operation.id === 'POST /rentals')?.requestBody?.schema)).toEqual({
      type: 'object',
      required: ['toolId', 'startDate', 'days'],
      properties: {
        toolId: { type: 'integer', exclusiveMinimum: 0 },
        startDate: { type: 'string', format: 'date' },
        days: { type: 'integer', minimum: 1, maximum: 30 },
      },
    });
  });

  test('Joi', () => {
    const model = modelOf(copyOf('library-loans'));

    expect(plain(model.operations.find((operation) => operation.id === 'POST /books')?.requestBody?.schema)).toEqual({
      type: 'object',
      additionalProperties: false,
      required: ['isbn', 'title', 'shelf', 'copies'],
      properties: {
        isbn: { type: 'string', minLength: 1, pattern: '^97[89]-\\d{10}$' },
        title: { type: 'string', minLength: 1, maxLength: 120 },
        shelf: { type: 'string', enum: ['fiction', 'science', 'history', 'children'] },
        copies: { type: 'integer', minimum: 1, maximum: 20 },
      },
    });
  });
});
