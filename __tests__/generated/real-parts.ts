import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mongodb } from './servers/mongodb.js';
import { postgres } from './servers/postgres.js';
import { redis } from './servers/redis.js';

/** Which server a service needs, and in which variable its suite is told where that is. */
export const parts = {
  postgres: { start: postgres(), variable: 'TEST_DATABASE_URL', missing: 'PostgreSQL (apt-get install postgresql)' },
  redis: { start: redis(), variable: 'TEST_REDIS_URL', missing: 'Redis (apt-get install redis-server)' },
  mongodb: { start: await mongodb(), variable: 'TEST_DATABASE_URL', missing: 'Java, or Maven Central,' },
};
export type Part = keyof typeof parts;

const all: Record<string, Part[]> = {
  'pottery-knex': ['postgres'],
  'orchard-sequelize': ['postgres'],
  'choir-typeorm': ['postgres'],
  'bakery-kysely': ['postgres'],
  'observatory-mongoose': ['mongodb'],
  'apiary-mongodb': ['mongodb'],
  'lighthouse-sqlite': [],
  'ferry-redis': ['redis'],
  'logbook-files': [],
  // Loads the packages of seven vendors anew for each test: too slow for `npm test`, where its faults are not planted either.
  ...(process.env['ALL_FAULTS'] === undefined ? {} : { 'print-works': [] }),
};
/** What each service needs. SERVICE narrows it to those with that in their name. */
export const needs = Object.fromEntries(
  Object.entries(all).filter(([service]) => service.includes(process.env['SERVICE'] ?? '')),
);

const isThere = (part: Part): boolean => parts[part].start !== undefined;
/** Services whose servers are on this machine. */
export const services = Object.keys(needs).filter((service) => needs[service]?.every(isThere));
for (const part of (Object.keys(parts) as Part[]).filter((one) => !isThere(one)))
  console.warn(`${parts[part].missing} is not there: suites on it are skipped.`);

/** Services that share one folder of packages. */
export function installed(root: string, these = services): void {
  const wanted: Record<string, string> = {};
  for (const service of these) {
    const from = path.resolve('__tests__/generated/fixtures', service);
    cpSync(from, path.join(root, service), { recursive: true });
    const manifest = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8')) as Record<string, object>;
    Object.assign(wanted, manifest['dependencies'], manifest['devDependencies']);
  }
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: root, stdio: 'ignore' });
  for (const service of these)
    symlinkSync(path.join(root, 'node_modules'), path.join(root, service, 'node_modules'), 'dir');
}

/** The suite of a service, by its own runner. */
export const jest = (cwd: string, env: NodeJS.ProcessEnv, ...flags: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--silent', ...flags], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 90_000,
  });
