import type { NodePlopAPI } from 'plop';
import { generator } from '../generator.js';

/** The main job. */
export const backendTest = (plop: NodePlopAPI): void =>
  generator(plop, 'backend-test', 'A test suite for this service, read from its own code', []);
