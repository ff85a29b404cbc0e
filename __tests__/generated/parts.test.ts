import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';
import { cli, type Fault, plant } from './suite.js';
import { mongodb } from './servers/mongodb.js';
import { postgres } from './servers/postgres.js';
import type { Server } from './servers/server.js';

interface Document {
  run: { problem?: string; verdicts: { case: string; verdict: string; message?: string }[] };
}

/** Which server a service needs, and in which variable its suite is told where that is. */
const parts = {
  postgres: { start: postgres(), variable: 'TEST_DATABASE_URL', missing: 'PostgreSQL (apt-get install postgresql)' },
  mongodb: { start: await mongodb(), variable: 'TEST_DATABASE_URL', missing: 'Java, or Maven Central,' },
};
type Part = keyof typeof parts;
const needs: Record<string, Part[]> = {
  'pottery-knex': ['postgres'],
  'orchard-sequelize': ['postgres'],
  'choir-typeorm': ['postgres'],
  'bakery-kysely': ['postgres'],
  'observatory-mongoose': ['mongodb'],
  'apiary-mongodb': ['mongodb'],
  'lighthouse-sqlite': [],
};
const isThere = (part: Part): boolean => parts[part].start !== undefined;
const services = Object.keys(needs).filter((service) => needs[service]?.every(isThere));
for (const part of (Object.keys(parts) as Part[]).filter((one) => !isThere(one)))
  console.warn(`${parts[part].missing} is not there: suites on it are skipped.`);

const jest = (cwd: string, env: NodeJS.ProcessEnv, ...flags: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--silent', ...flags], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 90_000,
  });

/** Services that share one folder of packages. */
function installed(root: string): void {
  const wanted: Record<string, string> = {};
  for (const service of services) {
    const from = path.resolve('__tests__/generated/fixtures', service);
    cpSync(from, path.join(root, service), { recursive: true });
    const manifest = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8')) as Record<string, object>;
    Object.assign(wanted, manifest['dependencies'], manifest['devDependencies']);
  }
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'ignore' });
  for (const service of services)
    symlinkSync(path.join(root, 'node_modules'), path.join(root, service, 'node_modules'), 'dir');
}

/** A fault in what a service does. `watched`: the tests that see it, run with `npm test`; `npm run parts` plants all of them. */
interface WatchedFault extends Fault {
  watched?: string;
}
const planted = JSON.parse(readFileSync('__tests__/faults/parts.json', 'utf8')) as Record<string, WatchedFault[]>;
const isWhole = process.env['ALL_FAULTS'] !== undefined;
const faultsOf = (service: string): WatchedFault[] =>
  (planted[service] ?? []).filter(({ watched }) => isWhole || watched !== undefined);

describe('suites on real parts', () => {
  const absent = Object.keys(needs).filter((service) => !services.includes(service));
  if (absent.length) test.skip.each(absent)('%s: its server is not there', () => undefined);

  const root = temporaryFolder('parts');
  const servers = new Map<Part, Server>();
  const environment = (service: string): NodeJS.ProcessEnv => ({
    ...process.env,
    ...Object.fromEntries((needs[service] ?? []).map((part) => [parts[part].variable, servers.get(part)?.url])),
  });

  beforeAll(async () => {
    installed(root);
    for (const part of new Set(services.flatMap((service) => needs[service] ?? []))) {
      const server = await parts[part].start?.();
      if (server) servers.set(part, server);
    }
  }, 300_000);

  afterAll(() => {
    for (const server of servers.values()) server.stop();
  });

  describe.each(services)('%s', (service) => {
    const folder = path.join(root, service);

    test('is green on the first run, unedited, twice, in two orders, with nothing left out', () => {
      const { stdout, status } = spawnSync(process.execPath, [cli, folder, '--yes', '--json', '--no-install'], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
        env: environment(service),
      });
      const { run } = JSON.parse(stdout) as Document;

      expect(run.problem).toBeUndefined();
      expect(run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
      expect(status).toBe(0);
    }, 300_000);

    test.each(faultsOf(service))(
      'goes red: $class, $id',
      (fault) => {
        const mend = plant(folder, fault);

        const { status } = jest(folder, environment(service), '--forceExit', '--bail=1', '-t', fault.watched ?? '');
        mend();

        expect(status).toBe(1);
      },
      120_000,
    );
  });

  (isThere('postgres') ? describe : describe.skip)('the way to another database', () => {
    const folder = path.join(root, 'pottery-knex');
    const glazes = 'test/glazes.test.js';

    test.each([
      ['that is not named for tests', 'postgres://postgres@127.0.0.1:1/pottery'],
      ['without a name', 'postgres://postgres@127.0.0.1:1/'],
      ['with test in its host alone', 'postgres://postgres@test.internal:1/pottery'],
    ])('is refused for a URL %s', (_name, url) => {
      const { status, stderr } = jest(folder, { ...process.env, TEST_DATABASE_URL: url }, glazes);

      expect(status).toBe(1);
      expect(stderr).toContain('does not name a test database: refusing to use it');
    });

    test('is not taken, whatever the shell and a .env say', () => {
      const url = 'postgres://pottery@127.0.0.1:1/pottery';
      writeFileSync(path.join(folder, '.env'), `DATABASE_URL=${url}\n`);

      const { status } = jest(folder, { ...environment('pottery-knex'), DATABASE_URL: url }, glazes);

      expect(status).toBe(0);
    }, 60_000);
  });
});
