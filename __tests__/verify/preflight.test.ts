import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { neededServers } from '../../src/plan/index.js';
import { preflight } from '../../src/verify/index.js';

test.each([
  ['postgres://cook:secret@127.0.0.1:6543/kitchen_test', 'PostgreSQL', 6543],
  ['postgresql+asyncpg://localhost/kitchen_test', 'PostgreSQL', 5432],
  ['mongodb://localhost/kitchen_test', 'MongoDB', 27017],
  ['redis://localhost', 'Redis', 6379],
])('%s is a server that is needed', (url, name, port) => {
  expect(neededServers({ PANTRY: url })).toEqual([expect.objectContaining({ name, port, variable: 'PANTRY', url })]);
});

test.each(['memory://', ':memory:', 'https://bakery.test', 'sqlite:///kitchen_test.db', 'a word'])(
  '%s is none',
  (url) => {
    expect(neededServers({ PANTRY: url })).toEqual([]);
  },
);

test('a server that answers is not mentioned; one that does not is named, with what starts it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const needed = neededServers({ STORE: `postgres://127.0.0.1:${port}/kitchen_test` });

  const reached = await preflight(needed);
  server.close();
  await once(server, 'close');

  expect(reached).toEqual([]);
  expect(await preflight(needed)).toEqual([
    `PostgreSQL is not reachable on 127.0.0.1:${port} (STORE in .env.test). Start it, for example: docker run -d -p ${port}:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres:17`,
  ]);
});
