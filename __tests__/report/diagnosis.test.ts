import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from '../../src/model/index.js';
import { diagnosisJson, diagnosisText } from '../../src/report/index.js';

const PLAIN = { colour: false, width: 100 };

/** The suite of a choir, in which one rehearsal disturbs the next. */
const choir: Diagnosis = {
  root: '/srv/choir',
  runners: ['jest'],
  testFiles: ['test/concert.test.js', 'test/rehearsal.test.js'],
  findings: [
    {
      symptom: 7,
      title: 'a test depends on another.',
      file: 'test/concert.test.js',
      line: 12,
      polluter: 'test/rehearsal.test.js › tunes down',
      victim: 'test/concert.test.js › sings in A',
      evidence: 'fails after it, passes alone.',
      fix: 'Put the pitch back in afterEach.',
      reference: 'references/troubleshooting.md#order-dependent',
      certainty: 'proven',
    },
    {
      symptom: 8,
      title: 'mocks are not cleared.',
      file: 'package.json',
      line: 9,
      evidence: 'no clearMocks.',
      fix: 'Set clearMocks.',
      reference: 'references/troubleshooting.md#mocks-leak',
      certainty: 'likely',
      edits: [{ file: 'package.json', start: 80, end: 80, text: '"clearMocks": true,' }],
    },
  ],
  experiments: [{ name: 'as it is', files: 2, passed: 9, failed: 1, seconds: 1.25 }],
  gaps: [{ kind: 'not-looked-at', reason: 'each file alone: no time was left (--budget).' }],
  readSeconds: 0.21,
  seconds: 12.04,
};

describe('diagnose reports as the main job does, findings first', () => {
  test('as text', () => {
    const repair = { diff: '', files: ['package.json'], state: 'applied' as const, text: 'Applied; not run.' };

    expect(diagnosisText(choir, PLAIN, repair)).toBe(`Findings  2
  test/concert.test.js:12  a test depends on another.
    leaves it:  test/rehearsal.test.js › tunes down
    suffers:    test/concert.test.js › sings in A
    evidence:   fails after it, passes alone.
    fix:        Put the pitch back in afterEach.
    more:       backend-test explain order-dependent  (proven)
  package.json:9  mocks are not cleared.
    evidence:   no clearMocks.
    fix:        Set clearMocks. (--fix does it)
    more:       backend-test explain mocks-leak  (likely)

Test surface  2 test files of jest
  Read in 0.2 s.

Plan  2 to mend, 1 of them by --fix
  symptom          proven  certain  likely  --fix  all
  order-dependent       1        ·       ·      ·    1
  mocks-leak            ·        ·       1      1    1

Implementation  1 update
  ~ package.json
  Applied; not run.

Run  1 run, 12 s
  as it is                     2 files, 9 pass, 1 fail, 1.3 s

Gaps  1
  each file alone: no time was left (--budget).  [not-looked-at]
  More of each: backend-test explain not-looked-at
`);
  });

  test('of a healthy suite that was read and not run', () => {
    const healthy = { ...choir, findings: [], experiments: [], gaps: [] };

    expect(diagnosisText(healthy, PLAIN)).toBe(`Findings  none

Test surface  2 test files of jest
  Read in 0.2 s.

Plan  nothing to mend

Implementation  nothing written

Run  nothing was run
  --run looks at what only shows in a run: order, parallel workers, the network, the clock, what
    stays open.

Gaps  none
`);
  });

  test('as JSON: the same sections, and no characters of a repair', () => {
    const document = diagnosisJson(choir);

    expect(Object.keys(document)).toEqual(['findings', 'surface', 'plan', 'implementation', 'run', 'gaps']);
    expect(document.findings.map(({ fixable }) => fixable)).toEqual([false, true]);
    expect(document.plan.repairs).toContainEqual({
      reference: 'references/troubleshooting.md#mocks-leak',
      findings: 1,
      fixable: 1,
    });
    expect(document.gaps).toEqual([
      {
        kind: 'not-looked-at',
        reason: 'each file alone: no time was left (--budget).',
        reference: 'references/gaps.md#not-looked-at',
      },
    ]);
  });
});
