import { expect, test } from '@jest/globals';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { commonCause } from '../../src/verify/common-cause.js';
import { readRunnerJson } from '../../src/verify/runner-json.js';
import { verdictsOf } from '../../src/verify/verdicts.js';
import { bakeryPlan, orderCase } from './fixture/bakery-plan.js';

const ROOT = realpathSync(tmpdir());

/** As Vitest 4.1 writes it, cut to the fields that matter. */
function vitestTest(title: string, status: string, failureMessages: string[] = []): object {
  return { ancestorTitles: ['POST /orders'], fullName: `POST /orders ${title}`, status, title, failureMessages };
}

test('results of Vitest are read like those of Jest', () => {
  const assertionResults = [
    vitestTest('bakes', 'passed'),
    vitestTest('refuses', 'failed', ['AssertionError: expected 201 to be 400 // Object.is equality\n    at x.js:4:52']),
    vitestTest('falls over', 'failed', ['Error: no flour\n    at x.js:5:36']),
    vitestTest('delivers', 'todo'),
  ];
  const broken = {
    assertionResults: [],
    status: 'failed',
    message: "Cannot find module '../src/app.js'",
    name: `${ROOT}/test/cakes.test.js`,
  };
  const text = JSON.stringify({
    testResults: [{ assertionResults, status: 'failed', message: '', name: `${ROOT}/test/orders.test.js` }, broken],
  });
  const cases = [
    ...['bakes', 'refuses', 'falls over', 'delivers'].map((title) => orderCase(title)),
    orderCase('ices', { file: 'test/cakes.test.js' }),
  ];

  expect(verdictsOf(cases, readRunnerJson(text, ROOT))).toEqual([
    { case: 'bakes', verdict: 'pass' },
    { case: 'refuses', verdict: 'fail', message: 'AssertionError: expected 201 to be 400 // Object.is equality' },
    { case: 'falls-over', verdict: 'error', message: 'Error: no flour' },
    { case: 'delivers', verdict: 'not-run' },
    { case: 'ices', verdict: 'error', message: "Cannot find module '../src/app.js'" },
  ]);
});

test.each([
  'expect(received).toBe(expected)\nExpected: 201\nReceived: 500',
  'AssertionError: expected 503 to be 201',
  'expected 201 "Created", got 500 "Internal Server Error"',
])('a 5xx for every request is one problem: %j', (message) => {
  const cases = [orderCase('bakes'), orderCase('serves')];

  expect(
    commonCause(
      bakeryPlan(cases),
      cases.map(({ id }) => ({ case: id, verdict: 'fail', message })),
    ),
  ).toContain('answered with a 5xx');
  expect(
    commonCause(bakeryPlan(cases), [
      { case: 'bakes', verdict: 'fail', message },
      { case: 'serves', verdict: 'pass' },
    ]),
  ).toBeUndefined();
});

test.each([
  ["ModuleNotFoundError: No module named 'ovens' (bakery/main.py:1)", 'Install what is missing'],
  ["SyntaxError: '[' was never closed (bakery/stock.py:4)", 'Mend the syntax error'],
  ['RuntimeError: the oven is cold (bakery/main.py:12)', 'stops with that while it is imported'],
])('an app that cannot be imported is one problem, with what to do: %s', (error, advice) => {
  const cases = [orderCase('bakes'), orderCase('serves')];
  const verdicts = cases.map(({ id }) => ({
    case: id,
    verdict: 'error' as const,
    message: `Error in setup: ${error}`,
  }));

  expect(commonCause(bakeryPlan(cases), verdicts)).toMatch(
    new RegExp(`^The suite could not start: Error in setup: ${error.replace(/[()[\]]/g, '\\$&')}\n.*${advice}`),
  );
});
