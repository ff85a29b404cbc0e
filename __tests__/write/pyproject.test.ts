import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { planChanges } from '../../src/write/index.js';
import { temporaryFolder } from '../temporary-folder.js';

function planned(before: string, after: string) {
  const root = temporaryFolder('tea-house');
  writeFileSync(path.join(root, 'pyproject.toml'), before);
  const [change] = planChanges(
    [{ path: 'pyproject.toml', text: after, ownership: 'seeded', cases: [] }],
    root,
    'tests',
  );
  expect(readFileSync(path.join(root, 'pyproject.toml'), 'utf8')).toBe(before);
  return change;
}

test('a table may be added at the end of pyproject.toml, with its line ends', () => {
  expect(planned('[project]\r\n', '[project]\n\n[tool.pytest.ini_options]\n')).toMatchObject({
    change: 'update',
    after: '[project]\r\n\r\n[tool.pytest.ini_options]\r\n',
  });
  expect(planned('[project]\n', '[project]\n')?.change).toBe('keep');
});

test('what is there is never changed', () => {
  expect(() => planned('[project]\nname = "tea"\n', '[project]\n')).toThrow('would change what is there');
});
