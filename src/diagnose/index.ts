import { existsSync, statSync } from 'node:fs';
import { UserError } from '../errors.js';
import { prepareParser } from '../inspect/python/parser.js';
import type { Certainty, Diagnosis, Finding, Gap } from '../model/index.js';
import { pythonFindings } from './python/rules/index.js';
import { readPytestSuite } from './python/suite.js';
import { nodeFindings } from './rules/index.js';
import { experiment } from './run/experiments.js';
import { merged } from './run/merge.js';
import { nodeSubject } from './run/node-subject.js';
import { pytestSubject } from './run/pytest-subject.js';
import type { Limits } from './run/process.js';
import type { Subject } from './run/subject.js';
import { readNodeSuites } from './suite/read-suite.js';

/** How much may be run. */
export interface RunOptions {
  /** Seconds for all runs together. */
  budget: number;
  progress(text: string): void;
  signal?: AbortSignal;
}

/**
 * Reads the tests of a folder and says what is wrong with them; runs nothing.
 * @throws UserError where the folder has no tests of Jest, Vitest, node:test or pytest
 */
export async function diagnose(root: string): Promise<Diagnosis> {
  return (await read(root)).diagnosis;
}

/**
 * The same, and then runs the suite as it is, in other orders and in other worlds.
 * @throws UserError as above
 */
export async function diagnoseByRunning(root: string, options: RunOptions): Promise<Diagnosis> {
  const start = performance.now();
  const { diagnosis, subjects } = await read(root);
  const deadline = start + options.budget * 1000;
  const limits = { deadline, ...(options.signal ? { signal: options.signal } : {}) };
  let { findings } = diagnosis;
  for (const subject of subjects.map((make) => make(limits))) {
    const shown = await experiment(subject, deadline, options.progress, options.signal);
    findings = merged(findings, shown.findings);
    diagnosis.experiments.push(...shown.experiments);
    diagnosis.gaps.push(...shown.notes.map((reason): Gap => ({ kind: 'not-looked-at', reason })));
  }
  return { ...diagnosis, findings: ranked(findings), seconds: (performance.now() - start) / 1000 };
}

/** Runs each suite once as it is, for what passes and what fails: `file › test`. */
export async function runAsItIs(root: string, options: RunOptions): Promise<Record<'passed' | 'failed', Set<string>>> {
  const { subjects } = await read(root);
  const limits = {
    deadline: performance.now() + options.budget * 1000,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const by = { passed: new Set<string>(), failed: new Set<string>() };
  for (const subject of subjects.map((make) => make(limits))) {
    options.progress(`${subject.driver.runner}: as it is`);
    const outcome = await subject.driver.run({ serial: false });
    for (const { status, label } of outcome.tests)
      if (status === 'passed' || status === 'failed') by[status].add(label);
  }
  return by;
}

type MakeSubject = (limits: Limits) => Subject;

async function read(root: string): Promise<{ diagnosis: Diagnosis; subjects: MakeSubject[] }> {
  const start = performance.now();
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new UserError('no-folder', `${root} is not a folder.`, 'Give the folder of the service, or run in it.');
  const suites = readNodeSuites(root);
  await prepareParser();
  const pytest = readPytestSuite(root);
  if (!suites.length && !pytest)
    throw new UserError(
      'no-suite',
      `No tests of Jest, Vitest, node:test or pytest were found in ${root}.`,
      'Give the folder whose package.json or pyproject.toml names the runner.',
    );
  const found = suites.map((suite) => ({ suite, findings: nodeFindings(suite) }));
  const inPython = pytest ? pythonFindings(pytest) : [];
  const seconds = (performance.now() - start) / 1000;
  return {
    subjects: [
      ...found.map(
        ({ suite, findings }): MakeSubject =>
          (limits) =>
            nodeSubject(suite, findings, limits),
      ),
      ...(pytest ? [(limits: Limits): Subject => pytestSubject(pytest, inPython, limits)] : []),
    ],
    diagnosis: {
      root,
      runners: [...suites.map(({ runner }) => runner), ...(pytest ? (['pytest'] as const) : [])],
      testFiles: [...suites.flatMap(({ tests }) => tests.map(({ file }) => file)), ...(pytest?.files ?? [])],
      findings: ranked([...found.flatMap(({ findings }) => findings), ...inPython]),
      experiments: [],
      gaps: [],
      readSeconds: seconds,
      seconds,
    },
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
