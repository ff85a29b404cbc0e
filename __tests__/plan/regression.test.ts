import { describe, expect, test } from '@jest/globals';
import { carriedRoles, readCurl, readHar, readLog, saidStatus } from '../../src/incident/index.js';
import type { Incident } from '../../src/model/index.js';
import { operationFor, plan, regressionCases } from '../../src/plan/index.js';
import { toldBounds } from '../../src/plan/regression/neighbours.js';
import { triage } from '../../src/triage/index.js';
import { settleRegression } from '../../src/verify/index.js';
import { copyOf, modelOf } from '../example-model.js';

describe('what went wrong is read', () => {
  test('a curl command, as a shell splits it', () => {
    const text = `curl -s -X POST 'http://localhost:3000/api/rentals?dry=1' \\
      -H 'Authorization: Bearer abc' -H "content-type: application/json" --data-raw '{"days": -1, "note": "it'\\''s"}' -o /dev/null`;

    expect(readCurl(text)).toEqual({
      method: 'POST',
      path: '/api/rentals',
      query: { dry: '1' },
      headers: { authorization: 'Bearer abc', 'content-type': 'application/json' },
      body: { days: -1, note: "it's" },
    });
  });

  test.each([
    ['data makes it a POST', "curl localhost:3000/loans -d '{}'", 'POST', '/loans'],
    ['a plain address is a GET', 'curl http://localhost/tools/7?x=1&y=2', 'GET', '/tools/7'],
  ])('%s', (_name, text, method, path) => {
    expect(readCurl(text)).toMatchObject({ method, path });
  });

  test('curl without an address', () => {
    expect(() => readCurl('curl -X POST')).toThrow('names no address');
  });

  test('a HAR: the entry that failed worst', () => {
    const entry = (status: number, url: string): object => ({
      request: { method: 'PUT', url, headers: [{ name: 'Cookie', value: 'a=b' }], postData: { text: '{"shelf":"x"}' } },
      response: { status },
    });
    const har = JSON.stringify({ log: { entries: [entry(200, 'http://h/a'), entry(500, 'http://h/books/9/shelf')] } });

    expect(readHar(har)).toEqual({
      method: 'PUT',
      path: '/books/9/shelf',
      query: {},
      headers: { cookie: 'a=b' },
      body: { shelf: 'x' },
      happened: 500,
    });
    expect(() => readHar('{}')).toThrow('no HAR entry');
  });

  test('a log line with its stack trace', () => {
    const { sent, places } = readLog(
      `POST /rentals 500 12ms\nTypeError: x\n    at reserve (/srv/src/rentals/service.ts:34:7)\n    at next (/srv/node_modules/express/a.js:1:1)\n  File "app/api/parcels.py", line 30, in drop_off`,
    );

    expect(sent).toMatchObject({ method: 'POST', path: '/rentals', happened: 500 });
    expect(places).toEqual([
      { file: '/srv/src/rentals/service.ts', line: 34 },
      { file: 'app/api/parcels.py', line: 30 },
    ]);
  });

  test('the roles that the credential carried, and nothing else of it', () => {
    const token = (claims: object): Record<string, string> => ({
      authorization: `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`,
    });

    expect(carriedRoles({ headers: token({ sub: '7', role: 'customer' }) }, model.schemes)).toEqual(['customer']);
    expect(carriedRoles({ headers: { authorization: 'Bearer abc' } }, model.schemes)).toEqual([]);
  });

  test.each([
    ['days -1 should be 422', 422],
    ['answered 500 instead of a clean 404: expected 404', 404],
    ['it is broken', undefined],
  ])('%s', (sentence, status) => {
    expect(saidStatus(sentence)).toBe(status);
  });
});

const broken = copyOf('tool-rental', [
  { file: 'src/rentals/router.ts', find: 'days: z.number().int().min(1)', replace: 'days: z.number().int()' },
]);
const model = modelOf(broken);
const facts = triage(broken);

function locked(changes: Partial<Incident>): Exclude<ReturnType<typeof regressionCases>, string> {
  const incident: Incident = {
    issue: '#12',
    method: 'POST',
    path: '/rentals',
    query: {},
    headers: {},
    body: { toolId: 1, startDate: '2031-05-14', days: -1 },
    expected: 422,
    ...changes,
  };
  const operation = operationFor(model.operations, incident);
  let made: ReturnType<typeof regressionCases> = '';
  if (!operation) throw new Error('no operation');
  plan(model, facts, {
    testFolder: 'test',
    more: (context) => {
      made = regressionCases(context, operation, incident, facts);
      return [];
    },
  });
  return made as Exclude<typeof made, string>;
}

