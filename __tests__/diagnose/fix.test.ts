import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../cli/command-line.js';
import { temporaryFolder } from '../temporary-folder.js';

const fixtures = path.resolve('__tests__/diagnose/fixtures');

function copyOf(fixture: string): string {
  const root = temporaryFolder(fixture);
  cpSync(path.join(fixtures, fixture), root, { recursive: true });
  return root;
}

describe('--fix', () => {
  test.each(['04-post-office', '05-tide-tables', '12-lost-property', '19-photo-lab'])(
    '%s: what was found is gone',
    async (fixture) => {
      const root = copyOf(fixture);

      await run('diagnose', root, '--fix', '--no-verify');

      expect(await run('diagnose', root)).toMatchObject({ code: 0 });
    },
  );

  test('with --dry-run: the diff, and nothing is written', async () => {
    const root = copyOf('12-lost-property');
    const file = path.join(root, 'test/umbrellas.test.js');
    const before = readFileSync(file, 'utf8');

    const { code, out } = await run('diagnose', root, '--fix', '--dry-run');

    expect(code).toBe(1);
    expect(out).toContain("+  await request(app).get('/umbrellas/7').expect(200);");
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('what it shows', () => {
  test('--json: exactly one document, as promised', async () => {
    const { code, out } = await run('diagnose', path.join(fixtures, '08-newsletter'), '--json');
    const { findings } = JSON.parse(out) as { findings: unknown[] };

    expect(code).toBe(1);
    expect(findings).toEqual([
      {
        symptom: 8,
        title: expect.stringContaining('mailer.send'),
        file: 'test/subscribe.test.js',
        line: 14,
        polluter: 'test/subscribe.test.js › greets who subscribes',
        victim: 'test/subscribe.test.js › sends nothing to an address that is none',
        evidence: expect.stringContaining('test/subscribe.test.js:3'),
        fix: expect.stringContaining('clearMocks'),
        reference: 'references/troubleshooting.md#mocks-leak',
        certainty: 'certain',
        fixable: false,
      },
    ]);
  });

  test('a healthy suite: 0, and it says so', async () => {
    const { code, out } = await run('diagnose', path.join(fixtures, 'healthy-lighthouse'));

    expect(code).toBe(0);
    expect(out).toContain('Findings  none');
  });

  test('no suite: 2', async () => {
    const { code, err } = await run('diagnose', temporaryFolder('empty'));

    expect(code).toBe(2);
    expect(err).toContain('[no-suite]');
  });
});
