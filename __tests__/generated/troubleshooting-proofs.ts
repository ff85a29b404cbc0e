/** What shows, beside each block of references/troubleshooting.md, that the fix holds: appended to it, by anchor. */
export const proofs: Record<string, string> = {
  'server-left-open': `import { expect, test } from '@jest/globals';
test('listens', async () => {
  const { port } = server.address() as { port: number };
  expect((await fetch(\`http://127.0.0.1:\${port}/orders\`)).status).toBe(200);
});`,
  'client-left-open': `import { expect, test } from '@jest/globals';
test('is open until the end', () => { expect(pool.ended).toBe(false); });`,
  'fake-timers-freeze-server': `test('the clock stands, timers run', async () => {
  expect(new Date().toISOString()).toBe('2026-03-01T12:00:00.000Z');
  await new Promise((resolve) => setTimeout(resolve, 5));
});`,
  'order-dependence': `test('what one test puts in', () => { cart.items.push('flour'); });
test('the next does not find', () => { expect(cart.items).toEqual([]); });`,
  'shared-database': `test('one for each worker', () => {
  expect(process.env['DATABASE_URL']).toMatch(/^postgres:\\/\\/localhost:5432\\/shop_test_\\d+$/);
});`,
  'wrong-database': `test('is one for tests', () => { expect(process.env['DATABASE_URL']).toBe('postgres://localhost/shop_test'); });`,
  'mongoose-buffering': `import { expect, test } from '@jest/globals';
test('is connected', () => { expect(mongoose.connection.readyState).toBe(1); });`,
  'rate-limit-shared': `import { expect, test } from '@jest/globals';
import request from 'supertest';
test.each([1, 2, 3])('request %d is answered', async () => {
  expect((await request(app).get('/orders')).status).toBe(200);
});`,
  'too-many-clients': `import { expect, test } from '@jest/globals';
test('is small', () => { expect(pool.options.max).toBe(2); });`,
  'clock-dependence': `import { expect, test } from '@jest/globals';
test('is the end of January', () => { expect(new Date().toISOString()).toMatch(/^2026-01-31/); });`,
};

export const networkProofs = {
  nock: `test('answers for the host', async () => {
  expect(await (await fetch('https://rates.example.com/EUR')).json()).toEqual({ GBP: 0.86 });
});`,
  msw: '',
};

export const refusesOthers = `import { createServer } from 'node:http';
test('refuses other hosts, lets 127.0.0.1 through', async () => {
  await expect(fetch('https://elsewhere.example.com/')).rejects.toThrow();
  const local = createServer((_request, response) => response.end('here'));
  await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve));
  const { port } = local.address() as { port: number };
  expect(await (await fetch(\`http://127.0.0.1:\${port}/\`)).text()).toBe('here');
  local.close();
});`;

/** No server of MongoDB is needed to see that a connection is opened before the tests and closed after them. */
export const standInForMongoose = `const connection = { readyState: 0 };
export default {
  connection,
  connect: async () => { connection.readyState = 1; },
  disconnect: async () => { connection.readyState = 0; },
};
`;

/** Prisma's engine is a binary that is not to be had everywhere: the calls of hive-prisma, over lists that all clients share. */
export const standInForPrisma = `const lists = { hive: [], frame: [] };
const matches = (where) => (row) => Object.entries(where).every(([name, value]) => row[name] === value);
const table = (name, defaults, unique) => ({
  async create({ data: { hive, ...fields } }) {
    if (unique && lists[name].some((row) => row[unique] === fields[unique])) throw Object.assign(new Error('Unique'), { code: 'P2002' });
    const id = 1 + Math.max(0, ...lists[name].map((row) => row.id));
    const row = { id, ...defaults, ...fields, ...(hive ? { hiveId: hive.connect.id } : {}) };
    lists[name].push(row);
    return { ...row };
  },
  findUnique: async ({ where }) => lists[name].find(matches(where)) ?? null,
  findMany: async () => [...lists[name]],
  async deleteMany({ where = {} } = {}) {
    const left = lists[name].filter((row) => !matches(where)(row));
    const count = lists[name].length - left.length;
    lists[name] = left;
    return { count };
  },
});
exports.PrismaClient = class {
  hive = table('hive', { mood: 'CALM' }, 'name');
  frame = table('frame', { note: null });
  async $disconnect() {}
};
`;

export const pythonProofs: Record<string, string> = {
  'fastapi-state-leaks': `def test_lifespan_and_override(client):
    assert client.get("/shelf").json() == {"user": 1, "shelf": "flour"}


def test_override_is_gone():
    assert TestClient(app).get("/shelf").status_code == 401
`,
  'event-loop-mismatch': `import asyncio

loops = []


async def test_needs_no_marker():
    assert engine.pool.__class__ is NullPool
    loops.append(asyncio.get_running_loop())


async def test_is_in_the_same_loop():
    assert loops == [asyncio.get_running_loop()]
`,
  'sqlite-per-connection': `from threading import Thread

from sqlalchemy import text


def test_another_thread_sees_the_table():
    with engine.begin() as connection:
        connection.execute(text("create table shelves (id integer)"))
    seen = []

    def look():
        with engine.connect() as connection:
            seen.append(connection.execute(text("select count(*) from shelves")).scalar())

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [0]
`,
};
