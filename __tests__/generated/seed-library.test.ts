import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { blocksOf, isExcerpt } from '../excerpts.js';
import { temporaryFolder } from '../temporary-folder.js';
import { differences, openapiOf, runForDocument } from './documents.js';
import { generate, texts } from './suite.js';

let folder: string;

beforeAll(() => {
  folder = temporaryFolder('seed-library');
  const isOwn = (source: string): boolean => !source.includes('node_modules');
  cpSync(path.resolve('examples/seed-library'), folder, { recursive: true, filter: isOwn });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, stdio: 'ignore' });
}, 120_000);

test('what is read is what @fastify/swagger says of the running app, but for what is explained', () => {
  writeFileSync(
    path.join(folder, 'document.ts'),
    `import Fastify from 'fastify';
import fp from 'fastify-plugin';
import seedLibrary from './src/app.js';

const app = Fastify({ pluginTimeout: 100_000 });
await app.register(fp(seedLibrary));
await app.ready();
process.stdout.write(JSON.stringify(app.swagger()));
await app.close();
`,
  );
  const running = runForDocument(folder, 'npx', ['tsx', 'document.ts'], { JWT_SECRET: 'only-for-tests' });
  rmSync(path.join(folder, 'document.ts'));

  expect(differences(openapiOf(folder), running)).toEqual([
    // Answered by a handler without a schema: what it sends is read.
    'DELETE /lots/{id} answers 204',
    'GET /health answers 200',
    // Hides itself from the document.
    'GET /openapi.json',
    'GET /openapi.json answers 200',
    // The validator fills in what has a default: nobody has to send it.
    'GET /varieties query limit',
    // The validator drops unknown fields: they are not refused.
    'POST /varieties takes application/json',
  ]);
}, 60_000);

/** Its section in references/framework-recipes.md, by the runner's name. */
const runners = { 'node:test': 'node-test', mocha: 'mocha', vitest: 'vitest', jest: 'jest', tap: 'tap' };
const isAll = process.env['ALL_RUNNERS'] !== undefined;

// The whole suite under each runner takes minutes: `npm run runners`. One operation under one runner takes 6 s.
test.each(Object.entries(runners).filter(([runner]) => isAll || runner === 'node:test'))(
  'under %s the suite is green, twice, and holds what its recipe shows',
  (runner, section) => {
    rmSync(path.join(folder, 'test'), { recursive: true, force: true });
    const shown = blocksOf('references/framework-recipes.md').filter(
      ({ anchor }) => anchor === 'fastify-inject' || (anchor === section && runner !== 'jest'),
    );

    const { code, document } = generate(folder, '--runner', runner, ...(isAll ? [] : ['--only', 'GET /health']));

    expect(document.run.problem).toBeUndefined();
    expect(document.run.verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(document.run.verdicts.length).toBeGreaterThan(isAll ? 150 : 0);
    expect(code).toBe(0);
    expect(shown).not.toEqual([]);
    expect(shown.filter(({ text }) => !isExcerpt(text, Object.values(texts(folder))))).toEqual([]);
  },
  300_000,
);
