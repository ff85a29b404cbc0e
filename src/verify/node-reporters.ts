import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '../model/index.js';

/** What both reporters write: the JSON of Jest, whole or not at all. */
const write = `
const { renameSync, writeFileSync } = require('node:fs');

const written = (files) => {
  const testResults = [...files].map(([name, file]) => ({ name, ...file }));
  const target = process.env.BACKEND_TEST_REPORT;
  writeFileSync(target + '.part', JSON.stringify({ testResults }));
  renameSync(target + '.part', target);
};
const fileOf = (files, name) => {
  if (!files.has(name)) files.set(name, { status: 'passed', message: '', assertionResults: [] });
  return files.get(name);
};
`;

/** node:test's own JSON is a stream of events: this one writes what became of each test. */
const nodeTest = `'use strict';
${write}
module.exports = async function* report(events) {
  const files = new Map();
  const open = [];
  for await (const { type, data } of events) {
    if (type === 'test:start') open[data.nesting] = data.name;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const failed = type === 'test:fail';
    const name = data.file ?? '';
    const error = data.details?.error?.cause ?? data.details?.error;
    const message = failed ? String(error?.stack ?? error?.message ?? error ?? '') : '';
    if (data.nesting === 0 && data.name === name) {
      if (failed) Object.assign(fileOf(files, name), { status: 'failed', message: message || 'The test file could not be run.' });
      continue;
    }
    if (data.details?.type === 'suite') continue;
    fileOf(files, name).assertionResults.push({
      ancestorTitles: open.slice(0, data.nesting),
      title: data.name,
      status: data.todo !== undefined && data.todo !== false ? 'todo' : data.skip !== undefined && data.skip !== false ? 'skipped' : failed ? 'failed' : 'passed',
      failureMessages: message ? [message] : [],
    });
    yield (failed ? 'not ok ' : 'ok ') + data.name + '\\n';
  }
  written(files);
};
`;

/** Mocha's own JSON runs titles together. This one also shuffles: Mocha has no order but that of the files. */
const mocha = `'use strict';
${write}
const random = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const shuffle = (list, next) => {
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1));
    [list[index], list[other]] = [list[other], list[index]];
  }
};
const reorder = (suite, next) => {
  shuffle(suite.tests, next);
  shuffle(suite.suites, next);
  for (const inner of suite.suites) reorder(inner, next);
};

module.exports = class Report {
  constructor(runner) {
    const seed = Number(process.env.BACKEND_TEST_SEED ?? 0);
    if (seed) reorder(runner.suite, random(seed));
    const files = new Map();
    const note = (test, status, error) => {
      const path = test.titlePath();
      fileOf(files, test.file ?? '').assertionResults.push({
        ancestorTitles: path.slice(0, -1),
        title: path.at(-1),
        status,
        failureMessages: error ? [String(error.stack ?? error.message ?? error)] : [],
      });
    };
    runner.on('pass', (test) => note(test, 'passed'));
    runner.on('pending', (test) => note(test, 'todo'));
    runner.on('fail', (test, error) => {
      if (test.type === 'test') return note(test, 'failed', error);
      Object.assign(fileOf(files, test.file ?? ''), { status: 'failed', message: String(error?.stack ?? error) });
    });
    runner.on('end', () => written(files));
  }
};
`;

const sources: Partial<Record<Runner, string>> = { 'node:test': nodeTest, mocha };

/** The path of our reporter for this runner, in `folder`. */
export const reporterPath = (folder: string): string => join(folder, 'report.cjs');

/** Writes the reporter where the runner needs one of ours, and tells it where to write and how to shuffle. */
export async function reporterEnvironment(
  runner: Runner,
  folder: string,
  report: string,
  seed: number | undefined,
): Promise<Record<string, string>> {
  const source = sources[runner];
  if (source === undefined) return {};
  await writeFile(reporterPath(folder), source);
  return { BACKEND_TEST_REPORT: report, ...(seed === undefined ? {} : { BACKEND_TEST_SEED: String(seed) }) };
}
