import { spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pythonEnvironment } from '../python-environment.js';
import { temporaryFolder } from '../temporary-folder.js';
import { cli } from './suite.js';

interface Document {
  findings: { symptom: number; file: string; line: number; certainty: string; evidence: string; victim?: string }[];
  implementation: { files: { path: string }[]; repair?: { state: string; text: string; diff: string } };
  run: { seconds: number };
  gaps: { kind: string; reason: string }[];
}

/** A copy that borrows this project's Jest, or the Python environment of an example. */
function copyOf(fixture: string): string {
  const root = temporaryFolder(fixture);
  cpSync(path.resolve('__tests__/diagnose/fixtures', fixture), root, { recursive: true });
  if (fixture.endsWith('pytest')) symlinkSync(pythonEnvironment('pottery-studio'), path.join(root, '.venv'));
  else symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  return root;
}

function diagnosed(root: string, ...flags: string[]): Promise<Document> {
  const child = spawn(process.execPath, [cli, 'diagnose', root, '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (data) => (text += String(data)));
  return new Promise((resolve) => child.on('close', () => resolve(JSON.parse(text) as Document)));
}

/** `21 test/days.test.js:3 › noon of the first is the first`, in no order. */
const proven = ({ findings }: Document): string[] =>
  findings
    .filter(({ certainty }) => certainty === 'proven')
    .map(
      ({ symptom, file, line, victim }) =>
        `${String(symptom)} ${file}:${String(line)}${victim?.slice(file.length) ?? ''}`,
    )
    .sort();

// Small suites, each healthy here and now, run side by side: about 35 s, most of it starting Jest.
describe('what only another world shows', () => {
  let jest: Document;
  let node: Document;
  let pytest: Document;
  let races: Document;

  beforeAll(async () => {
    // The race is over when the others begin: it needs both cores.
    races = await diagnosed(copyOf('races'), '--run', '--budget', '14s');
    [jest, node, pytest] = await Promise.all([
      diagnosed(copyOf('worlds-jest'), '--run'),
      diagnosed(copyOf('worlds-node'), '--run'),
      diagnosed(copyOf('worlds-pytest'), '--run'),
    ]);
  }, 240_000);

  test('under Jest: another day, another time zone, no network, mocks cleared, a client socket', () => {
    expect(proven(jest)).toEqual([
      '11 test/outpost.test.js:4 › the outpost answers over the network',
      '2 src/telegraph.js:6',
      '21 test/days.test.js:3 › noon of the first is the first',
      '21 test/tables.test.js:6 › a table that was just written is fresh',
      '8 test/warnings.test.js:7 › low water raises no flag',
    ]);
  });

  test('an open handle is named by what it goes to, and where', () => {
    expect(jest.findings.find(({ symptom }) => symptom === 2)?.evidence).toMatch(
      /held a connection to 127\.0\.0\.1:\d+, opened at src\/telegraph\.js:6/,
    );
  });

  test('with node:test: another time zone', () => {
    expect(proven(node)).toEqual(['21 test/days.test.js:6 › noon of the first is the first']);
  });

  test('with pytest: another day, another time zone in the same file, and a thread that Python waits for', () => {
    expect(proven(pytest)).toEqual([
      '1 tide/gauge.py:12',
      '21 tests/test_almanac.py:11 › test_noon_of_the_first_is_the_first',
      '21 tests/test_almanac.py:4 › test_a_table_that_was_just_written_is_fresh',
    ]);
  });

  test('serial against parallel', () => {
    expect(proven(races)).toEqual([expect.stringMatching(/^9 test\/(ebb|flood)\.test\.js:6 › the gauge shows/)]);
  });

  test('--budget bounds all of it, and what was left out is said', () => {
    expect(races.run.seconds).toBeLessThan(20);
    expect(races.gaps.map(({ kind, reason }) => `${kind}: ${reason}`)).toContainEqual(
      expect.stringMatching(/^not-looked-at: .*no time was left \(--budget\)/),
    );
  });
});

describe('--fix is run before and after', () => {
  test.each([
    ['fix-newsletter', 'applied', 'Applied and run: 1 tests passed before, 2 after.'],
    ['fix-cloakroom', 'applied', 'Now red, as it should have been: test/coats.test.js › hands out coat 101.'],
    ['fix-choir', 'taken-back', 'with it test/rehearsal.test.js › the hall is opened once no longer passes.'],
  ])(
    '%s: %s',
    async (fixture, state, words) => {
      const root = copyOf(fixture);
      const settings = (): string => readFileSync(path.join(root, 'package.json'), 'utf8');
      const before = settings();

      const { implementation } = await diagnosed(root, '--fix');

      expect(implementation.repair).toMatchObject({ state, text: expect.stringContaining(words) });
      expect(settings() === before).toBe(fixture !== 'fix-newsletter');
    },
    60_000,
  );
});
