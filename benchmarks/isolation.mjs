/**
 * What it costs to keep tests apart: one write and one read a test, with the reset that generated suites do before each, against
 * none. SQLite and PGlite always; PostgreSQL where TEST_DATABASE_URL names one. Prints milliseconds a test and the ratio.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

const tests = 300;
const tables = ['tools', 'customers', 'rentals', 'payments', 'reviews'];
const folder = mkdtempSync(path.join(tmpdir(), 'isolation-'));
const load = createRequire(path.join(folder, 'package.json'));
const url = process.env.TEST_DATABASE_URL;

/** Each part: runs one statement, resets, closes. */
const parts = {
  async SQLite() {
    const Database = load('better-sqlite3');
    const db = new Database(path.join(folder, 'test.sqlite'));
    db.pragma('journal_mode = WAL');
    const run = async (sql) => (/^select/i.test(sql) ? db.prepare(sql).all() : db.exec(sql));
    return {
      run,
      reset: async () => tables.forEach((table) => db.exec(`DELETE FROM ${table}`)),
      close: () => db.close(),
    };
  },
  async PGlite() {
    const { PGlite } = load('@electric-sql/pglite');
    const db = await PGlite.create();
    const reset = async () => {
      for (const table of tables) await db.query(`DELETE FROM ${table}`);
    };
    return { run: (sql) => db.query(sql), reset, close: () => db.close() };
  },
  async PostgreSQL() {
    const { Client } = load('pg');
    const db = new Client(url);
    await db.connect();
    const reset = () => db.query(`TRUNCATE ${tables.join(', ')} RESTART IDENTITY CASCADE`);
    return { run: (sql) => db.query(sql), reset, close: () => db.end() };
  },
};

/** Milliseconds a test. */
async function timed({ run, reset }, isolates) {
  const start = performance.now();
  for (let index = 0; index < tests; index++) {
    if (isolates) await reset();
    for (const table of tables) await run(`INSERT INTO ${table} (name) VALUES ('one')`);
    await run(`SELECT * FROM ${tables[index % tables.length]} LIMIT 10`);
  }
  return (performance.now() - start) / tests;
}

try {
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const packages = ['better-sqlite3', '@electric-sql/pglite', 'pg'];
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], {
    cwd: folder,
    stdio: 'ignore',
  });
  for (const [name, open] of Object.entries(parts)) {
    if (name === 'PostgreSQL' && url === undefined) {
      console.log('PostgreSQL   not measured: TEST_DATABASE_URL is not set');
      continue;
    }
    const part = await open();
    const isPostgres = name !== 'SQLite';
    for (const table of tables) {
      await part.run(`DROP TABLE IF EXISTS ${table}`);
      await part.run(`CREATE TABLE ${table} (id ${isPostgres ? 'SERIAL' : 'INTEGER'} PRIMARY KEY, name TEXT NOT NULL)`);
    }
    const [none, isolated] = [await timed(part, false), await timed(part, true)];
    const numbers = `${isolated.toFixed(2)} ms a test, ${none.toFixed(2)} ms without`;
    console.log(`${name.padEnd(12)} ${numbers}: ${(isolated / none).toFixed(2)} x`);
    for (const table of tables) await part.run(`DROP TABLE ${table}`);
    await part.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
