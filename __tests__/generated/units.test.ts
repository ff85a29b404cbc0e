import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';

interface Document {
  plan: { cases: { state: string }[] };
  run: { verdicts: { verdict: string }[] };
  implementation: { files: { path: string; change: string }[] };
}

const cli = path.resolve('dist/src/cli.js');

function unit(root: string): { code: number | null; document: Document } {
  const { status, stdout } = spawnSync(process.execPath, [cli, 'unit', 'src/toll.js', '--json', '--no-install'], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: status, document: JSON.parse(stdout) as Document };
}

// A service without dependencies of its own to install: it borrows this project's runner. About 20 s.
describe('unit tests of toll-bridge', () => {
  let root: string;
  let first: ReturnType<typeof unit>;

  beforeAll(() => {
    root = temporaryFolder('toll-bridge');
    cpSync(path.resolve('__tests__/fixtures/toll-bridge'), root, { recursive: true });
    symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
    first = unit(root);
  }, 120_000);

  test('are green on the first run, with nothing left out', () => {
    expect(first.document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(first.document.plan.cases.length).toBeGreaterThan(15);
    expect(first.code).toBe(0);
  });

  test('stay as they are on a second run', () => {
    expect(unit(root).document.implementation.files.filter(({ change }) => change !== 'keep')).toEqual([]);
  }, 120_000);

  test.each([
    ['a bound', 'axles < 2', 'axles <= 2'],
    ['a sum', 'base - 50', 'base + 50'],
    ['a pattern', '\\d{3}$/', '\\d{4}$/'],
    ['a status', 'this.status = 503', 'this.status = 500'],
    ['a call that is dropped', 'await this.ledger.note(plate, amount);', ''],
  ])(
    'go red when %s is changed',
    (_name, find, replace) => {
      const file = path.join(root, 'src/toll.js');
      const before = readFileSync(file, 'utf8');
      expect(before.split(find)).toHaveLength(2);
      writeFileSync(
        file,
        before.replace(find, () => replace),
      );

      const { status } = spawnSync('npx', ['jest', '--bail', '--silent'], { cwd: root, stdio: 'ignore' });
      writeFileSync(file, before);

      expect(status).not.toBe(0);
    },
    60_000,
  );
});
