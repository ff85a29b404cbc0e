import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readToldCall } from '../../src/incident/index.js';
import { NodeModules } from '../../src/inspect/typescript/modules.js';
import { Types } from '../../src/inspect/typescript/types.js';
import { UnitReader } from '../../src/inspect/unit/index.js';
import type { Known, UnitIncident, UnitPlan, Verdict } from '../../src/model/index.js';
import { lockedUnit } from '../../src/plan/index.js';
import { families, triage } from '../../src/triage/index.js';
import { settleLockedUnit } from '../../src/verify/index.js';

const json = (value: string | number | boolean | null | object): Known => ({ kind: 'json', value: value as never });

describe('a sentence about a call', () => {
  test.each([
    ['in JSON', 'postage({ "grams": 0 }) should be 590', [json({ grams: 0 })], { gives: json(590) }, undefined],
    ['in JavaScript', "lane('AA1', -3) must give 'desk'", [json('AA1'), json(-3)], { gives: json('desk') }, undefined],
    [
      'with what came',
      'mean([]) should be 0, gave NaN',
      [json([])],
      { gives: json(0) },
      { kind: 'number', text: 'NaN' },
    ],
    ['an error', 'postage(0) should throw RangeError', [json(0)], { throws: 'RangeError' }, undefined],
    [
      'an error with its words, and another that came',
      `price(null) should throw RangeError "too light", threw TypeError: x is null`,
      [json(null)],
      { throws: 'RangeError', message: 'too light' },
      'TypeError: x is null',
    ],
  ])('%s', (_name, says, args, expected, happened) => {
    const told = readToldCall(says);

    expect(told).toMatchObject({ args, expected });
    expect(told?.happened).toEqual(happened);
  });

  test('in Python, by name, with an object of a class', () => {
    const told = readToldCall('kiln.price_of(piece=Piece(grams=0, glazed=True), degrees=None) must raise ValueError');

    expect(told).toEqual({
      name: 'kiln.price_of',
      args: [],
      named: { piece: json({ grams: 0, glazed: true }), degrees: json(null) },
      expected: { throws: 'ValueError' },
    });
  });

  test.each([
    'days -1 should be 422',
    'the total (with tax) should be 12',
    'postage(grams) should be 0',
    'postage(0) is wrong',
  ])('is not: %s', (says) => {
    expect(readToldCall(says)).toBeUndefined();
  });
});

const root = path.resolve('__tests__/fixtures/parcel-depot');
const facts = triage(path.resolve('__tests__/fixtures/toll-bridge'));

function locked(says: string, released = false): { plan: UnitPlan; reads?: Known; incident: UnitIncident } | string {
  const told = readToldCall(says);
  const reader = new UnitReader(new NodeModules(root), families);
  const subject = reader.subject('postage', 'src/pricing.ts', new Types(root));
  if (!told || !subject || !('evaluate' in subject)) throw new Error('no subject');
  const incident: UnitIncident = { ...told, issue: '#7', unit: subject.unit.id, says };
  const made = lockedUnit(subject, incident, facts, released);
  return typeof made === 'string' ? made : { ...made, incident };
}

function planned(says: string, released = false): Exclude<ReturnType<typeof locked>, string> {
  const made = locked(says, released);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

describe('the test of a call', () => {
  test('gives what was told and for the rest the usual; what the code states next to it comes along', () => {
    const { plan, reads } = planned('postage({ grams: 2000 }) should be 1980');

    expect(plan.cases[0]).toMatchObject({
      title: 'gives 1980 when grams is 2000 (#7)',
      file: 'test/unit/regression-7.test.js',
      layer: 'regression',
      given: { parcel: json({ grams: 2000, express: true }) },
    });
    expect(plan.cases.slice(1).map(({ title }) => title)).toEqual([
      'gives 1980 when grams is 2001',
      'throws RangeError "a parcel weighs something" when grams is -1',
      'throws RangeError "a parcel weighs something" when grams is 0',
    ]);
    expect(reads).toEqual(json(1180));
  });

  test('where the code goes the way of the bug, its word counts only after the mending', () => {
    const [before, after] = [false, true].map((released) =>
      planned('postage({ grams: 2000 }) should be 1980', released),
    );

    expect(before?.plan.gaps).toEqual([
      expect.objectContaining({ kind: 'open-bound', reason: expect.stringContaining('tells 1999 from the grams') }),
    ]);
    expect(after?.plan.gaps).toEqual([]);
    expect(after?.plan.cases.map(({ title }) => title)).toContain('gives 1180 when grams is 1999');
  });

  test.each([
    ['postage({ grams: 1 }, 2) should be 0', 'postage takes one argument, and 2 were told'],
    ['postage(weight=1) should be 0', 'postage has no parameter weight'],
    ['postage({ grams: 1 }) should throw Overweight', 'postage throws no Overweight anywhere that was read'],
  ])('%s: why not', (says, problem) => {
    expect(locked(says)).toContain(problem);
  });
});

describe('it must be red for the stated reason', () => {
  const says = 'postage({ grams: 2000 }) should be 1980';
  const settle = (
    verdict: Verdict['verdict'],
    message: string,
    released = false,
  ): { state?: string; gaps: string[] } => {
    const { plan, reads, incident } = planned(says);
    const [bug] = plan.cases;
    const settled = settleLockedUnit(
      { cases: bug ? [bug] : [], gaps: [] },
      [{ case: bug?.id ?? '', verdict, message }],
      incident,
      reads,
      released,
    );
    const [first] = settled.cases;
    return {
      state: `${first?.state ?? ''} ${first?.reason ?? ''}`.trim(),
      gaps: settled.gaps.map(({ kind }) => kind),
    };
  };

  test.each([
    [
      'the value that the code gives',
      'fail',
      'expect(received).toBe(expected)\n\nExpected: 1980\nReceived: 1180',
      false,
      'failing #7: gives 1180 instead of 1980',
      [],
    ],
    [
      'another value',
      'fail',
      'expect(received).toBe(expected)\n\nExpected: 1980\nReceived: 7',
      false,
      'todo expect(received).toBe(expected)',
      ['red-otherwise'],
    ],
    [
      'an error before it',
      'error',
      'SyntaxError: unexpected token',
      false,
      'todo SyntaxError: unexpected token',
      ['red-otherwise'],
    ],
    ['green', 'pass', '', false, 'active', ['bug-not-red']],
    ['released and green', 'pass', '', true, 'active', []],
    ['released and red', 'fail', 'Received: 1180', true, 'failing #7: gives 1180 instead of 1980', ['bug-still-there']],
  ] as const)('%s', (_name, verdict, message, released, state, gaps) => {
    expect(settle(verdict, message, released)).toEqual({ state, gaps });
  });
});
