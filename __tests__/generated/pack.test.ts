import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';

test('packed, installed into a service, and started through plop: green', () => {
  const folder = temporaryFolder('packed');
  const service = path.join(folder, 'service');
  cpSync(path.resolve('examples/library-loans'), service, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  const [tarball] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { encoding: 'utf8' }),
  ) as { filename: string; files: { path: string }[] }[];
  if (!tarball) throw new Error('npm pack said nothing');
  execFileSync(
    'npm',
    ['install', '--save-dev', '--no-audit', '--no-fund', 'plop@4', path.join(folder, tarball.filename)],
    { cwd: service, stdio: 'ignore' },
  );

  const init = spawnSync('npx', ['backend-test', 'init'], { cwd: service, encoding: 'utf8' });
  const run = spawnSync('npx', ['plop', 'backend-test', '--', '--yes'], { cwd: service, encoding: 'utf8' });
  const unknown = spawnSync('npx', ['plop', 'backend-test', '--', '--yess'], { cwd: service, encoding: 'utf8' });

  expect(init.status).toBe(0);
  expect(run.stdout).toContain('Green, twice, in two orders.');
  expect(run.status).toBe(0);
  expect(existsSync(path.join(service, 'test/loans.test.js'))).toBe(true);
  expect(unknown.status).toBe(2);
  expect(
    tarball.files.map((file) => file.path).filter((file) => /^(src|__tests__|examples|benchmarks)\//.test(file)),
  ).toEqual([]);
}, 300_000);
