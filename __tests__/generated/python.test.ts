import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pythonCopy, pythonEnvironment } from '../python-environment.js';

interface Fault {
  id: string;
  file: string;
  find: string;
  replace: string;
}

interface Document {
  implementation: { files: { change: string }[] };
  run: { command: string; problem?: string; verdicts: { verdict: string }[] };
}

function generate(folder: string, ...flags: string[]): { code: number | null; document: Document } {
  const cli = path.resolve('dist/src/cli.js');
  const result = spawnSync(process.execPath, [cli, folder, '--yes', '--json', ...flags], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (result.stdout === '') throw new Error(result.stderr);
  return { code: result.status, document: JSON.parse(result.stdout) as Document };
}

const suiteIsGreen = (folder: string, command: string): boolean =>
  spawnSync('sh', ['-c', `${command} -x -q`], { cwd: folder, stdio: 'ignore' }).status === 0;

function texts(folder: string): Record<string, string> {
  const all: Record<string, string> = {};
  const visit = (inside: string): void => {
    for (const entry of readdirSync(path.join(folder, inside), { withFileTypes: true })) {
      const name = path.join(inside, entry.name);
      if (/^(\.venv|__pycache__|\.pytest_cache)$/.test(entry.name) || entry.name.endsWith('.db')) continue;
      if (entry.isDirectory()) visit(name);
      else all[name] = readFileSync(path.join(folder, name), 'utf8');
    }
  };
  visit('');
  return all;
}

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
    expect(first.document.run.verdicts.filter((one) => one.verdict !== 'pass' && one.verdict !== 'not-run')).toEqual(
      [],
    );
    expect(first.code).toBe(0);
  });

  test('stays byte for byte on a second run', () => {
    const before = texts(folder);

    const second = generate(folder, '--no-verify');

    expect(second.document.implementation.files.filter((file) => file.change !== 'keep')).toEqual([]);
    expect(texts(folder)).toEqual(before);
  }, 300_000);

  const faults = (JSON.parse(readFileSync(path.resolve('__tests__/faults', `${name}.json`), 'utf8')) as Fault[]).filter(
    (_, index) => index % 8 === 0,
  );

  test.each(faults.map((fault): [string, Fault] => [fault.id, fault]))(
    'goes red on the planted fault %s',
    (_id, fault) => {
      const file = path.join(folder, fault.file);
      const before = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        before.replace(fault.find, () => fault.replace),
      );

      const green = suiteIsGreen(folder, first.document.run.command);
      writeFileSync(file, before);

      expect(green).toBe(false);
    },
    120_000,
  );
});
