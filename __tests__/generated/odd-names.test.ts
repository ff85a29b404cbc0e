import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';

test('quotes, backticks, ${}, {{, newlines and non-ASCII stay values: the suite is green and none of them runs', () => {
  const folder = temporaryFolder('sign-shop');
  cpSync(path.resolve('__tests__/generated/fixtures/sign-shop'), folder, { recursive: true });

  const { status, stdout } = spawnSync(process.execPath, [path.resolve('dist/src/cli.js'), folder, '--yes', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const document = JSON.parse(stdout) as {
    plan: { cases: { title: string }[] };
    run: { verdicts: { verdict: string }[] };
  };

  expect(document.plan.cases.map((one) => one.title)).toContain('accepts slogan ${process.exit(3)}');
  expect(document.run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
  expect(status).toBe(0);
}, 300_000);
