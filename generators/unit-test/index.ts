import type { NodePlopAPI } from 'plop';
import { generator } from '../generator.js';

/** `npx plop unit-test src/pricing.ts#priceOf`. */
export const unitTest = (plop: NodePlopAPI): void =>
  generator(plop, 'unit-test', 'The test of one function, method or file, at the layer that proves it', ['unit']);
