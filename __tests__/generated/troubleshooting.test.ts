import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Block, blocksOf, isExcerpt } from '../excerpts.js';
import { pythonEnvironment } from '../python-environment.js';
import {
  networkProofs,
  proofs,
  pythonProofs,
  refusesOthers,
  standInForMongoose,
  standInForPrisma,
} from './troubleshooting-proofs.js';
import { generate, texts } from './suite.js';
import { temporaryFolder } from '../temporary-folder.js';

const leakyMock = (from: string): string => `${from}
const send = FN();
test('greets', () => { send('hello'); expect(send).toHaveBeenCalledTimes(1); });
test('is silent', () => { expect(send).not.toHaveBeenCalled(); });
`;

const blocks = blocksOf('references/troubleshooting.md');
const of = (anchor: string, language: string): string =>
  blocks.find((block) => block.anchor === anchor && block.language === language)?.text ?? '';
const isConfiguration = ({ text }: Block): boolean => text.includes('vitest/config');
const code = blocks.filter((block) => block.language === 'ts' && !isConfiguration(block));
const forJest = code.filter(({ text }) => text.includes("from '@jest/globals'"));
const forVitest = code.filter((block) => !forJest.includes(block));

/** The block, and the proof, as a test file. */
function asTest({ text, anchor }: Block, runner: string): string {
  const network = text.includes("'nock'") ? networkProofs.nock : networkProofs.msw;
  const proof = anchor === 'real-network' ? `${network}\n${refusesOthers}` : (proofs[anchor] ?? '');
  if (proof === '') expect(text).toMatch(/^test\(/m);
  const imported = /import \{[^}]*\btest\b/.test(`${text}${proof}`);
  return `${imported ? '' : `import { expect, test } from '${runner}';\n`}${text}${proof}\n`;
}

interface Results {
  numFailedTests: number;
  numPassedTests: number;
  testResults: { name: string; status: string; message: string }[];
}

// A shop with Express, pg, nock, msw, Jest and Vitest, installed once; every block of the page in a file of its own. About 30 s.
describe('every block of references/troubleshooting.md runs', () => {
  const shop = temporaryFolder('reference-shop');
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(shop, file)), { recursive: true });
    writeFileSync(path.join(shop, file), text);
  };
  const run = (command: string): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: shop, encoding: 'utf8' });
    // Runners colour their lines where CI is set.
    return { status, output: stripVTControlCharacters(stdout + stderr) };
  };
  const results = (): Results => JSON.parse(readFileSync(path.join(shop, 'results.json'), 'utf8')) as Results;
  const broken = (): string[] =>
    results().testResults.flatMap(({ name, status, message }) =>
      status === 'passed' ? [] : [`${path.basename(name)}: ${message}`],
    );

  beforeAll(() => {
    cpSync(path.resolve('__tests__/generated/fixtures/reference-shop'), shop, { recursive: true });
    const own = JSON.parse(readFileSync(path.join(shop, 'package.json'), 'utf8')) as object;
    put('package.json', JSON.stringify({ ...own, ...(JSON.parse(of('leak-masked', 'json')) as object) }));
    put('.env.test', 'DATABASE_URL=postgres://localhost/shop_test\n');
    put('src/mongoose.ts', standInForMongoose);
    for (const block of forJest)
      put(`test/${block.anchor}-${String(block.line)}.test.ts`, asTest(block, '@jest/globals'));
    for (const block of forVitest) put(`vitest/${block.anchor}-${String(block.line)}.test.ts`, asTest(block, 'vitest'));
    put('test/orders.test.ts', of('not-awaited', 'ts'));
    put('mocks/clear.mjs', of('mocks-leak', 'js'));
    put('mocks/mailer.test.js', leakyMock('').replace('FN', 'jest.fn'));
    put('esm/transform.mjs', of('esm-under-commonjs', 'js'));
    put(
      'esm/id.test.js',
      "const { nanoid } = require('nanoid');\ntest('is loaded', () => { expect(nanoid()).toHaveLength(21); });\n",
    );
    put('vitest-mocks/vitest.config.ts', of('mocks-leak', 'ts'));
    put('vitest-mocks/mailer.test.ts', leakyMock("import { expect, test, vi } from 'vitest';").replace('FN', 'vi.fn'));
    put('vitest-forks/vitest.config.ts', of('native-addon-in-threads', 'ts'));
    put(
      'vitest-forks/pool.test.ts',
      "import { isMainThread } from 'node:worker_threads';\nimport { expect, test } from 'vitest';\ntest('is a process', () => { expect(isMainThread).toBe(true); });\n",
    );
    put(
      'jest.config.mjs',
      `import clear from './mocks/clear.mjs';
import transform from './esm/transform.mjs';
const typed = { '^.+\\\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] };
export default {
  projects: [
    { displayName: 'blocks', roots: ['<rootDir>/test'], transform: typed, moduleNameMapper: { '^mongoose$': '<rootDir>/src/mongoose.ts' } },
    { displayName: 'mocks', roots: ['<rootDir>/mocks'], ...clear },
    { displayName: 'esm', roots: ['<rootDir>/esm'], ...transform },
  ],
};
`,
    );
    const { status, output } = run('npm install --no-audit --no-fund --prefer-offline');
    if (status !== 0) throw new Error(output);
  }, 180_000);

  test('with Jest, its settings too', () => {
    const { status, output } = run('npm test -- --json --outputFile=results.json');

    expect(broken()).toEqual([]);
    expect(results().testResults).toHaveLength(forJest.length + 3);
    expect(output).not.toContain('did not exit');
    expect(status).toBe(0);
  }, 60_000);

  test('with Vitest', () => {
    run('npx vitest run --dir vitest --reporter=json --outputFile=results.json');

    expect(broken()).toEqual([]);
    expect(results().testResults).toHaveLength(forVitest.length);
  }, 60_000);

  test.each(['vitest-mocks', 'vitest-forks'])(
    'the settings of Vitest: %s',
    (folder) => {
      const { status, output } = run(`npx vitest run --root ${folder}`);

      expect(output).toMatch(/Tests +\d passed/);
      expect(status).toBe(0);
    },
    60_000,
  );

  test.each(blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim()))(
    '%s',
    (command) => {
      expect(run(command).status).toBe(0);
    },
    60_000,
  );

  // Of references/framework-recipes.md, here because all that it needs is installed. About 5 s.
  test("what the recipe of Prisma shows, over a stand-in for Prisma's client", () => {
    const hive = path.join(shop, 'hive');
    cpSync(path.resolve('__tests__/inspect/fixtures/hive-prisma'), hive, { recursive: true });
    const own = JSON.parse(readFileSync(path.join(hive, 'package.json'), 'utf8')) as object;
    const devDependencies = { jest: '^30.0.0', supertest: '^7.0.0' };
    put('hive/package.json', JSON.stringify({ ...own, devDependencies }));
    put('hive/node_modules/@prisma/client/index.js', standInForPrisma);

    const { code, document } = generate(hive, '--no-install');
    const shown = blocksOf('references/framework-recipes.md').filter(({ anchor }) => anchor === 'Prisma');

    expect(document.run.problem).toBeUndefined();
    expect(document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(code).toBe(0);
    expect(shown).toHaveLength(1);
    expect(shown.filter(({ text }) => !isExcerpt(text, Object.values(texts(hive))))).toEqual([]);
  }, 60_000);

  test('with pytest', () => {
    const environment = pythonEnvironment('pottery-studio');
    symlinkSync(environment, path.join(shop, '.venv'));
    const python = blocks.filter(({ language }) => language === 'python');
    put('pyproject.toml', of('event-loop-mismatch', 'toml'));
    for (const { anchor, text } of python)
      put(`tests/test_${anchor.replaceAll('-', '_')}.py`, `${text}\n\n${pythonProofs[anchor] ?? ''}`);
    const installed = run('.venv/bin/python -m pip install --quiet --target more "pytest-asyncio>=1.1" asyncpg');
    expect(installed.output).toBe('');

    const { output } = run('PYTHONPATH=more:. .venv/bin/python -m pytest -q -p no:cacheprovider tests');

    expect(output).toMatch(new RegExp(`^${String(python.length + 2)} passed`, 'm'));
  }, 120_000);
});
