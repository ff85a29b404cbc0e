/* global fetch, URLSearchParams */
/**
 * Schemathesis against the suite that this project writes: pottery-studio as it is, then with each of its planted faults.
 * A fault is found by Schemathesis if it reports something that it does not report on the healthy service (operation, check and the status
 * received), by the suite if a test goes red. Schemathesis gets the healthy service's OpenAPI document as the contract, the faulted service
 * at a port, an empty database, and the token of a user with every scope.
 *
 * `node benchmarks/head-to-head.mjs --venv FOLDER [--examples 25]`: a virtual environment with the example's packages, uvicorn and schemathesis.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { venv: { type: 'string' }, examples: { type: 'string', default: '25' } } });
if (values.venv === undefined)
  throw new Error('--venv FOLDER: an environment with the example, uvicorn and schemathesis');
const venv = path.resolve(values.venv);
const example = 'pottery-studio';
const environment = {
  ...process.env,
  JWT_SECRET: 'a-secret-of-more-than-thirty-two-bytes',
  BCRYPT_ROUNDS: '4',
  SMTP_HOST: '127.0.0.1',
};
const user = { email: 'ada@example.com', password: 'correct-horse-9Battery', name: 'Ada' };

/** A copy of the example, with a fault in it or none. */
function copy(fault) {
  const folder = mkdtempSync(path.join(tmpdir(), `${example}-`));
  cpSync(path.resolve('examples', example), folder, {
    recursive: true,
    filter: (source) => !/\.venv|__pycache__|\.db$/.test(source),
  });
  if (fault) {
    const file = path.join(folder, fault.file);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(fault.find, () => fault.replace),
    );
  }
  symlinkSync(venv, path.join(folder, '.venv'));
  return folder;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs `act` with the address of the service in a folder. */
async function served(folder, act) {
  const port = await freePort();
  const args = ['-m', 'uvicorn', 'studio.main:app', '--port', String(port), '--log-level', 'error'];
  const server = spawn(path.join(venv, 'bin/python'), args, { cwd: folder, env: environment, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await fetch(`${url}/health`).catch(() => undefined)) return await act(url);
      await setTimeout(200);
    }
    throw new Error(`${folder}: the service does not start`);
  } finally {
    server.kill();
  }
}

/** The token of a user with every scope; undefined where a fault makes that impossible. */
async function tokenOf(folder, url) {
  await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const update = `import sqlite3; c = sqlite3.connect("pottery.db"); c.execute("update users set scopes = 'bookings workshops'"); c.commit()`;
  execFileSync(path.join(venv, 'bin/python'), ['-c', update], { cwd: folder });
  const body = new URLSearchParams({ username: user.email, password: user.password });
  const answer = await fetch(`${url}/auth/token`, { method: 'POST', body });
  return answer.ok ? (await answer.json()).access_token : undefined;
}

/** What Schemathesis reports: operation, check, status. */
async function schemathesis(folder, contract) {
  return served(folder, async (url) => {
    const token = await tokenOf(folder, url);
    const report = path.join(folder, 'schemathesis.xml');
    const started = Date.now();
    spawnSync(
      path.join(venv, 'bin/schemathesis'),
      [
        ...['run', contract, '--url', url, '--max-examples', values.examples, '--generation-deterministic'],
        ...['--continue-on-failure', '--report', 'junit', '--report-junit-path', report],
        ...(token === undefined ? [] : ['-H', `Authorization: Bearer ${token}`]),
      ],
      { cwd: folder, env: environment, stdio: 'ignore', timeout: 120_000 },
    );
    return { seconds: (Date.now() - started) / 1000, found: reported(readFileSync(report, 'utf8')) };
  });
}

function reported(xml) {
  const found = new Set();
  for (const [, name, body] of xml.matchAll(/<testcase name="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g))
    for (const part of body.split(/^(?=\d+\. Test Case ID|.*<failure)/m)) {
      const status = /^\[(\d+)\]/m.exec(part)?.[1] ?? '';
      for (const [, check] of part.matchAll(/^- (ST\d+[^\n]*|[A-Z][^\n]*)/gm)) found.add(`${name}: ${check} ${status}`);
    }
  return found;
}

/** Seconds of one run of the suite, and whether something in it is red. */
function suite(folder) {
  const started = Date.now();
  const { status } = spawnSync(path.join(venv, 'bin/python'), ['-m', 'pytest', '-x', '-q'], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 180_000,
  });
  return { seconds: (Date.now() - started) / 1000, isRed: status !== 0 };
}

const faults = JSON.parse(readFileSync(path.resolve('__tests__/faults', `${example}.json`), 'utf8'));
const healthy = copy();
const contract = path.join(healthy, 'openapi.json');
await served(healthy, async (url) => writeFileSync(contract, await (await fetch(`${url}/openapi.json`)).text()));
const usual = new Set();
for (const folder of [copy(), copy()]) for (const one of (await schemathesis(folder, contract)).found) usual.add(one);
console.error(`healthy: ${usual.size} reports`);

const begun = Date.now();
execFileSync(process.execPath, [path.resolve('dist/src/cli.js'), healthy, '--yes', '--no-verify'], { stdio: 'ignore' });
const written = (Date.now() - begun) / 1000;
const green = suite(healthy);
if (green.isRed) throw new Error('the suite is red on the healthy service');

const rows = [];
for (const fault of faults) {
  const theirs = await schemathesis(copy(fault), contract);
  const news = [...theirs.found].filter((one) => !usual.has(one));
  const file = path.join(healthy, fault.file);
  const before = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    before.replace(fault.find, () => fault.replace),
  );
  const ours = suite(healthy);
  writeFileSync(file, before);
  rows.push({
    fault,
    theirs: news.length > 0,
    first: news[0] ?? '',
    ours: ours.isRed,
    seconds: [theirs.seconds, ours.seconds],
  });
  console.error(`${fault.id}: ${news[0] ?? '-'} | ${ours.isRed ? 'red' : 'green'}`);
}

const yes = (is) => (is ? 'found' : '-');
const sum = (index) => rows.reduce((total, { seconds }) => total + seconds[index], 0).toFixed(0);
console.log('| class | fault | Schemathesis | its first new report | our suite |\n| --- | --- | --- | --- | --- |');
for (const { fault, theirs, first, ours } of rows)
  console.log(`| ${fault.class} | ${fault.id} | ${yes(theirs)} | ${first} | ${yes(ours)} |`);
console.log(
  `| | of ${rows.length} | ${rows.filter(({ theirs }) => theirs).length} in ${sum(0)} s | | ${rows.filter(({ ours }) => ours).length} in ${sum(1)} s, written in ${written.toFixed(1)} s, ${green.seconds.toFixed(1)} s when green |`,
);
