import { at, type Rule } from '../rule.js';
import { hasOwnDatabase, knowsWorker, resetsOf } from '../resets.js';
import type { TestFile } from '../suite/suite.js';

/** Files that run side by side empty the same database. */
export const sharedDatabase: Rule = {
  symptom: 9,
  find(suite) {
    // How it is started is unknown without a script: it may well be one file after the other.
    if (suite.settings.serial || !suite.settings.scripts.length) return [];
    const users = suite.tests
      .filter((test) => !hasOwnDatabase(test) && !knowsWorker(test))
      .map((test) => ({ test, resets: resetsOf(test) }));
    const resetting = users.filter(({ resets }) => resets.length);
    const [first, second] = resetting;
    const reset = first?.resets[0];
    if (!first || !second || !reset) return [];
    const place = suite.settings.source;
    return [
      {
        title: `${String(resetting.length)} test files that run at the same time empty the same database: rows vanish under each other's tests.`,
        ...at(reset.call.source, reset.call.node),
        evidence: `${reset.call.source.place(reset.call.node)}: ${reset.call.source.textOf(reset.call.node).replace(/\s+/g, ' ').slice(0, 80)}; also run by ${others(resetting.map(({ test }) => test))}; no database name has the worker in it, and the files run in parallel.`,
        fix: `Give each worker a database of its own (${suite.runner === 'vitest' ? 'VITEST_POOL_ID' : suite.runner === 'jest' ? 'JEST_WORKER_ID' : 'process.pid'} in its name), or run the files one after the other (${serialFlag[suite.runner]}).`,
        certainty: 'certain',
        ...(place &&
        suite.settings.section?.node &&
        suite.runner !== 'node:test' &&
        suite.settings.section.node.getSourceFile() === place.tree
          ? {
              edits: [
                {
                  file: place.file,
                  start: suite.settings.section.node.getStart(place.tree) + 1,
                  end: suite.settings.section.node.getStart(place.tree) + 1,
                  text: serialKey(suite.runner, place.file.endsWith('.json')),
                },
              ],
            }
          : {}),
      },
    ];
  },
};

const serialFlag = { jest: 'jest --runInBand', vitest: 'fileParallelism: false', 'node:test': '--test-concurrency=1' };

const serialKey = (runner: 'jest' | 'vitest', json: boolean): string =>
  runner === 'vitest' ? '\n  fileParallelism: false,' : json ? '\n  "maxWorkers": 1,' : '\n  maxWorkers: 1,';

const others = (tests: TestFile[]): string =>
  tests
    .slice(1, 4)
    .map(({ file }) => file)
    .join(', ');
