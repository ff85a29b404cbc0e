import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { copyOf } from '../example-model.js';
import { temporaryFolder } from '../temporary-folder.js';
import { run, runIn } from './command-line.js';

function folder(files: Record<string, string>): string {
  const root = temporaryFolder('bakery');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const manifest = (dependencies: Record<string, string>, more: object = {}): string =>
  JSON.stringify({ name: 'bakery', dependencies, ...more });

describe('bad input: what, where, what to do; exit 2; nothing written', () => {
  test.each([
    ['no package.json', {}, 'no-package-json'],
    ['broken package.json', { 'package.json': '{ "name": ' }, 'broken-package-json'],
    ['not a backend', { 'package.json': manifest({ react: '^19.0.0' }) }, 'no-framework'],
    ['NestJS', { 'package.json': manifest({ '@nestjs/core': '^11.0.0' }) }, 'other-framework'],
    ['Python without FastAPI', { 'pyproject.toml': '[project]' }, 'no-framework'],
    ['Flask', { 'requirements.txt': 'flask==3.1.0' }, 'other-framework'],
    ['Django', { 'requirements.txt': 'Django>=5', 'manage.py': '' }, 'other-framework'],
    ['broken pyproject.toml', { 'pyproject.toml': '[project' }, 'broken-toml'],
    ['no FastAPI app', { 'requirements.txt': 'fastapi' }, 'no-entry'],
    [
      'two FastAPI apps',
      { 'requirements.txt': 'fastapi', 'shop/main.py': 'app = FastAPI()', 'admin/main.py': 'app = FastAPI()' },
      'two-apps',
    ],
    [
      'no virtual environment',
      { 'requirements.txt': 'fastapi', 'main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n' },
      'no-venv',
    ],
    ['two frameworks', { 'package.json': manifest({ express: '^5.0.0', fastify: '^5.0.0' }) }, 'two-frameworks'],
    ['no file that starts it', { 'package.json': manifest({ express: '^5.0.0' }) }, 'no-entry'],
    [
      'no routes',
      { 'package.json': manifest({ express: '^5.0.0' }), 'server.js': "require('express')().listen(1)" },
      'no-operations',
    ],
  ])('%s', async (_name, files, code) => {
    const root = folder(files);
    const before = readdirSync(root);

    const result = await run(root, '--yes');

    expect(result.code).toBe(2);
    expect(result.err).toContain(`[${code}]`);
    expect(result.out).toBe('');
    expect(readdirSync(root)).toEqual(before);
  });

  test.each([
    ['the root of a monorepo', { 'package.json': manifest({}, { private: true }) }],
    ['a folder of folders', {}],
  ])('%s: the services below are named', async (_name, files) => {
    const root = folder({
      ...files,
      'apps/ovens/package.json': manifest({ fastify: '^5.0.0' }),
      'apps/site/package.json': manifest({ react: '^19.0.0' }, { devDependencies: { express: '^5.0.0' } }),
      'apps/torn/package.json': '{',
      'services/python/orders/pyproject.toml': '[project]\ndependencies = ["fastapi>=0.115"]',
    });

    const result = await run(root, '--yes');

    expect(result.code).toBe(2);
    expect(result.err).toContain('backend-test apps/ovens (or services/python/orders).');
  });

  test('a folder that is not there', async () => {
    expect((await run('/nowhere/at/all', '--yes')).err).toContain('[no-folder]');
  });

  test('an unknown flag is named, with the nearest known one', async () => {
    const result = await run('.', '--dry-rum');

    expect(result.code).toBe(2);
    expect(result.err).toContain('--dry-rum is not a flag');
    expect(result.err).toContain('Did you mean --dry-run?');
  });

  test('a flag without its value', async () => {
    expect((await run('.', '--only')).code).toBe(2);
  });

  test('no terminal and no --yes', async () => {
    const result = await run(copyOf('tool-rental'));

    expect(result.code).toBe(2);
    expect(result.err).toContain('--yes');
  });

  test('dependencies that are not installed, and may not be', async () => {
    const root = copyOf('tool-rental');
    const before = readdirSync(root);

    const result = await run(root, '--yes', '--no-install');

    expect(result.code).toBe(2);
    expect(result.err).toContain('[not-installed]');
    expect(result.err).toContain('npm install');
    expect(readdirSync(root)).toEqual(before);
    expect(result.out).toContain('Nothing was written: --plan-only.');
    expect(result.out).toContain('POST /rentals');
  });

  test('Ctrl-C in the prompt: nothing is written', async () => {
    const root = copyOf('tool-rental');
    const before = readdirSync(root);
    const left = Object.assign(new Error('User force closed the prompt'), { name: 'ExitPromptError' });

    const result = await runIn(
      { interactive: true, prompter: () => Promise.resolve({ prompt: () => Promise.reject(left) }) },
      root,
    );

    expect(result.code).toBe(130);
    expect(result.err).toContain('Nothing was left half-written');
    expect(readdirSync(root)).toEqual(before);
  });

  test('a seed that is no whole number', async () => {
    expect((await run('.', '--seed', '1.5')).err).toContain('--seed takes a whole number');
  });

  test('a test folder outside the service', async () => {
    expect((await run(copyOf('tool-rental'), '--yes', '--out', '../elsewhere')).err).toContain('[outside]');
  });

  test('--only that matches nothing', async () => {
    expect((await run(copyOf('tool-rental'), '--dry-run', '--only', 'POST /nothing')).err).toContain('[no-operation]');
  });

  test('a syntax error in one file: named, the rest still read', async () => {
    const root = copyOf('tool-rental', [
      {
        file: 'src/tools/router.ts',
        find: "router.get('/', async (_request, response) => {",
        replace: "router.get('/', async (_request, response) => { const = ;",
      },
    ]);

    const result = await run('inspect', root, '--json');
    const document = JSON.parse(result.out) as {
      operations: { path: string }[];
      gaps: { reason: string; source?: { file: string } }[];
    };

    expect(result.code).toBe(0);
    expect(document.gaps.find((gap) => gap.reason.startsWith('Syntax error'))?.source?.file).toBe(
      'src/tools/router.ts',
    );
    expect(document.operations.map((operation) => operation.path)).toContain('/rentals/{id}');
  });

  test('a folder without write permission', async () => {
    const root = copyOf('tool-rental');
    if (process.getuid?.() === 0) writeFileSync(path.join(root, 'test'), 'a file where the folder should be');
    else chmodSync(root, 0o555);

    const result = await run(root, '--yes', '--no-install', '--no-verify');

    expect(result.code).toBe(2);
    expect(readdirSync(root)).not.toContain('.env.test');
  });
});

describe('what a run shows', () => {
  test('--dry-run --json: exactly one document, nothing written', async () => {
    const root = copyOf('tool-rental');
    const before = readdirSync(root);

    const result = await run(root, '--dry-run', '--json');
    const document = JSON.parse(result.out) as { plan: { cases: { kind: string }[] }; run: { command: string } };

    expect(result.code).toBe(0);
    expect(new Set(document.plan.cases.map((one) => one.kind))).toEqual(
      new Set([
        'success',
        'unauthenticated',
        'forbidden',
        'invalid-input',
        'not-found',
        'conflict',
        'rule',
        'side-effect',
      ]),
    );
    expect(document.run.command).toContain('jest');
    expect(readdirSync(root)).toEqual(before);
  });

  test('--only narrows the plan', async () => {
    const result = await run(copyOf('tool-rental'), '--dry-run', '--json', '--only', 'POST /rentals*');
    const document = JSON.parse(result.out) as { plan: { cases: { operation: string }[] } };

    expect(new Set(document.plan.cases.map((one) => one.operation))).toEqual(
      new Set(['POST /rentals', 'POST /rentals/{id}/return']),
    );
  });

  test('--help and --version', async () => {
    expect((await run('--help')).out).toContain('Exit codes');
    expect((await run('--version')).out).toBe('0.0.0\n');
  });

  test('init writes the plopfile once', async () => {
    const root = copyOf('tool-rental');

    expect((await run('init', root)).code).toBe(0);
    expect((await run('init', root)).err).toContain('[plopfile-exists]');
  });
});
