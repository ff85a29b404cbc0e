import { describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Run, TestCase } from '../../src/model/index.js';
import { verify, type VerifyInput } from '../../src/verify/index.js';
import { bakeryPlan, bakeryTriage, orderCase } from './fixture/bakery-plan.js';
import { temporaryFolder } from '../temporary-folder.js';

const JEST = `"${process.execPath}" "${join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js')}"`;
const FILE = 'test/orders.test.js';

function bakery(body: string): string {
  const root = temporaryFolder('bakery');
  mkdirSync(join(root, 'test'));
  writeFileSync(join(root, 'package.json'), '{ "name": "bakery" }');
  writeFileSync(join(root, FILE), `describe('POST /orders', () => {\n${body}\n});\n`);
  return root;
}

function run(root: string, cases: TestCase[], more: Partial<VerifyInput> = {}): Promise<Run> {
  return verify({
    plan: bakeryPlan(cases),
    triage: bakeryTriage(root),
    command: JEST,
    files: [FILE],
    timeoutMs: 90_000,
    ...more,
  });
}

function outcomes({ verdicts }: Run): Record<string, string> {
  return Object.fromEntries(verdicts.map((each) => [each.case, each.verdict]));
}

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      process.kill(pid, 0);
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

// Says where its child is, then never ends.
const HANGS = `test('waits for the oven', () => {
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
  require('node:fs').writeFileSync('child.pid', String(child.pid));
  for (;;);
});`;

describe('verify', () => {
  test('gives a verdict per case and reports progress', async () => {
    const root = bakery(`
      test('bakes', () => { expect(1).toBe(1); });
      test('refuses a burnt loaf', () => { expect(201).toBe(400); });
      test('falls over', () => { throw new Error('no flour'); });
      test.failing('known to be wrong', () => { expect(1).toBe(2); });
      test.todo('delivers');`);
    const titles = ['bakes', 'refuses a burnt loaf', 'falls over', 'known to be wrong', 'delivers', 'never written'];
    const seen: number[] = [];

    const result = await run(
      root,
      titles.map((title) => orderCase(title)),
      { onProgress: ({ round, filesDone }) => seen.push(round * 10 + filesDone) },
    );

    expect(Object.values(outcomes(result))).toEqual(['pass', 'fail', 'error', 'pass', 'not-run', 'not-run']);
    expect(result.verdicts[1]?.message).toContain('Received: 201');
    expect(result.problem).toBeUndefined();
    expect([...new Set(seen)]).toEqual([10, 11, 20, 21]);
  });

  test('runs a file whose name needs quoting, and no other', async () => {
    const root = bakery("test('left out', () => { require('node:fs').writeFileSync('ran', ''); });");
    const odd = "test/baker's $dozen [1].test.js";
    writeFileSync(join(root, odd), "describe('POST /orders', () => { test('bakes', () => {}); });");

    const result = await run(root, [orderCase('bakes', { file: odd })], { files: [odd] });

    expect(outcomes(result)).toEqual({ bakes: 'pass' });
    expect(() => readFileSync(join(root, 'ran'))).toThrow('ENOENT');
  });

  test('a case that ends otherwise the second time is an error', async () => {
    const root = bakery(`
      test('bakes', () => {
        const fs = require('node:fs');
        const again = fs.existsSync('crumbs');
        fs.writeFileSync('crumbs', '');
        expect(again).toBe(false);
      });
      test('serves', () => {});`);

    const { verdicts } = await run(root, [orderCase('bakes'), orderCase('serves')]);

    expect(verdicts[0]).toMatchObject({
      verdict: 'error',
      message: expect.stringMatching(/^Not the same twice: pass in file order, fail when shuffled \(seed \d+\)/),
    });
    expect(verdicts[1]).toEqual({ case: 'serves', verdict: 'pass' });
  });

  test('a suite that hangs is killed with the process that a test started', async () => {
    const root = bakery(HANGS);

    const result = await run(root, [orderCase('waits for the oven')], { timeoutMs: 4_000 });

    expect(result.problem).toBe('The suite did not end within 4 s: it was killed, with its children.');
    expect(outcomes(result)).toEqual({ 'waits-for-the-oven': 'not-run' });
    expect(await isGone(Number(readFileSync(join(root, 'child.pid'), 'utf8')))).toBe(true);
  });

  test('a suite whose tests end but whose process does not is said to hold something open', async () => {
    const root = bakery("test('bakes', () => { require('node:net').createServer().listen(0, '127.0.0.1'); });");

    const result = await run(root, [orderCase('bakes')], { exitGraceMs: 500 });

    expect(result.problem).toContain('something keeps it alive');
    expect(outcomes(result)).toEqual({ bakes: 'pass' });
  });

  test('stops when told to', async () => {
    const root = bakery(HANGS);
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 300);

    const result = await run(root, [orderCase('waits for the oven')], { signal: stop.signal });

    expect(result.problem).toBe('Stopped.');
  });

  test('an app that cannot be imported is one problem, not many bugs', async () => {
    const root = bakery("require('../src/app');");

    const result = await run(root, [orderCase('bakes'), orderCase('serves')]);

    expect(outcomes(result)).toEqual({ bakes: 'error', serves: 'error' });
    expect(result.problem).toMatch(
      /^The suite could not start: Cannot find module '..\/src\/app'.*\nInstall the dependencies/,
    );
  });

  test('a setup that fails for every test is one problem', async () => {
    const root = bakery(`
      beforeAll(() => { throw new Error('connect ECONNREFUSED 127.0.0.1:5432'); });
      test('bakes', () => {});
      test('serves', () => {});`);

    const result = await run(root, [orderCase('bakes'), orderCase('serves')]);

    expect(result.problem).toContain('ECONNREFUSED 127.0.0.1:5432');
    expect(result.problem).toContain('Start what the service connects to');
  });

  test('a runner that is not there is a problem', async () => {
    const result = await run(bakery(''), [orderCase('bakes')], { command: 'no-such-runner' });

    expect(result.problem).toMatch(/^The runner ended with code 127 and no results: .*no-such-runner/);
  });
});
