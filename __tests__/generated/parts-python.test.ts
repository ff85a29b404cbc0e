import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pythonEnvironment } from '../python-environment.js';
import { temporaryFolder } from '../temporary-folder.js';
import { parts } from './real-parts.js';
import type { Server } from './servers/server.js';
import { type Fault, plant, reported, texts } from './suite.js';

/** Packages besides those of the examples: the driver of PostgreSQL, workers, and random order. */
const more = ['psycopg[binary]>=3.2', 'pytest-xdist', 'pytest-random-order'];
/** Where each service's packages come from: the example with the same ones. */
const services = {
  'cheese-cellar': 'pottery-studio',
  'pottery-studio': 'pottery-studio',
  'parcel-lockers': 'parcel-lockers',
};
const onPostgres = 'cheese-cellar';
const wanted = Object.entries(services)
  .filter(([service]) => service.includes(process.env['SERVICE'] ?? ''))
  .filter(([service]) => service !== onPostgres || parts.postgres.start !== undefined);
const planted = JSON.parse(readFileSync('__tests__/faults/parts.json', 'utf8')) as Record<string, Fault[]>;
const runs = Number(process.env['RUNS'] ?? 1);
const modes = (seed: number): string[][] => [
  ['-n', '4'],
  [],
  ['--random-order-bucket=global', `--random-order-seed=${seed}`],
];

// Two virtual environments and many runs: only `npm run parts` and `npm run flakes` ask for them.
const isAsked = process.env['ALL_FAULTS'] !== undefined || process.env['RUNS'] !== undefined;
(isAsked && wanted.length ? describe : describe.skip)('suites of SQLAlchemy and SQLModel', () => {
  const root = temporaryFolder('parts-python');
  let server: Server | undefined;

  beforeAll(async () => {
    server = await parts.postgres.start?.();
    for (const [service, example] of wanted) {
      const [from] = ['examples', '__tests__/generated/fixtures'].filter((folder) =>
        existsSync(path.join(folder, service)),
      );
      cpSync(path.join(from ?? '', service), path.join(root, service), {
        recursive: true,
        filter: (source) => !/(__pycache__|\.venv|\.db)$/.test(source),
      });
      symlinkSync(pythonEnvironment(example, more), path.join(root, service, '.venv'));
    }
  }, 900_000);

  afterAll(() => server?.stop());

  describe.each(wanted.length ? wanted.map(([service]) => service) : ['none'])('%s', (service) => {
    const folder = path.join(root, service);
    const temporary = path.join(root, `${service}-temporary`);
    const environment = (): NodeJS.ProcessEnv => ({
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(server && service === onPostgres ? { TEST_DATABASE_URL: server.url } : {}),
    });
    const pytest = (...flags: string[]): { status: number | null; stdout: string } =>
      spawnSync('.venv/bin/python', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...flags], {
        cwd: folder,
        env: { ...environment(), TMPDIR: temporary },
        encoding: 'utf8',
        timeout: 120_000,
      });

    test('is green on the first run, unedited, twice, in two orders, with nothing left out', () => {
      mkdirSync(temporary);

      const { code, document } = reported([folder, '--yes', '--no-install'], { env: environment() });
      const { run } = document;

      expect(run.problem).toBeUndefined();
      expect(run.verdicts).not.toEqual([]);
      expect(run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
      expect(code).toBe(0);
    }, 300_000);

    test(
      `stays green in parallel, serial and shuffled (runs: ${runs}), and leaves nothing`,
      async () => {
        const before = texts(folder);
        const red: string[] = [];
        for (let run = 0; run < runs; run++) {
          const flags = modes(run + 1)[run % 3] ?? [];
          const { status, stdout } = pytest(...flags);
          if (status !== 0) red.push(`${flags.join(' ')}: ${stdout}`);
        }

        expect(red).toEqual([]);
        // pytest's own, of which it keeps the last three.
        expect(readdirSync(temporary).filter((name) => !name.startsWith('pytest-of-'))).toEqual([]);
        expect(texts(folder)).toEqual(before);
        if (service === onPostgres) expect(await server?.left(root)).toEqual([]);
      },
      300_000 + runs * 60_000,
    );

    test.each(planted[service] ?? [])(
      'goes red: $class, $id',
      (fault) => {
        const mend = plant(folder, fault);

        const { status } = pytest('-x');
        mend();

        expect(status).toBe(1);
      },
      120_000,
    );
  });
});
