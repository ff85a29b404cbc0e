import type { NodePlopAPI } from 'plop';
import { generator } from '../generator.js';

/** `npx plop regression-test -- --curl 'curl …' --expect 422 --issue 12`. */
export const regressionTest = (plop: NodePlopAPI): void =>
  generator(plop, 'regression-test', 'Locks a bug: a test that is red until it is mended', ['regression']);
