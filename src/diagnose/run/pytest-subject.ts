import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../model/index.js';
import type { PytestSuite } from '../python/suite.js';
import type { Limits } from './process.js';
import { pytestDriver } from './pytest-driver.js';
import type { TestId } from './run-spec.js';
import type { Subject } from './subject.js';

/** A suite of pytest to run. */
export function pytestSubject(suite: PytestSuite, findings: Finding[], limits: Limits): Subject {
  const driver = pytestDriver(
    suite.root,
    suite.files,
    limits,
    /(^|[\s"'])(-n|--numprocesses|--dist)\b/m.test(suite.settings.text),
  );
  return {
    driver,
    findings,
    lineOf: ({ file, name }) => lineOf(path.join(suite.root, file), name),
    shared: async (polluter, victim) => {
      const outcome = await driver.run({ files: [polluter.file], tests: [polluter], serial: true, state: true });
      return visible(outcome.left.get(polluter.name) ?? [], victim);
    },
    fakesTimers: () => false,
    isolation: 'in a fixture that yields and restores (monkeypatch does it for variables and attributes)',
  };
}

/** The state changes that a test left; those of its own module's other parts last. */
function visible(changes: string[], victim: TestId): string[] {
  const module = victim.file.replace(/\.py$/, '').split('/').at(-1) ?? '';
  const names = changes.map((one) => one.split(': ')[0] ?? one);
  return [...names].sort((left, right) => Number(right.includes(module)) - Number(left.includes(module))).slice(0, 4);
}

function lineOf(file: string, nodeid: string): number {
  const name = nodeid.split('::').at(-1)?.replace(/\[.*$/, '') ?? '';
  try {
    const index = readFileSync(file, 'utf8')
      .split('\n')
      .findIndex((line) => new RegExp(`def ${name}\\b`).test(line));
    return index + 1 || 1;
  } catch {
    return 1;
  }
}
