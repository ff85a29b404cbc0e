import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { pythonCopy, pythonEnvironment } from '../python-environment.js';
import { temporaryFolder } from '../temporary-folder.js';
import { differences, type Document } from './documents.js';
import { cli } from './suite.js';

const run = (folder: string, program: string, args: string[], env = {}): Document =>
  JSON.parse(
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } }),
  ) as Document;
const read = (folder: string): Document => run(folder, process.execPath, [cli, 'inspect', '--openapi', '.']);

test('what is read of seed-library is what @fastify/swagger says of the running app, but for what is explained', () => {
  const folder = temporaryFolder('seed-library');
  const isOwn = (source: string): boolean => !source.includes('node_modules');
  cpSync(path.resolve('examples/seed-library'), folder, { recursive: true, filter: isOwn });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, stdio: 'ignore' });
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
  const running = run(folder, 'npx', ['tsx', 'document.ts'], { JWT_SECRET: 'only-for-tests' });

  expect(differences(read(folder), running)).toEqual([
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
}, 120_000);

/** Operations that refuse invalid input; FastAPI gives them all the same schema. */
const refusing = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([name, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      '422' in responses ? [`${method} ${name.replace(/(.)\/$/, '$1')}`] : [],
    ),
  );

test.each([
  // FastAPI's own form: `scope` may be left out or be null, and `format: password` says nothing to a test.
  ['pottery-studio', 'studio.main', ['POST /auth/token takes application/x-www-form-urlencoded']],
  ['parcel-lockers', 'app.main', []],
])(
  'what is read of %s is what app.openapi() says, but for what is explained',
  (name, module, explained) => {
    const folder = pythonCopy(name, pythonEnvironment(name));
    const program = `import json; from ${module} import app; print(json.dumps(app.openapi()))`;
    const env = { JWT_SECRET: 'only-for-tests', TOKEN_SECRET: 'only-for-tests', DEVICE_KEY: 'only-for-tests' };

    const running = run(folder, path.resolve(folder, '.venv/bin/python'), ['-c', program], env);
    const ours = read(folder);

    expect(refusing(ours).sort()).toEqual(refusing(running).sort());
    expect(differences(ours, running).filter((one) => !one.endsWith('answers 422'))).toEqual(explained);
  },
  120_000,
);
