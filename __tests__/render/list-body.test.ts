import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect, plan, render, triage } from '../../src/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const app = `import Fastify from 'fastify';
export function build() {
  const app = Fastify();
  const reading = { type: 'object', required: ['kiln'], properties: { kiln: { type: 'string' } } };
  app.post('/readings', { schema: { body: { type: 'array', minItems: 1, items: reading } } }, async (request, reply) =>
    reply.code(201).send({ stored: request.body.length }));
  return app;
}
`;

test('a body that is a list is sent as it is, and its items are a gap', async () => {
  const root = temporaryFolder('kiln-log');
  mkdirSync(path.join(root, 'src'));
  writeFileSync(path.join(root, 'src/app.js'), app);
  writeFileSync(
    path.join(root, 'package.json'),
    JSON.stringify({ name: 'kiln-log', type: 'module', main: 'src/app.js', dependencies: { fastify: '^5.0.0' } }),
  );
  const facts = await triage(root, {});

  const suite = plan(inspect(facts), facts, { testFolder: 'test' });
  const files = await render(suite, facts);

  const factories = files.find((file) => file.path.endsWith('factories.js'))?.text;
  expect(factories).toContain("const readingInput = () => [{ kiln: 'sample kiln' }];");
  expect(suite.gaps.map((gap) => gap.reason)).toContain(
    'Its body is a list: what is refused about an item has no case.',
  );
});
