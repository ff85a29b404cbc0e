import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { diagnose } from '../../src/diagnose/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A suite of Jest that loads `letterpress`, which loads `ink`. */
function printShop(ink: Record<string, string>): string {
  const root = temporaryFolder('print-shop');
  const files = {
    'package.json': JSON.stringify({ scripts: { test: 'jest' }, devDependencies: { jest: '^30.0.0' } }),
    'test/press.test.js':
      "const press = require('letterpress');\n\ntest('prints', () => {\n  expect(press()).toBe('ink');\n});\n",
    'node_modules/letterpress/package.json': JSON.stringify({ name: 'letterpress', main: 'index.js' }),
    'node_modules/letterpress/index.js': "const ink = require('ink');\nmodule.exports = () => ink.colour;\n",
    ...Object.fromEntries(Object.entries(ink).map(([file, text]) => [`node_modules/ink/${file}`, text])),
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

test('an ES module far down is found, with the way to it', async () => {
  const root = printShop({
    'package.json': JSON.stringify({ name: 'ink', type: 'module', exports: './index.js' }),
    'index.js': "export const colour = 'ink';\n",
  });

  const { findings } = await diagnose(root);

  expect(findings).toMatchObject([{ symptom: 13, file: 'test/press.test.js', line: 1 }]);
  expect(findings[0]?.evidence).toContain('letterpress → ink');
});

test('a package of both kinds is none: a folder of it says that it is CommonJS', async () => {
  const root = printShop({
    'package.json': JSON.stringify({
      name: 'ink',
      type: 'module',
      exports: { '.': { import: './esm/index.js', require: './cjs/index.js' } },
    }),
    'cjs/package.json': JSON.stringify({ type: 'commonjs' }),
    'cjs/index.js': "exports.colour = 'ink';\n",
    'esm/index.js': "export const colour = 'ink';\n",
  });

  expect((await diagnose(root)).findings).toEqual([]);
});
