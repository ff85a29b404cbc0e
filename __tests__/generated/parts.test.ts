import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';
import { installed, jest, needs, type Part, parts, services } from './real-parts.js';
import type { Server } from './servers/server.js';
import { type Fault, plant, reported, texts } from './suite.js';

/** A fault in what a service does. `watched`: the tests that see it, run with `npm test`; `npm run parts` plants all of them. */
interface WatchedFault extends Fault {
  watched?: string;
}
const planted = JSON.parse(readFileSync('__tests__/faults/parts.json', 'utf8')) as Record<string, WatchedFault[]>;
const isWhole = process.env['ALL_FAULTS'] !== undefined;
const faultsOf = (service: string): WatchedFault[] =>
  (planted[service] ?? []).filter(({ watched }) => isWhole || watched !== undefined);

/** How often the suite of each service is run: `npm run flakes` says 50. */
const runs = Number(process.env['RUNS'] ?? 1);
/** A memory limit keeps Jest from running files that were fast in one process after all. */
const modes = (seed: number): string[][] => [
  ['--maxWorkers=4', '--workerIdleMemoryLimit=1GB'],
  ['--runInBand'],
  ['--maxWorkers=4', '--workerIdleMemoryLimit=1GB', '--randomize', `--seed=${seed}`],
];

/** Copies of the test files, until each of four workers has one. */
function moreFiles(folder: string): string[] {
  const tests = readdirSync(path.join(folder, 'test')).filter((name) => name.includes('.test.'));
  const copies = Array.from({ length: Math.max(0, 4 - tests.length) }, (_, index): [string, string] => {
    const name = tests[index % tests.length] ?? '';
    return [path.join(folder, 'test', name), path.join(folder, 'test', `copy${index}-${name}`)];
  });
  for (const [from, to] of copies) copyFileSync(from, to);
  return copies.map(([, to]) => to);
}

(services.length ? describe : describe.skip)('suites on real parts', () => {
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

  describe.each(services.length ? services : ['none'])('%s', (service) => {
    const folder = path.join(root, service);

    test('is green on the first run, unedited, twice, in two orders, with nothing left out', () => {
      const { code, document } = reported([folder, '--yes', '--no-install'], { env: environment(service) });
      const { run } = document;

      expect(run.problem).toBeUndefined();
      expect(run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
      expect(code).toBe(0);
    }, 300_000);

    test(
      `stays green in parallel, serial and shuffled (runs: ${runs}), and leaves nothing`,
      async () => {
        const before = texts(folder);
        const [temporary, cache] = ['temporary', 'cache'].map((name) => path.join(root, `${service}-${name}`)) as [
          string,
          string,
        ];
        mkdirSync(temporary);
        const work = moreFiles(folder);
        const red: string[] = [];
        for (let run = 0; run < runs; run++) {
          const flags = modes(run + 1)[run % 3] ?? [];
          const env = { ...environment(service), TMPDIR: temporary };
          const { status, stderr } = jest(folder, env, '--cacheDirectory', cache, ...flags);
          if (status !== 0 || stderr.includes('did not exit')) red.push(`${flags.join(' ')}: ${stderr}`);
        }
        for (const file of work) rmSync(file);

        expect(red).toEqual([]);
        expect(readdirSync(temporary)).toEqual([]);
        expect(texts(folder)).toEqual(before);
        for (const part of needs[service] ?? []) expect(await servers.get(part)?.left(root)).toEqual([]);
      },
      300_000 + runs * 30_000,
    );

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
});
