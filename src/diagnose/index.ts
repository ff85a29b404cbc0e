import { existsSync, statSync } from 'node:fs';
import { UserError } from '../errors.js';
import type { Certainty, Diagnosis, Finding } from '../model/index.js';
import { nodeFindings } from './rules/index.js';
import { readNodeSuites } from './suite/read-suite.js';

/**
 * Reads the tests of a folder and says what is wrong with them; runs nothing.
 * @throws UserError where the folder has no tests of Jest, Vitest, node:test or pytest
 */
export function diagnose(root: string): Diagnosis {
  const start = performance.now();
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new UserError('no-folder', `${root} is not a folder.`, 'Give the folder of the service, or run in it.');
  const suites = readNodeSuites(root);
  if (!suites.length)
    throw new UserError(
      'no-suite',
      `No tests of Jest, Vitest, node:test or pytest were found in ${root}.`,
      'Give the folder whose package.json or pyproject.toml names the runner.',
    );
  return {
    root,
    runners: suites.map(({ runner }) => runner),
    testFiles: suites.flatMap(({ tests }) => tests.map(({ file }) => file)),
    findings: ranked(suites.flatMap(nodeFindings)),
    experiments: [],
    notes: [],
    seconds: (performance.now() - start) / 1000,
  };
}

const weight: Record<Certainty, number> = { proven: 0, certain: 1, likely: 2 };

/** Most certain first, each place once a symptom. */
function ranked(findings: Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ symptom, file, line }) => {
      const key = `${String(symptom)} ${file}:${String(line)}`;
      return !seen.has(key) && Boolean(seen.add(key));
    })
    .sort((left, right) => weight[left.certainty] - weight[right.certainty]);
}
