import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';
import { faultsOf, generate, plant, texts } from './suite.js';

function installed(example: string): string {
  const folder = temporaryFolder(example);
  cpSync(path.resolve('examples', example), folder, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  return folder;
}

function suiteIsGreen(folder: string, command: string): boolean {
  return spawnSync('sh', ['-c', `${command} --bail --silent`], { cwd: folder, stdio: 'ignore' }).status === 0;
}

describe.each(['tool-rental', 'library-loans'])('the suite of %s', (example) => {
  let folder: string;
  let first: ReturnType<typeof generate>;

  beforeAll(() => {
    folder = installed(example);
    first = generate(folder);
  }, 300_000);

  test('is green on the first run, unedited, twice, in two orders, with nothing left out', () => {
    expect(first.document.run.problem).toBeUndefined();
    expect(first.document.run.verdicts.filter((one) => one.verdict !== 'pass')).toEqual([]);
    expect(first.code).toBe(0);
  });

  test('passes eslint-plugin-jest and, where it is typed, a strict compiler, with no finding', () => {
    const findings = (name: string, ...args: string[]): string => {
      const options = { cwd: folder, encoding: 'utf8' } as const;
      const { stdout, stderr } = spawnSync(process.execPath, [path.resolve('node_modules', name), ...args], options);
      return stdout + stderr;
    };
    const sources = Object.keys(texts(path.join(folder, 'test'))).map((file) => path.join('test', file));
    const typed = sources.filter((file) => file.endsWith('.ts'));
    const strict =
      '--ignoreConfig --noEmit --strict --noUnusedLocals --skipLibCheck --target es2022 --module nodenext'.split(' ');

    expect(
      findings('eslint/bin/eslint.js', '--config', path.resolve('__tests__/generated/eslint.generated.mjs'), 'test'),
    ).toBe('');
    expect(typed.length ? findings('typescript/bin/tsc', ...strict, '--types', 'node', ...typed) : '').toBe('');
  }, 120_000);

  test('stays byte for byte on a second run', () => {
    const before = texts(folder);

    const second = generate(folder, '--no-verify');

    expect(second.document.implementation.files.filter((file) => file.change !== 'keep')).toEqual([]);
    expect(texts(folder)).toEqual(before);
  }, 300_000);

  test.each(faultsOf(example, 7))(
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
