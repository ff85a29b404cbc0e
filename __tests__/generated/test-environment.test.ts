import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';

test('an Express service without routes: one command, then its own test command is green', () => {
  const folder = temporaryFolder('bike-shed');
  cpSync(path.resolve('__tests__/generated/fixtures/bike-shed'), folder, { recursive: true });

  const made = spawnSync(process.execPath, [path.resolve('dist/src/cli.js'), 'test-environment', folder, '--yes'], {
    encoding: 'utf8',
  });
  const own = spawnSync('npm', ['test'], { cwd: folder, encoding: 'utf8' });

  expect(made.stdout).toContain('Green, twice, in two orders.');
  expect(made.status).toBe(0);
  expect(own.stderr).toContain('Tests:       1 passed, 1 total');
  expect(own.status).toBe(0);
}, 300_000);
