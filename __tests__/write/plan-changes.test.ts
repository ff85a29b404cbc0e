import { describe, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { applyChanges, planChanges, readMemory, unifiedDiff } from '../../src/write/index.js';
import { bakery, everything, put, read, rendered } from './fixture/service-folder.js';

const LOAVES = 'test/loaves.test.ts';

async function generate(root: string, text: string): Promise<void> {
  const files = [rendered(LOAVES, text), rendered('test/support/harness.ts', '// harness\n', 'seeded')];
  await applyChanges(planChanges(files, root, 'test'), root);
}

function changeTo(root: string, path: string, text: string): [string, string | undefined] {
  const change = planChanges([rendered(path, text)], root, 'test')[0];
  return [change?.change ?? 'none', change?.beside];
}

describe('planChanges', () => {
  test('a second run on an unchanged service writes nothing', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    const before = everything(root);

    await generate(root, 'one\n');

    expect(everything(root)).toEqual(before);
    expect(Object.keys(before)).toEqual(['package.json', 'test/.backend-test.json', LOAVES, 'test/support/harness.ts']);
  });

  test('a managed file that nobody touched is updated', async () => {
    const root = bakery();
    await generate(root, 'one\n');

    expect(changeTo(root, LOAVES, 'two\n')).toEqual(['update', undefined]);
  });

  test('line ends turned into CRLF are not a human change', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    put(root, LOAVES, 'one\r\n');

    expect(changeTo(root, LOAVES, 'one\n')).toEqual(['keep', undefined]);
    expect(changeTo(root, LOAVES, 'two\n')).toEqual(['update', undefined]);
  });

  test('a human change is kept, ours goes beside it, also the second time', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    put(root, LOAVES, 'mine\n');

    await generate(root, 'two\n');
    const once = everything(root);
    await generate(root, 'two\n');

    expect(read(root, LOAVES)).toBe('mine\n');
    expect(read(root, `${LOAVES}.new`)).toBe('two\n');
    expect(everything(root)).toEqual(once);
  });

  test('a file beside that a human changed too is left alone', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    put(root, LOAVES, 'mine\n');
    await generate(root, 'two\n');
    put(root, `${LOAVES}.new`, 'half merged\n');

    expect(changeTo(root, LOAVES, 'three\n')).toEqual(['conflict', `${LOAVES}.2.new`]);
  });

  test('taking the change back makes the file ours again', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    put(root, LOAVES, 'mine\n');
    await generate(root, 'two\n');
    put(root, LOAVES, 'one\n');

    expect(changeTo(root, LOAVES, 'two\n')).toEqual(['update', undefined]);
  });

  test('a file that was never ours is not overwritten', () => {
    const root = bakery({ [LOAVES]: 'written by the baker\n' });

    expect(changeTo(root, LOAVES, 'one\n')).toEqual(['conflict', `${LOAVES}.new`]);
  });

  test('a seeded file is ours until a human changes it, and made again when it is gone', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    const harness = rendered('test/support/harness.ts', '// newer harness\n', 'seeded');

    expect(planChanges([harness], root, 'test')[0]?.change).toBe('update');
    rmSync(join(root, harness.path));
    expect(planChanges([harness], root, 'test')[0]?.change).toBe('create');
  });

  test('a seeded file that stood there before is kept', () => {
    const config = rendered('jest.config.mjs', 'export default {};\n', 'seeded');
    const root = bakery({ 'jest.config.mjs': 'export default { bail: 1 };\n' });

    expect(planChanges([config], root, 'test')[0]?.change).toBe('keep');
  });

  test('what a human changed and what we change are merged, line ends kept', async () => {
    const root = bakery();
    await generate(root, 'rye\n\nwheat\n\nspelt\n');
    put(root, LOAVES, 'rye, sliced\r\n\r\nwheat\r\n\r\nspelt\r\n');

    await generate(root, 'rye\n\nwheat\n\nspelt\n\noat\n');

    expect(read(root, LOAVES)).toBe('rye, sliced\r\n\r\nwheat\r\n\r\nspelt\r\n\r\noat\r\n');
    expect(changeTo(root, LOAVES, 'rye\n\nwheat\n\nspelt\n\noat\n')).toEqual(['keep', undefined]);
  });

  test('what a human took out stays out', async () => {
    const root = bakery();
    await generate(root, 'rye\n\nwheat\n\nspelt\n');
    put(root, LOAVES, 'rye\n\nspelt\n');

    await generate(root, 'rye\n\nwheat\n\nspelt\n');

    expect(read(root, LOAVES)).toBe('rye\n\nspelt\n');
  });

  test('variables that are missing are added to .env.test', async () => {
    const root = bakery({ '.env.test': 'OVEN=hot' });
    const file = rendered('.env.test', 'OVEN=cold\nPORT=0\n', 'seeded');

    await applyChanges(planChanges([file], root, 'test'), root);

    expect(read(root, '.env.test')).toBe('OVEN=hot\nPORT=0\n');
  });

  test('what became of cases is remembered', async () => {
    const root = bakery();
    const memory = {
      operations: ['POST /orders'],
      settled: { 'post-orders.rule.burnt': { state: 'todo' as const, reason: 'The oven was off.' } },
    };

    await applyChanges(planChanges([rendered(LOAVES, 'one\n')], root, 'test', memory), root);
    await generate(root, 'two\n');

    expect(readMemory(root, 'test')).toEqual(memory);
  });

  test('a run for one resource does not forget the others', async () => {
    const root = bakery();
    await generate(root, 'one\n');
    await applyChanges(planChanges([rendered('test/cakes.test.ts', 'cake\n')], root, 'test'), root);

    expect(changeTo(root, LOAVES, 'two\n')).toEqual(['update', undefined]);
  });

  test.each([
    ['not JSON', '{', 'is not valid JSON'],
    ['of a later release', '{"version":2,"files":{}}', 'has version 2'],
    ['something else', '[]', 'is not a manifest'],
  ])('a manifest that is %s is refused', (_, text, message) => {
    const root = bakery({ 'test/.backend-test.json': text });

    expect(() => planChanges([rendered(LOAVES, 'one\n')], root, 'test')).toThrow(message);
  });
});

