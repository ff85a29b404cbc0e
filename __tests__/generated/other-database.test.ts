import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';
import { installed, jest, parts, services } from './real-parts.js';
import type { Server } from './servers/server.js';
import { cli } from './suite.js';

const service = 'pottery-knex';
const glazes = 'test/glazes.test.js';
const sessions = "SELECT sessions FROM pg_stat_database WHERE datname = 'pottery'";

/** Each way to point a suite at a database that people work with: none is taken, and nobody connects to it. */
(services.includes(service) ? describe : describe.skip)('the way to another database', () => {
  const root = temporaryFolder('other-database');
  const original = path.join(root, service);
  let folder: string;
  let server: Server;
  let development: string;
  let connected: string[] | undefined;
  const environment = (given: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    TEST_DATABASE_URL: server.url,
    ...given,
  });

  beforeAll(async () => {
    installed(root, [service]);
    server = (await parts.postgres.start?.()) as Server;
    development = server.url.replace('parts_test', 'pottery');
    server.query?.('CREATE DATABASE pottery');
    server.query?.("CREATE TABLE glazes (name text); INSERT INTO glazes VALUES ('celadon')", 'pottery');
    const made = spawnSync(process.execPath, [cli, original, '--yes', '--no-install', '--no-verify']);
    if (made.status !== 0) throw new Error(String(made.stderr));
  }, 300_000);

  afterAll(() => server.stop());

  beforeEach(() => {
    folder = path.join(root, `copy-${expect.getState().currentTestName?.replace(/\W+/g, '-').slice(-40) ?? ''}`);
    cpSync(original, folder, { recursive: true, verbatimSymlinks: true });
    connected = server.query?.(sessions);
  });

  /** Nobody was there, and what was there is there. */
  const untouched = (): void => {
    expect(server.query?.(sessions)).toEqual(connected);
    expect(server.query?.('SELECT name FROM glazes', 'pottery')).toEqual(['celadon']);
  };

  test.each([
    { title: 'that is not named for tests', name: 'pottery' },
    { title: 'with test inside of another word', name: 'latest' },
    { title: 'without a name', name: '' },
  ])('is refused for a URL $title', ({ name }) => {
    const url = server.url.replace('parts_test', name);

    const { status, stderr } = jest(folder, environment({ TEST_DATABASE_URL: url }), glazes);

    expect(status).toBe(1);
    expect(stderr).toContain('does not name a test database: refusing to use it');
    untouched();
  });

  test('is refused for a URL with test in its host alone', () => {
    const url = 'postgres://postgres@test.internal:1/pottery';

    const { status, stderr } = jest(folder, environment({ TEST_DATABASE_URL: url }), glazes);

    expect(status).toBe(1);
    expect(stderr).toContain('does not name a test database: refusing to use it');
  });

  test('is not taken from a variable of the shell', () => {
    const { status } = jest(folder, environment({ DATABASE_URL: development }), glazes);

    expect(status).toBe(0);
    untouched();
  });

  test('is not taken from a .env', () => {
    writeFileSync(path.join(folder, '.env'), `DATABASE_URL=${development}\n`);

    const { status } = jest(folder, environment(), glazes);

    expect(status).toBe(0);
    untouched();
  });

  test('is not taken from a dotenv that comes late and overrides what is set', () => {
    const file = path.join(folder, 'src/db.js');
    const late =
      "Object.assign(process.env, require('node:util').parseEnv(require('node:fs').readFileSync('.env', 'utf8')));";
    writeFileSync(path.join(folder, '.env'), `DATABASE_URL=${development}\n`);
    writeFileSync(file, `${late}\n${readFileSync(file, 'utf8')}`);

    const { status } = jest(folder, environment(), glazes);

    expect(status).toBe(0);
    untouched();
  });

  test('is refused in a worktree that has the .env of its origin and no .env.test', () => {
    const worktree = `${folder}-worktree`;
    const git = (...args: string[]): Buffer =>
      execFileSync('git', ['-c', 'user.name=potter', '-c', 'user.email=potter@pottery.test', ...args], { cwd: folder });
    writeFileSync(path.join(folder, '.gitignore'), 'node_modules\n.env*\n');
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'Pottery');
    git('worktree', 'add', '--quiet', worktree);
    writeFileSync(path.join(worktree, '.env'), `DATABASE_URL=${development}\n`);
    symlinkSync(path.join(root, 'node_modules'), path.join(worktree, 'node_modules'), 'dir');

    const { status, stderr } = jest(worktree, environment({ DATABASE_URL: development }), glazes);

    expect(status).toBe(1);
    expect(stderr).toContain('.env.test is missing in this folder: no test runs without it');
    untouched();
    rmSync(worktree, { recursive: true });
  });
});