describe('the test of a bug', () => {
  test('is minimized to the broken field, on the operation that the request reaches', () => {
    const [bug] = locked({ path: '/api/v1/rentals' }).cases;

    expect(bug).toMatchObject({
      title: 'answers 422 when days is -1 (#12)',
      operation: 'POST /rentals',
      layer: 'regression',
      file: 'test/regression-12.test.ts',
      act: { body: { overrides: { days: { kind: 'literal', value: -1 } } } },
      expect: [{ kind: 'status', equals: 422 }, { kind: 'unchanged' }],
    });
  });

  test('brings along the neighbours that the code states', () => {
    expect(
      locked({})
        .cases.slice(1)
        .map(({ title }) => title),
    ).toEqual([
      'refuses days above the maximum (31) with 422',
      'refuses days with a fraction with 422',
      'accepts days of 30',
    ]);
  });

  test('says that the side on which the bug lies is open, as long as nothing states it', () => {
    expect(locked({}).gaps.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('The code states no minimum of days, so what is right for 0 and 1 is open'),
    ]);
  });

  test('brings along the neighbours that the sentence states', () => {
    const { cases, gaps } = locked({ says: 'days must be at least 1' });

    expect(cases.slice(1).map(({ title }) => title)).toEqual([
      'answers 422 when days is 0 (#12)',
      'accepts days of 1',
      'refuses days above the maximum (31) with 422',
      'refuses days with a fraction with 422',
      'accepts days of 30',
    ]);
    expect(gaps).toEqual([]);
  });

  test.each([
    ['days must be at least 1', { minimum: 1 }],
    ['not more than 30 days', { maximum: 30 }],
    ['days between 1 and 30', { minimum: 1, maximum: 30 }],
    ['the price is never negative, it must not be negative', { minimum: 0 }],
    ['days -1 should be 422, not 201', {}],
  ])('%s', (says, bounds) => {
    expect(toldBounds(says)).toEqual(bounds);
  });

  test('takes the field that the sentence names', () => {
    expect(locked({ says: 'startDate in the past should be 422' }).cases[0]?.title).toBe(
      'answers 422 when startDate is 2031-05-14 (#12)',
    );
  });

  test.each([
    [401, {}, 'answers 401 when nobody is signed in (#12)'],
    [401, { headers: { authorization: '' } }, 'answers 401 when the credential is malformed (#12)'],
    [404, { method: 'GET', path: '/rentals/999' }, 'answers 404 when there is no id 999 (#12)'],
    [409, {}, 'answers 409 when the same was sent before (#12)'],
    [403, { method: 'GET', path: '/rentals/1' }, 'answers 403 when another customer asks (#12)'],
    [403, { path: '/tools', body: {}, roles: ['customer'] }, 'answers 403 when a customer asks (#12)'],
    [401, { path: '/auth/login', body: { email: 'a@b.c', password: 'x' } }, 'answers 401 when password is x (#12)'],
    [422, { method: 'GET', path: '/tools', query: { limit: '-1' } }, 'answers 422 when limit is -1 (#12)'],
  ])('%i %j', (expected, changes, title) => {
    expect(locked({ expected, ...changes }).cases[0]?.title).toBe(title);
  });
});

describe('what becomes of it', () => {
  const { cases } = locked({});
  const whole = { ...plan(model, facts, { testFolder: 'test' }), cases, gaps: [] };
  const incident = {
    issue: '#12',
    method: 'POST',
    path: '/rentals',
    query: {},
    headers: {},
    expected: 422,
    happened: 201,
  };
  const settled = (message: string | undefined, released = false): { state?: string; gaps: string[] } => {
    const verdict = message === undefined ? 'pass' : 'fail';
    const first = { case: cases[0]?.id ?? '', verdict, ...(message === undefined ? {} : { message }) } as const;
    const { cases: after, gaps } = settleRegression(whole, [first], incident, released);
    return { ...(after[0] ? { state: after[0].state } : {}), gaps: gaps.map(({ reason }) => reason) };
  };
  const red = (status: number): string => `expect(received).toBe(expected)\n\nExpected: 422\nReceived: ${status}`;

  test('red for the stated reason: a strict expected failure', () => {
    expect(settled(red(201))).toEqual({ state: 'failing', gaps: [] });
  });

  test('red for another reason: not written as if it were', () => {
    expect(settled(red(401))).toMatchObject({ state: 'todo', gaps: [expect.stringContaining('another reason')] });
  });

  test('where what happened was not told, a refusal of another kind is another reason', () => {
    const verdict = { case: cases[0]?.id ?? '', verdict: 'fail', message: red(401) } as const;
    const { happened: _told, ...untold } = incident;
    void _told;

    expect(settleRegression(whole, [verdict], untold, false).cases[0]?.state).toBe('todo');
  });

  test('green: said', () => {
    expect(settled(undefined)).toMatchObject({ state: 'active', gaps: [expect.stringContaining('did not show')] });
    expect(settled(undefined, true)).toEqual({ state: 'active', gaps: [] });
  });

  test('released and still red: said', () => {
    expect(settled(red(201), true)).toMatchObject({ state: 'failing', gaps: [expect.stringContaining('still red')] });
  });
});
