import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../temporary-folder.js';

interface Fault {
  id: string;
  class: string;
  file: string;
  find: string;
  replace: string;
}

interface Document {
  plan: { cases: { id: string }[] };
  implementation: { files: { change: string }[] };
  run: { command: string; problem?: string; verdicts: { verdict: string }[] };
  gaps: unknown[];
}

const cli = path.resolve('dist/src/cli.js');

function installed(example: string): string {
  const folder = temporaryFolder(example);
  cpSync(path.resolve('examples', example), folder, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  return folder;
}

function generate(folder: string, ...flags: string[]): { code: number | null; document: Document } {
  const result = spawnSync(process.execPath, [cli, folder, '--yes', '--json', ...flags], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { code: result.status, document: JSON.parse(result.stdout) as Document };
}

function suiteIsGreen(folder: string, command: string): boolean {
  return spawnSync('sh', ['-c', `${command} --bail --silent`], { cwd: folder, stdio: 'ignore' }).status === 0;
}

const texts = (folder: string): Record<string, string> => {
  const all: Record<string, string> = {};
  const visit = (inside: string): void => {
    for (const entry of readdirSync(path.join(folder, inside), { withFileTypes: true })) {
      const name = path.join(inside, entry.name);
      if (entry.name === 'node_modules') continue;
      if (entry.isDirectory()) visit(name);
      else all[name] = readFileSync(path.join(folder, name), 'utf8');
    }
  };
  visit('');
  return all;
};

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

  const faults = (
    JSON.parse(readFileSync(path.resolve('__tests__/faults', `${example}.json`), 'utf8')) as Fault[]
  ).filter((_, index) => index % 7 === 0);

  test.each(faults.map((fault) => [fault.id, fault] as const))(
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
