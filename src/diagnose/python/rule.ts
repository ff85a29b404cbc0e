import type { Found } from '../rule.js';
import { around, type PyFunction, type PyNode, type PySource } from './source.js';
import type { PytestSuite } from './suite.js';

/** Detects symptoms in what the text of a suite of pytest says. */
export interface PyRule {
  symptom: number;
  find(suite: PytestSuite): Found[];
}

export const at = (source: PySource, node: PyNode): { file: string; line: number } => ({
  file: source.file,
  line: node.line,
});

/** Test functions, also those that are methods of a `Test…` class; what is defined inside a function is none. */
export const testsOf = (source: PySource): PyFunction[] =>
  source.functions.filter(
    ({ name, node, decorators }) =>
      name.startsWith('test') &&
      !around(node, 'function_definition') &&
      !decorators.some((one) => one.includes('fixture')),
  );

/** `file › Class › test`. */
export function nameOf(source: PySource, test: PyFunction): string {
  const holder = test.inClass?.children.find(({ field }) => field === 'name')?.text;
  return [source.file, ...(holder === undefined ? [] : [holder]), test.name].join(' › ');
}

export const isFixture = ({ decorators }: PyFunction): boolean => decorators.some((one) => /\bfixture\b/.test(one));

/** Everything that the tests are made of: test files and conftests. */
export const sides = (suite: PytestSuite): PySource[] => [...suite.fixtures, ...suite.tests];
