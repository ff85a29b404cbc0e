import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect, plan, prepare, triage } from '../../src/index.js';
import type { TestCase } from '../../src/model/index.js';
import { tablesOf } from '../../src/render/tables.js';

async function casesOf(example: string, operation: string, kind: string): Promise<TestCase[]> {
  const facts = await triage(path.resolve('examples', example), {});
  await prepare(facts);
  const { cases } = plan(inspect(facts), facts, { testFolder: 'test' });
  return cases.filter((one) => one.operation === operation && one.kind === kind);
}

test('a row that breaks a reference stands among the others, arranged as they are', async () => {
  const cases = await casesOf('library-loans', 'POST /loans', 'invalid-input');
  const needs = (field: string): number =>
    cases.find(({ title }) => title.startsWith(`refuses without ${field}`))?.arrange.length ?? 0;
  expect(needs('bookId')).toBeLessThan(needs('weeks'));

  const [table = [], ...others] = tablesOf(cases);

  expect(table.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['refuses without bookId with 400', 'refuses without weeks with 400']),
  );
  expect(new Set(table.map(({ arrange }) => JSON.stringify(arrange))).size).toBe(1);
  expect(others.flat().map(({ title }) => title)).toEqual(['refuses malformed JSON with 400']);
});

test('each role that a guard lets in is let in once', async () => {
  const cases = await casesOf('parcel-lockers', 'GET /parcels/', 'success');

  const callers = cases.map(({ act, arrange }) => {
    const bound = act.as.kind === 'principal' ? act.as.bind : undefined;
    return arrange.flatMap((step) => (step.kind === 'principal' && step.bind === bound ? [step.principal] : []))[0];
  });
  expect(callers.sort()).toEqual(['manager', 'operator', 'support']);
});
