import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { Expr, Matcher, Triage } from '../../src/model/index.js';
import { Expressions, Uses } from '../../src/render/python/expressions.js';
import { format } from '../../src/render/python/format.js';
import { literal } from '../../src/render/python/literals.js';
import { className, requestName, testName, variable } from '../../src/render/python/names.js';

const awkward = [
  'plain',
  'it\'s "quoted"',
  'back\\slash',
  'a\nb\r\tc',
  '${x} {{y}} {z} %s `tick`',
  '""" end',
  'ünïcödé 🏺 \u2028\u2029\u0000\u007f',
  'long '.repeat(40),
  -0,
  0,
  12,
  -7.25,
  1e21,
  9007199254740991,
  true,
  false,
  null,
  [],
  {},
  { 'a"b': [1, { class: null }], '': ['x'] },
];

test.each(awkward.map((value) => [JSON.stringify(value).slice(0, 40), value] as const))(
  'a Python literal of %s is that value, and nothing but a value',
  (_name, value) => {
    const code = `import json, ast, sys\nsys.stdout.write(json.dumps(ast.literal_eval(${JSON.stringify(literal(value))})))`;

    const { stdout, error } = spawnSync('python3', ['-c', code], { encoding: 'utf8' });

    if (error) return;
    expect(JSON.parse(stdout)).toEqual(value);
  },
);

describe('names', () => {
  test.each([
    ['workshopChange', 'workshop_change'],
    ['class', 'class_'],
    ['client', 'api_client'],
    ['state', 'state_'],
    ['2nd', '_2nd'],
    ['X-Device Key', 'x_device_key'],
  ])('%s is the variable %s', (name, expected) => {
    expect(variable(name)).toBe(expected);
  });

  test('a class per operation, a function per case, within a line', () => {
    expect(className('POST /workshops/{workshop_id}/bookings')).toBe('TestPostWorkshopsByWorkshopIdBookings');
    expect(testName("answers 409 when the rental's status is not reserved")).toBe(
      'test_answers_409_when_the_rental_status_is_not_reserved',
    );
    expect(testName('word '.repeat(40)).length).toBeLessThanOrEqual(70);
    expect(testName(`${'word '.repeat(13)}of another`)).not.toMatch(/_of$/);
  });

  test('an action keeps its name, a thing is created', () => {
    const factory = { operation: '', status: 200, inputOnly: false, method: 'POST' };

    expect(requestName({ ...factory, name: 'token', template: '/auth/token' })).toBe('token');
    expect(requestName({ ...factory, name: 'workshop', template: '/workshops' })).toBe('create_workshop');
  });
});

describe('expressions', () => {
  const write = (expr: Expr): string => new Expressions(new Uses(), new Set(['guest'])).code(expr);
  const match = (matcher: Matcher): string => new Expressions(new Uses()).matcher(matcher);

  test.each<[string, Expr, string]>([
    [
      'a field of an answer',
      { kind: 'ref', name: 'response', at: ['items', '0', 'id'] },
      'response.json()["items"][0]["id"]',
    ],
    ['a header', { kind: 'ref', name: 'response', at: [] }, 'response.json()'],
    ['a caller', { kind: 'ref', name: 'guest', at: ['id'] }, 'guest.id'],
    ['a row that was arranged', { kind: 'ref', name: 'tool2', at: ['id'] }, 'tool2["id"]'],
    [
      'a sample with a field that is no name',
      { kind: 'sample', factory: 'order', overrides: { 'a-b': { kind: 'literal', value: 1 } }, omit: ['note'] },
      'order_input(note=OMITTED, **{"a-b": 1})',
    ],
    [
      'text with braces',
      {
        kind: 'text',
        parts: [
          { kind: 'literal', value: '{tool}-' },
          { kind: 'ref', name: 'tool', at: ['id'] },
        ],
      },
      'f"{{tool}}-{tool[\'id\']}"',
    ],
    ['a day from now', { kind: 'moment', offsetSeconds: 86400, as: 'date' }, 'from_now(86400).date().isoformat()'],
    ['a long text', { kind: 'repeat', text: 'x', length: 81 }, '"x" * 81'],
  ])('%s', (_name, expr, expected) => {
    expect(write(expr)).toBe(expected);
  });

  test.each<[string, Matcher, string]>([
    ['an object with other fields', { kind: 'object', fields: {}, exact: false }, 'IsPartialDict({})'],
    ['null, or a number', { kind: 'nullable', of: { kind: 'type', type: 'number' } }, 'IsOneOf(None, IsNumeric())'],
    ['a pattern, from end to end', { kind: 'pattern', pattern: '^\\d+$' }, 'IsStr(regex=r"^\\d+$")'],
    ['a pattern, anywhere', { kind: 'pattern', pattern: 'a|b' }, 'IsStr(regex=r"[\\s\\S]*(?:a|b)[\\s\\S]*")'],
    ['an id', { kind: 'format', format: 'uuid' }, 'IsUUID()'],
  ])('%s', (_name, matcher, expected) => {
    expect(match(matcher)).toBe(expected);
  });
});

test('what is no Python is never written', () => {
  const triage = { style: { value: { quotes: 'single', lineLength: 100 } } } as unknown as Triage;

  expect(format('x = "a"\n', 'test_x.py', triage)).toBe("x = 'a'\n");
  expect(() => format('def (:', 'test_x.py', triage)).toThrow(Error);
});
