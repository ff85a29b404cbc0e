import { describe, expect, test } from '@jest/globals';
import type { Factory, TestCase, Verdict } from '../../src/model/index.js';
import { settle } from '../../src/verify/index.js';
import { bakeryPlan, LINE, orderCase } from './fixture/bakery-plan.js';

const NOW = new Date('2026-03-01T08:00:00Z');
const ORDER: Factory = {
  name: 'order',
  operation: 'POST /orders',
  status: 201,
  method: 'POST',
  template: '/orders',
  inputOnly: false,
  input: { kind: 'literal', value: { loaf: "baker's rye", quantity: 2, note: 'early' } },
};

function settled(cases: TestCase[], verdicts: Verdict[]): ReturnType<typeof settle> {
  return settle(bakeryPlan(cases, { factories: [ORDER] }), verdicts, NOW);
}

function fails(testCase: TestCase, message = 'Expected: 201\nReceived: 200'): Verdict {
  return { case: testCase.id, verdict: 'fail', message };
}

describe('settle', () => {
  test('what contradicts the stated code is a suspected bug, with its expectation as it was', () => {
    const refused = orderCase('refuses', { certainty: 'stated' });

    const { plan, suspectedBugs, gaps } = settled([refused], [fails(refused, 'Expected: 400\nReceived: 500')]);

    expect(plan.cases[0]).toEqual({ ...refused, state: 'failing', reason: 'Expected: 400\nReceived: 500' });
    expect(suspectedBugs.map(({ case: id, message }) => [id, message])).toEqual([
      ['refuses', 'Expected: 400\nReceived: 500'],
    ]);
    expect(gaps).toEqual([]);
  });

  test('one cause is one suspected bug: siblings with the same unexpected answer wait for the success case', () => {
    const bakes = orderCase('bakes', { kind: 'success' });
    const refuses = orderCase('refuses', { kind: 'invalid-input' });
    const forgets = orderCase('forgets', { kind: 'invalid-input' });

    const { plan, suspectedBugs } = settled(
      [bakes, refuses, forgets],
      [
        fails(bakes, 'Expected: 201\nReceived: 404'),
        fails(refuses, 'Expected: 400\nReceived: 404'),
        fails(forgets, 'Expected: 400\nReceived: 201'),
      ],
    );

    expect(suspectedBugs.map((bug) => bug.case)).toEqual(['bakes', 'forgets']);
    expect(plan.cases.map(({ state }) => state)).toEqual(['failing', 'todo', 'failing']);
    expect(plan.cases[1]?.reason).toBe('The answer is 404, as to the success case: see the suspected bug there.');
  });

  test('what rests on a guess is a todo and a gap', () => {
    const guessed = orderCase('refuses', { certainty: 'inferred' });

    const { plan, suspectedBugs, gaps } = settled([guessed], [fails(guessed)]);

    expect(plan.cases[0]).toMatchObject({ state: 'todo', expect: guessed.expect });
    expect(suspectedBugs).toEqual([]);
    expect(gaps).toEqual([
      {
        kind: 'unsettled-case',
        operation: 'POST /orders',
        reason: expect.stringContaining('refuses: A guess took part'),
        source: LINE,
      },
    ]);
    expect(plan.gaps).toEqual(gaps);
  });

  test.each([
    [
      'did not end the same way twice',
      { verdict: 'error', message: 'Not the same twice: pass in file order, fail when shuffled (seed 20)' },
      'Not the same twice',
    ],
    ['never reached its expectation', { verdict: 'error', message: 'TypeError: no flour' }, 'could not get as far'],
  ] as const)('a case that %s is a todo', (_, verdict, reason) => {
    const flaky = orderCase('bakes');

    expect(settled([flaky], [{ case: flaky.id, ...verdict }]).plan.cases[0]).toMatchObject({
      state: 'todo',
      reason: expect.stringContaining(reason),
    });
  });

  test('a case arranged through an operation that fails itself is not blamed', () => {
    const make = orderCase('bakes');
    const read = orderCase('reads', {
      operation: 'GET /orders/{id}',
      kind: 'not-found',
      arrange: [{ kind: 'create', factory: 'order' }],
    });

    const { plan, suspectedBugs } = settled([make, read], [fails(make), fails(read)]);

    expect(plan.cases.map(({ state }) => state)).toEqual(['failing', 'todo']);
    expect(suspectedBugs.map(({ case: id }) => id)).toEqual(['bakes']);
  });

  test('what passed, or was not run, stays as it is', () => {
    const cases = [orderCase('bakes'), orderCase('serves'), orderCase('delivers', { state: 'todo', reason: 'races' })];

    const result = settled(cases, [
      { case: 'bakes', verdict: 'pass' },
      { case: 'serves', verdict: 'not-run' },
      { case: 'delivers', verdict: 'not-run' },
    ]);

    expect(result.plan.cases).toEqual(cases);
    expect(result.suspectedBugs).toEqual([]);
  });

  test('a suspected bug stays one in the second round, where its expected failure passes', () => {
    const known = orderCase('refuses', { state: 'failing', reason: 'Received: 200' });

    expect(settled([known], [{ case: 'refuses', verdict: 'pass' }]).suspectedBugs).toMatchObject([
      { case: 'refuses', message: 'Received: 200' },
    ]);
  });

  test('the curl line sends what the test sends', () => {
    const overrides = { quantity: { kind: 'literal', value: 0 } } as const;
    const wrong = orderCase('refuses', {
      act: {
        method: 'PUT',
        template: '/shops/{shop}/orders/{id}',
        as: { kind: 'anonymous' },
        path: { shop: { kind: 'literal', value: 'a/b' }, id: { kind: 'ref', name: 'order', at: ['id'] } },
        query: { day: { kind: 'moment', offsetSeconds: 86_400, as: 'date' } },
        body: { kind: 'sample', factory: 'order', overrides, omit: ['note'] },
      },
    });

    expect(settled([wrong], [fails(wrong)]).suspectedBugs[0]?.curl).toBe(
      `curl -i -X PUT 'http://localhost:3000/shops/a%2Fb/orders/<order.id>?day=2026-03-02' -H 'content-type: application/json' --data '{"loaf":"baker'\\''s rye","quantity":0}'`,
    );
  });
});
