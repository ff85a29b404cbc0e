import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

function service(files: Record<string, string>): string {
  const root = temporaryFolder('tea-house');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const app = 'from fastapi import FastAPI\n\napp = FastAPI()\n';
/** An environment as its files show it. */
const environment = (folder: string, ...packages: string[]): Record<string, string> => ({
  [`${folder}/pyvenv.cfg`]: 'version = 3.12.4\n',
  [`${folder}/bin/python`]: '',
  ...Object.fromEntries(
    packages.map((name) => [`${folder}/lib/python3.12/site-packages/${name}.dist-info/METADATA`, '']),
  ),
});

describe('where the FastAPI version comes from', () => {
  test.each<[string, Record<string, string>, string]>([
    ['requirements.txt', { 'requirements.txt': 'fastapi[standard]==0.121.3 ; python_version > "3.9"\n' }, '0.121.3'],
    ['pyproject.toml', { 'pyproject.toml': '[project]\nname = "tea"\ndependencies = ["FastAPI>=0.122"]\n' }, '>=0.122'],
    ['poetry', { 'pyproject.toml': '[tool.poetry.dependencies]\nfastapi = { version = "^0.115" }\n' }, '^0.115'],
    ['setup.cfg', { 'setup.cfg': '[options]\ninstall_requires =\n    fastapi==0.110.0\n    httpx\n' }, '0.110.0'],
    ['Pipfile', { Pipfile: '[packages]\nfastapi = "==0.120.4"\n' }, '0.120.4'],
    [
      'a lock, before the range',
      {
        'pyproject.toml': '[project]\ndependencies = ["fastapi>=0.100"]\n',
        'uv.lock': '[[package]]\nname = "fastapi"\nversion = "0.123.1"\n',
      },
      '0.123.1',
    ],
    [
      'what is installed, before a lock',
      {
        'requirements.txt': 'fastapi\n',
        'poetry.lock': '[[package]]\nname = "fastapi"\nversion = "0.99.0"\n',
        ...environment('.venv', 'fastapi-0.130.0', 'starlette-1.0.0'),
      },
      '0.130.0',
    ],
  ])('%s', (_name, files, expected) => {
    expect(triage(service({ 'main.py': app, ...files })).frameworkVersion.value).toBe(expected);
  });
});

describe('the app', () => {
  test.each<[string, Record<string, string>, string]>([
    ['main.py', { 'main.py': app }, 'main.py#app'],
    ['a shallow main before a deep one', { 'tea/main.py': app, 'tea/admin/api/main.py': app }, 'tea/main.py#app'],
    [
      'what the Dockerfile runs',
      { 'tea/web.py': 'x = FastAPI()\n', 'main.py': app, Dockerfile: 'CMD ["uvicorn", "tea.web:x"]' },
      'tea/web.py#x',
    ],
    ['a factory', { 'tea/app.py': 'def create_app() -> FastAPI:\n    return FastAPI()\n' }, 'tea/app.py#create_app'],
    [
      'not one in a test',
      { 'tea/service.py': app, 'tests/main.py': app, 'tests/test_main.py': app },
      'tea/service.py#app',
    ],
  ])('%s', (_name, files, expected) => {
    expect(triage(service({ 'requirements.txt': 'fastapi', ...files })).entry.value).toBe(expected);
  });

  test('--app takes it as uvicorn does', () => {
    const root = service({ 'requirements.txt': 'fastapi', 'shop/main.py': app, 'admin/main.py': app });

    expect(triage(root, { entry: 'admin.main:app' }).entry).toEqual({
      value: 'admin/main.py#app',
      origin: 'flag',
      evidence: '--app',
    });
  });
});

test('the environment: .venv inside the service, relative', () => {
  const facts = triage(
    service({ 'main.py': app, 'requirements.txt': 'fastapi', ...environment('.venv', 'fastapi-0.130.0') }),
  );

  expect(facts.python?.value).toMatchObject({ interpreter: '.venv/bin/python', installed: true, version: '3.12' });
});

test('absolute imports begin in src/', () => {
  const files = { 'src/tea/main.py': `from tea.menu import menu\n${app}`, 'src/tea/menu.py': 'menu = []\n' };

  expect(triage(service({ 'requirements.txt': 'fastapi', ...files })).python?.value.sourceRoot).toBe('src');
});

test('tests go beside those that are there, under names of their own', () => {
  const facts = triage(
    service({ 'requirements.txt': 'fastapi', 'main.py': app, 'tests/test_menu.py': 'def test_menu(): ...\n' }),
  );

  expect([facts.testFolder.value, facts.testPrefix?.value, facts.testSuffix.value]).toEqual([
    'tests/api',
    'test_api_',
    '.py',
  ]);
});

test.each<[string, Record<string, string>, { quotes: string; lineLength?: number }]>([
  [
    'ruff',
    { 'pyproject.toml': '[tool.ruff]\nline-length = 120\n[tool.ruff.format]\nquote-style = "single"\n' },
    { quotes: 'single', lineLength: 120 },
  ],
  ['black', { 'pyproject.toml': '[tool.black]\nline-length = 79\n' }, { quotes: 'double', lineLength: 79 }],
  ['the sources', { 'menu.py': "tea = 'green'\nprice = 'low'\n" }, { quotes: 'single' }],
])('style as %s says', (_name, files, expected) => {
  expect(triage(service({ 'requirements.txt': 'fastapi', 'main.py': app, ...files })).style.value).toMatchObject(
    expected,
  );
});
