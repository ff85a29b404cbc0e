import { leftOpen, type Resource } from '../resources.js';
import { at, type Found, type Rule } from '../rule.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';

/**
 * Servers, client sockets and intervals that outlive the tests. Jest and node:test wait for them; workers of Jest that run side by
 * side are killed; Vitest kills its workers always, so that only a server is worth a word there.
 */
export const leaks: Rule = {
  symptom: 1,
  find(suite) {
    const byCall = new Map<Resource['call']['node'], { resource: Resource; tests: TestFile[] }>();
    for (const test of suite.tests)
      for (const resource of leftOpen(test)) {
        const known = byCall.get(resource.call.node) ?? { resource, tests: [] };
        known.tests.push(test);
        byCall.set(resource.call.node, known);
      }
    return [...byCall.values()].flatMap(({ resource, tests }) => found(resource, tests, suite) ?? []);
  },
};

function found({ kind, call, label, close }: Resource, tests: TestFile[], suite: NodeSuite): Found | undefined {
  const isTestSide = suite.tests.some((test) => test.source === call.source) || suite.setup.includes(call.source);
  if (suite.runner === 'vitest' && kind !== 'server') return undefined;
  const where = `${call.source.place(call.node)} opens ${label}${isTestSide ? '' : ` whenever it is imported, by ${names(tests)}`}; no afterAll or afterEach that runs with it closes it.`;
  const inWorkers = suite.runner === 'jest' && !suite.settings.serial && tests.length > 1;
  const symptom = suite.runner === 'vitest' ? 4 : inWorkers ? 3 : kind === 'client' ? 2 : 1;
  const shows = {
    1: 'the run does not exit by itself',
    2: 'the run hangs after its last test, and --detectOpenHandles says nothing of client sockets',
    3: 'workers are killed at the end ("failed to exit gracefully")',
    4: 'it goes unnoticed only because Vitest kills its workers',
  }[symptom];
  return {
    symptom,
    title: `${label.replace(/^a/, 'A')} is never closed: ${shows}.`,
    ...at(call.source, call.node),
    evidence: where,
    fix:
      kind === 'server' && !isTestSide
        ? 'Keep listening out of the module that tests import: export the app, call listen in another file that only starts it.'
        : `Close it where the tests end: afterAll(async () => { await ${close}; }).`,
    certainty: 'certain',
  };
}

const names = (tests: TestFile[]): string =>
  tests.length > 3 ? `${String(tests.length)} test files` : tests.map(({ file }) => file).join(', ');
