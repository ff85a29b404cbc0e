import type { NodePlopAPI } from 'plop';
import { describeError } from '../src/errors.js';
import { backendTest } from './backend-test/index.js';
import { testEnvironment } from './test-environment/index.js';
import { regressionTest } from './regression-test/index.js';
import { unitTest } from './unit-test/index.js';

/** The pack's plopfile. A plopfile that throws exits 0: so nothing may leave this function. */
export default function pack(plop: NodePlopAPI): void {
  try {
    backendTest(plop);
    testEnvironment(plop);
    unitTest(plop);
    regressionTest(plop);
  } catch (error) {
    process.stderr.write(describeError(error));
    process.exitCode = 1;
  }
}
