import { afterEach, describe, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { FileChange } from '../../src/model/index.js';
import { applyChanges, planChanges } from '../../src/write/index.js';
import { bakery, everything, put, read, rendered } from './fixture/service-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

const asRoot = process.getuid?.() === 0;

afterEach(() => {
  if (asRoot) process.seteuid?.(0);
});

/** Root may write anywhere: these tests need a user that may not. */
function becomeOrdinary(): void {
  if (asRoot) process.seteuid?.(65534);
}

function creating(path: string): FileChange {
  return { path, change: 'create', ownership: 'managed', before: null, after: 'loaf\n' };
}

describe('paths that lead out of the service', () => {
  test.each(['../escape.ts', 'test/../../escape.ts', '/etc/escape.ts', 'C:\\escape.ts', '..\\escape.ts', '', 'a\0b'])(
    '%j is refused',
    async (path) => {
      const root = bakery();

      expect(() => planChanges([rendered(path, 'x')], root)).toThrow(expect.objectContaining({ code: 'unsafe-path' }));
      await expect(applyChanges([creating('ok.ts'), creating(path)], root)).rejects.toMatchObject({
        code: 'unsafe-path',
        path,
      });
      expect(existsSync(join(root, 'ok.ts'))).toBe(false);
    },
  );

  test('a linked folder that leads out is refused, and nothing arrives there', async () => {
    const root = bakery();
    const outside = temporaryFolder('neighbour');
    symlinkSync(outside, join(root, 'test'));

    await expect(applyChanges([creating('ok.ts'), creating('test/deep/loaves.test.ts')], root)).rejects.toMatchObject({
      code: 'unsafe-path',
    });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(root).sort()).toEqual(['package.json', 'test']);
  });

  test('a linked file and a broken link are refused', () => {
    const root = bakery();
    const neighbour = bakery();
    symlinkSync(join(neighbour, 'package.json'), join(root, 'linked.ts'));
    symlinkSync(join(root, 'nowhere'), join(root, 'broken.ts'));

    for (const path of ['linked.ts', 'broken.ts']) {
      expect(() => planChanges([rendered(path, 'x')], root)).toThrow(expect.objectContaining({ code: 'unsafe-path' }));
    }
  });

  test('a link that stays inside is followed, not replaced', async () => {
    const root = bakery({ 'specs/readme.md': '' });
    symlinkSync(join(root, 'specs'), join(root, 'test'));

    await applyChanges([creating('test/loaves.test.ts')], root);

    expect(read(root, 'specs/loaves.test.ts')).toBe('loaf\n');
  });

  test('a folder in the place of a file is refused', () => {
    const root = bakery({ 'test/loaves.test.ts/inner': '' });

    expect(() => planChanges([rendered('test/loaves.test.ts', 'x')], root)).toThrow('is not a regular file');
  });
});

describe('all or nothing', () => {
  test('a folder without write permission: nothing is written anywhere', async () => {
    const root = bakery();
    chmodSync(root, 0o777);
    mkdirSync(join(root, 'locked'));
    chmodSync(join(root, 'locked'), 0o555);
    becomeOrdinary();

    const attempt = applyChanges([creating('test/a.test.ts'), creating('locked/b.test.ts')], root);

    await expect(attempt).rejects.toMatchObject({ code: 'not-writable', path: 'locked/b.test.ts' });
    expect(readdirSync(root).sort()).toEqual(['locked', 'package.json']);
  });

  test('a rename that fails in the middle puts the earlier ones back', async () => {
    const root = bakery({ 'test/a.test.ts': 'old\n' });
    const changes = [
      rendered('test/a.test.ts', 'new\n'),
      rendered('fresh/b.test.ts', 'b\n'),
      rendered('test/z.test.ts', 'z\n'),
    ];
    const planned: FileChange[] = changes.map(({ path, text }, index) => ({
      path,
      change: index === 0 ? 'update' : 'create',
      ownership: 'managed',
      before: index === 0 ? 'old\n' : null,
      after: text,
    }));
    const before = everything(root);

    const attempt = applyChanges(planned, root);
    // Staging pauses between files: by now the place is checked, and a folder takes it.
    mkdirSync(join(root, 'test/z.test.ts'));

    await expect(attempt).rejects.toMatchObject({ code: 'failed', path: 'test/z.test.ts' });
    expect(Object.entries(everything(root)).map(([path, { text }]) => [path, text])).toEqual(
      Object.entries(before).map(([path, { text }]) => [path, text]),
    );
    expect(existsSync(join(root, 'fresh'))).toBe(false);
  });

  test('stopped while staging: nothing is left behind', async () => {
    const root = bakery();
    const stop = new AbortController();

    const attempt = applyChanges([creating('test/a.ts'), creating('test/b.ts')], root, stop.signal);
    stop.abort();

    await expect(attempt).rejects.toMatchObject({ code: 'stopped' });
    expect(readdirSync(root)).toEqual(['package.json']);
  });

  test('a file that changed since it was planned is not overwritten', async () => {
    const root = bakery();
    const planned = planChanges([rendered('test/a.test.ts', 'ours\n')], root);
    put(root, 'test/a.test.ts', 'just written by hand\n');

    await expect(applyChanges(planned, root)).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(read(root, 'test/a.test.ts')).toBe('just written by hand\n');
  });
});
