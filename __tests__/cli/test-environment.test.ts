import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { temporaryFolder } from '../temporary-folder.js';
import { run } from './command-line.js';

function bikeShed(): string {
  const root = temporaryFolder('bike-shed');
  cpSync(path.resolve('__tests__/generated/fixtures/bike-shed'), root, { recursive: true });
  return root;
}

const read = (root: string, file: string): string => readFileSync(path.join(root, file), 'utf8');

async function prepare(root: string, ...flags: string[]): Promise<Record<string, string>> {
  const { out } = await run('test-environment', root, '--yes', '--no-install', '--no-verify', '--json', ...flags);
  const document = JSON.parse(out) as { implementation: { files: { path: string; change: string }[] } };
  return Object.fromEntries(document.implementation.files.map(({ path: file, change }) => [file, change]));
}

describe('test-environment', () => {
  test('gives a service without routes its whole test folder', async () => {
    const root = bikeShed();

    const files = await prepare(root);

    expect(Object.keys(files)).toEqual([
      'test/api/smoke.test.js',
      'test/api/support/environment.js',
      'test/api/support/outside.js',
      'test/api/support/harness.js',
      '.env.test',
      'jest.config.mjs',
      'package.json',
      'test/README.md',
      '.github/workflows/tests.yml',
      'test/api/.backend-test.json',
    ]);
    expect(Object.keys((JSON.parse(read(root, 'package.json')) as { scripts: object }).scripts)).toEqual([
      'start',
      'test',
      'test:unit',
      'test:integration',
      'test:coverage',
    ]);
  });

  test('changes nothing the second time, and fills a hole', async () => {
    const root = bikeShed();
    await prepare(root);
    writeFileSync(path.join(root, 'jest.config.mjs'), 'export default {};\n');
    const environment = path.join(root, '.env.test');
    writeFileSync(environment, `${readFileSync(environment, 'utf8')}OURS=1\n`);

    const again = await prepare(root);

    expect(Object.values(again).filter((change) => change !== 'keep')).toEqual([]);
    expect(read(root, 'jest.config.mjs')).toBe('export default {};\n');
    expect(read(root, '.env.test')).toContain('OURS=1');
  });

  test('leaves what the repository has: a page of its own, a CI job', async () => {
    const root = bikeShed();
    mkdirSync(path.join(root, 'test'));
    writeFileSync(path.join(root, 'test/README.md'), '# Ours\n');
    mkdirSync(path.join(root, '.github/workflows'), { recursive: true });
    writeFileSync(path.join(root, '.github/workflows/ci.yml'), 'jobs: { test: { steps: [{ run: npm test }] } }\n');

    await prepare(root);

    expect(read(root, 'test/README.md')).toBe('# Ours\n');
    expect(existsSync(path.join(root, '.github/workflows/tests.yml'))).toBe(false);
  });

  test('in a package of a larger repository the job says where it goes and where it works', async () => {
    const repository = temporaryFolder('city');
    const root = path.join(repository, 'packages/bikes');
    mkdirSync(path.join(repository, '.git'));
    cpSync(path.resolve('__tests__/generated/fixtures/bike-shed'), root, { recursive: true });

    await prepare(root);

    expect(read(root, 'test/github-workflow.yml')).toMatch(
      /^# GitHub .*: this one goes to .github\/workflows\/bikes-tests.yml/,
    );
    expect(parse(read(root, 'test/github-workflow.yml'))).toMatchObject({
      on: { pull_request: { paths: ['packages/bikes/**'] } },
      jobs: { test: { defaults: { run: { 'working-directory': 'packages/bikes' } } } },
    });
  }, 30_000);

  test('a workflow that tests all packages of the repository is enough', async () => {
    const repository = temporaryFolder('city');
    const root = path.join(repository, 'packages/bikes');
    mkdirSync(path.join(repository, '.git'));
    mkdirSync(path.join(repository, '.github/workflows'), { recursive: true });
    writeFileSync(
      path.join(repository, '.github/workflows/all.yml'),
      'jobs: { all: { steps: [{ run: npx turbo test }] } }\n',
    );
    cpSync(path.resolve('__tests__/generated/fixtures/bike-shed'), root, { recursive: true });

    const files = await prepare(root);

    expect(Object.keys(files)).not.toContain('test/github-workflow.yml');
  }, 30_000);

  test('--ci gitlab', async () => {
    const root = bikeShed();

    await prepare(root, '--ci', 'gitlab');

    expect(read(root, '.gitlab-ci.yml')).toContain('    - npm ci\n');
  });

  test('--ci something else is named', async () => {
    const { code, err } = await run('test-environment', bikeShed(), '--yes', '--ci', 'jenkins');

    expect(code).toBe(2);
    expect(err).toContain('--ci takes github, gitlab or none');
  });

  test('what the tests read stays within coverage and layers when tests are added later', async () => {
    const root = bikeShed();
    await prepare(root);
    const config = read(root, 'jest.config.mjs');
    const server = read(root, 'src/server.js');
    writeFileSync(
      path.join(root, 'src/server.js'),
      server.replace('app.listen', "app.get('/sheds', (req, res) => res.json({ sheds: [] }));\n\napp.listen"),
    );

    await run(root, '--yes', '--no-install', '--no-verify');

    expect(existsSync(path.join(root, 'test/api/sheds.test.js'))).toBe(true);
    expect(read(root, 'jest.config.mjs')).toBe(config);
  });
});
