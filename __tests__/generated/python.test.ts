import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pythonCopy, pythonEnvironment } from '../python-environment.js';
import { faultsOf, generate, plant, texts } from './suite.js';

const suiteIsGreen = (folder: string, command: string): boolean =>
  spawnSync('sh', ['-c', `${command} -x -q`], { cwd: folder, stdio: 'ignore' }).status === 0;

// FastAPI before 0.122 answers a missing bearer token with 403; parcel-lockers is pinned to such a version.
const examples = ['pottery-studio', 'parcel-lockers'];

describe.each(examples)('the suite of %s', (name) => {
  let folder: string;
  let first: ReturnType<typeof generate>;

  beforeAll(() => {
    folder = pythonCopy(name, pythonEnvironment(name));
    first = generate(folder);
  }, 300_000);

  test('is green on the first run, unedited, twice, in two orders', () => {
    expect(first.document.run.problem).toBeUndefined();
    expect(first.document.run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
    expect(first.code).toBe(0);
  });

  test('stays byte for byte on a second run', () => {
    const before = texts(folder);

    const second = generate(folder, '--no-verify');

    expect(second.document.implementation.files.filter((file) => file.change !== 'keep')).toEqual([]);
    expect(texts(folder)).toEqual(before);
  }, 300_000);

  test.each(faultsOf(name, 8))(
    'goes red on the planted fault %s',
    (_id, fault) => {
      const mend = plant(folder, fault);

      const green = suiteIsGreen(folder, first.document.run.command);
      mend();

      expect(green).toBe(false);
    },
    120_000,
  );
});
