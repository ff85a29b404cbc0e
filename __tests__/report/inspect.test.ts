import { describe, expect, test } from '@jest/globals';
import type { JsonSchema, Term } from '../../src/model/index.js';
import { inspectJson, inspectText, termSchema } from '../../src/report/index.js';
import { bakeryModel, MAKE_ORDER } from './fixture/bakery-outcome.js';

describe('inspectJson', () => {
  test('an operation is told by method, path, inputs, answers, callers and effects', () => {
    const [operation] = inspectJson(bakeryModel()).operations;

    expect(operation).toMatchObject({ method: 'POST', path: '/orders', source: { file: 'src/orders.js', line: 10 } });
    expect(operation?.parameters).toEqual([
      {
        name: 'dryRun',
        in: 'query',
        required: false,
        schema: { type: 'boolean' },
        source: { file: 'src/orders.js', line: 11 },
      },
    ]);
    expect(operation?.security).toEqual([
      {
        scheme: 'jwt',
        roles: ['baker'],
        scopes: [],
        optional: false,
        type: 'jwt',
        source: { file: 'src/orders.js', line: 9 },
      },
    ]);
    expect(operation?.effects).toEqual([
      { kind: 'db-write', target: 'orders', verb: 'insert', on: [201], source: { file: 'src/orders.js', line: 18 } },
    ]);
    expect(operation?.responses.map(({ status, when, source }) => [status, when, source.line])).toEqual([
      [201, 'success', 20],
      [401, 'unauthenticated', 12],
      [409, 'conflict', 14],
    ]);
  });

  test('schemas come from the body, else from the declared type, and stay away where there is no body', () => {
    const schemas = inspectJson(bakeryModel()).operations[0]?.responses.map(({ schema }) => schema);

    expect(schemas).toEqual([
      {
        type: 'object',
        properties: {
          id: { type: 'string', format: 'uuid' },
          note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          loaf: { type: 'string' },
          status: { const: 'open' },
        },
        required: ['id', 'note', 'status'],
        additionalProperties: false,
      },
      undefined,
      { type: 'object' },
    ]);
  });
});

describe('termSchema', () => {
  test.each<[string, Term, JsonSchema]>([
    [
      'a list of rows',
      { kind: 'rows', lookup: 'all' },
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string', format: 'uuid' },
            note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          },
        },
      },
    ],
    [
      'a mapped list',
      { kind: 'rows', lookup: 'all', each: { kind: 'row', lookup: 'all', at: ['id'] } },
      { type: 'array', items: { type: 'string', format: 'uuid' } },
    ],
    ['a count', { kind: 'count', lookup: 'all' }, { type: 'integer', minimum: 0 }],
    ['a claim', { kind: 'principal', scheme: 'jwt', at: ['sub'] }, { type: 'string' }],
    ['a query parameter', { kind: 'input', part: 'query', at: ['dryRun'] }, { type: 'boolean' }],
    ['an unknown column', { kind: 'row', lookup: 'all', at: ['crust'] }, {}],
    ['an unknown operator', { kind: 'op', op: 'knead', args: [] }, {}],
    [
      'a pair',
      { kind: 'array', items: [{ kind: 'const', value: 1 }] },
      { type: 'array', prefixItems: [{ const: 1 }], minItems: 1, maxItems: 1 },
    ],
  ])('%s', (_, term, schema) => {
    expect(termSchema(term, MAKE_ORDER, bakeryModel())).toEqual(schema);
  });
});

describe('inspectText', () => {
  test('shows each operation as a block, then the gaps', () => {
    expect(inspectText(bakeryModel())).toBe(`Operations  1 in 2 files

POST /orders  src/orders.js:10
  who      jwt (baker)
  takes    dryRun? (query), loaf (body), quantity? (body)
  answers  201  success  (src/orders.js:20)
  answers  401  unauthenticated  (src/orders.js:12)
  answers  409  conflict  (src/orders.js:14)
  does     db-write: insert orders  (src/orders.js:18)

Gaps  1
  The route table is read from a file.  (src/orders.js:40)  [path-made-at-run-time]

Findings in the source  1
  warning: GET /orders has no guard.  (src/orders.js:30)  [unguarded-mutation]
  More of each: backend-test explain path-made-at-run-time
`);
  });
});
