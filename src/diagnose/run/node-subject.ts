import type { Finding } from '../../model/index.js';
import type { NodeSuite } from '../suite/suite.js';
import { testName } from '../suite/test-blocks.js';
import { nodeDriver } from './node-drivers.js';
import type { Limits } from './process.js';
import { sharedState } from './shared-state.js';
import type { Subject } from './subject.js';

/** A suite of Node to run. */
export function nodeSubject(suite: NodeSuite, findings: Finding[], limits: Limits): Subject {
  const testOf = (file: string): NodeSuite['tests'][number] | undefined => suite.tests.find((one) => one.file === file);
  return {
    driver: nodeDriver(suite, limits),
    findings,
    lineOf: ({ file, label }) => {
      const test = testOf(file);
      const block = test?.blocks.tests.find((one) => testName(file, one) === label);
      return test && block ? test.source.line(block.node) : 1;
    },
    shared: (polluter, victim) => Promise.resolve(sharedState(polluter, victim, suite)),
    fakesTimers: (file) => testOf(file)?.source.text.includes('useFakeTimers') ?? false,
    isolation: 'in a beforeEach, or through a factory that each test calls',
  };
}
