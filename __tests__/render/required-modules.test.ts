import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { Triage } from '../../src/model/index.js';
import { requiredModules } from '../../src/render/javascript/required-modules.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A bakery with these packages: where each stands, and its package.json. */
function bakery(packages: Record<string, object>): Triage {
  const root = temporaryFolder('bakery');
  const all = { '.': { dependencies: { fastify: '^5.0.0', '@fastify/cookie': '^11.0.0' } }, ...packages };
  for (const [folder, json] of Object.entries(all)) {
    mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, folder, 'package.json'), JSON.stringify(json));
  }
  return { root, framework: { value: 'fastify' } } as Triage;
}

const esm = { type: 'module', exports: './dist/index.js' };

test('names the way to each ES module that packages of Fastify require, nested ones too', () => {
  const triage = bakery({
    'node_modules/fastify': { dependencies: { 'light-my-request': '^6.0.0' } },
    'node_modules/light-my-request': { dependencies: { cookie: '^2.0.0' } },
    'node_modules/cookie': esm,
    'node_modules/@fastify/cookie': { dependencies: { cookie: '^2.1.0' } },
    'node_modules/@fastify/cookie/node_modules/cookie': esm,
  });

  expect(requiredModules(triage)).toEqual([
    ['@fastify/cookie', 'cookie'],
    ['fastify', 'light-my-request', 'cookie'],
  ]);
});

test('leaves out what can be required, and what the service itself imports', () => {
  const triage = bakery({
    'node_modules/fastify': { dependencies: { 'light-my-request': '^6.0.0', both: '^1.0.0' } },
    'node_modules/light-my-request': { dependencies: { cookie: '^1.0.0' } },
    'node_modules/cookie': { exports: './index.js' },
    'node_modules/both': { type: 'module', exports: { import: './index.js', require: './index.cjs' } },
    'node_modules/@fastify/cookie': esm,
  });

  expect(requiredModules(triage)).toEqual([]);
});

test('expects what Fastify 5 is made of where nothing is installed yet', () => {
  expect(requiredModules(bakery({}))).toEqual([['fastify', 'light-my-request', 'cookie']]);
});
