import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';

interface Pair {
  polluter: string;
  victim: string;
  shared?: string;
}

interface Document {
  findings: (Pair & { symptom: number; evidence: string; certainty: string })[];
}

const planted = JSON.parse(readFileSync('__tests__/diagnose/pairs.json', 'utf8')) as Record<string, Pair[]>;

function diagnosed(fixture: string): Document {
  const root = path.resolve('__tests__/diagnose/fixtures', fixture);
  const { stdout } = spawnSync(
    process.execPath,
    ['dist/src/cli.js', 'diagnose', root, '--run', '--json', '--budget', '4m'],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  return JSON.parse(stdout) as Document;
}

// About half a minute: seventeen runs of a small suite. `npm run pairs` does the same for Vitest and pytest.
describe('order dependence under Jest is bisected to its pair', () => {
  let document: Document;

  beforeAll(() => {
    document = diagnosed('pairs-jest');
  }, 300_000);

  test.each(planted['pairs-jest'] ?? [])('$victim', ({ polluter, victim, shared }) => {
    const found = document.findings.find((one) => one.victim === victim);

    expect(found).toMatchObject({ symptom: 7, polluter, certainty: 'proven' });
    expect(found?.evidence).toContain(shared ?? polluter);
  });

  test('and nothing else is found', () => {
    expect(document.findings).toHaveLength(4);
  });
});
