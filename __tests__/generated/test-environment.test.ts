import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import { pythonEnvironment } from '../python-environment.js';
import { temporaryFolder } from '../temporary-folder.js';

const cli = path.resolve('dist/src/cli.js');
const green = 'Green, twice, in two orders.';

function copyOf(fixture: string): string {
  const folder = temporaryFolder(fixture);
  cpSync(path.resolve('__tests__/generated/fixtures', fixture), folder, { recursive: true });
  return folder;
}

const make = (folder: string): { stdout: string; status: number | null } =>
  spawnSync(process.execPath, [cli, 'test-environment', folder, '--yes'], { encoding: 'utf8' });

test.each([
  { framework: 'Express', fixture: 'bike-shed' },
  { framework: 'Fastify', fixture: 'kite-shop' },
])(
  'a service of $framework without routes: one command, then its own test command is green; again, and nothing changes',
  ({ fixture }) => {
    const folder = copyOf(fixture);

    const made = make(folder);
    const own = spawnSync('npm', ['test'], { cwd: folder, encoding: 'utf8' });
    const again = make(folder);

    expect(made.stdout).toContain(green);
    expect(made.status).toBe(0);
    expect(stripVTControlCharacters(`${own.stdout}${own.stderr}`)).toMatch(/Tests:? +1 passed/);
    expect(own.status).toBe(0);
    expect(again.stdout).not.toMatch(/^ {2}[+~] /m);
  },
  300_000,
);

test('a service of FastAPI without routes: one command, then pytest is green', () => {
  const folder = copyOf('greenhouse-fastapi');
  symlinkSync(pythonEnvironment('pottery-studio'), path.join(folder, '.venv'));

  const made = make(folder);
  const own = spawnSync('.venv/bin/python', ['-m', 'pytest', '-q'], { cwd: folder, encoding: 'utf8' });

  expect(made.stdout).toContain(green);
  expect(own.stdout).toContain('1 passed');
  expect(own.status).toBe(0);
}, 120_000);

test('turbo gen loads the same pack, for one package of a workspace', () => {
  const folder = temporaryFolder('workspace');
  cpSync(path.resolve('__tests__/generated/fixtures/bike-shed'), path.join(folder, 'packages/api'), {
    recursive: true,
  });
  const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);
  write(
    'package.json',
    JSON.stringify({
      private: true,
      workspaces: ['packages/*'],
      packageManager: 'npm@10.8.2',
      devDependencies: { '@turbo/gen': '^2.11.0' },
    }),
  );
  write('turbo.json', JSON.stringify({ tasks: {} }));
  mkdirSync(path.join(folder, 'turbo/generators'), { recursive: true });
  write(
    'turbo/generators/config.js',
    "const pack = 'plop-pack-backend-test';\nmodule.exports = async (plop) => (await import(pack)).default(plop);\n",
  );
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  symlinkSync(process.cwd(), path.join(folder, 'node_modules/plop-pack-backend-test'), 'dir');

  const words = ['packages/api', '--yes', '--dry-run'].map((word) => `--args=${word}`);
  const { stdout } = spawnSync('npx', ['gen', 'run', 'test-environment', ...words], { cwd: folder, encoding: 'utf8' });

  expect(stdout).toContain('express ^5.1.0: package.json:9');
  expect(stdout).toContain('support/harness.js');
}, 120_000);