describe('package.json', () => {
  test('an edit that adds keys is an update', () => {
    const root = bakery();

    expect(changeTo(root, 'package.json', '{\n  "name": "bakery",\n  "scripts": { "test": "jest" }\n}\n')).toEqual([
      'update',
      undefined,
    ]);
  });

  test('an edit that adds nothing keeps the file as it is formatted', () => {
    const root = bakery({ 'package.json': '{"name":"bakery"}' });

    expect(changeTo(root, 'package.json', '{\n  "name": "bakery"\n}\n')).toEqual(['keep', undefined]);
  });

  test.each([
    ['changes a value', '{"name":"patisserie"}', 'name'],
    ['drops a key', '{"scripts":{}}', 'name'],
  ])('an edit that %s is refused', (_, text, key) => {
    expect(() => planChanges([rendered('package.json', text)], bakery())).toThrow(`would change "${key}"`);
  });
});

describe('unifiedDiff', () => {
  test('shows new and changed files, and ours beside a conflict; nothing for what is kept', async () => {
    const root = bakery({ 'test/cakes.test.ts': 'cake\n' });
    await generate(root, 'one\n');
    const files = [
      rendered(LOAVES, 'two\n'),
      rendered('test/cakes.test.ts', 'tart\n'),
      rendered('test/support/harness.ts', '// harness\n', 'seeded'),
    ];

    const diff = unifiedDiff(planChanges(files, root, 'test').filter(({ path }) => !path.endsWith('.json')));

    expect(diff).toBe(
      [
        `--- a/${LOAVES}`,
        `+++ b/${LOAVES}`,
        '@@ -1,1 +1,1 @@',
        '-one',
        '+two',
        '--- /dev/null',
        '+++ b/test/cakes.test.ts.new',
        '@@ -0,0 +1,1 @@',
        '+tart',
        '',
      ].join('\n'),
    );
  });
});
