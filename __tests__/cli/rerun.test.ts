import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { copyOf } from '../example-model.js';
import { run } from './command-line.js';

const read = (root: string, file: string): string => readFileSync(path.join(root, file), 'utf8');

function edit(root: string, file: string, find: string, replace: string): void {
  const before = read(root, file);
  if (before.split(find).length !== 2) throw new Error(`${file}: this text does not occur exactly once: ${find}`);
  writeFileSync(
    path.join(root, file),
    before.replace(find, () => replace),
  );
}

const write = (root: string, ...flags: string[]): ReturnType<typeof run> =>
  run(root, '--yes', '--no-install', '--no-verify', '--json', ...flags);

const changesOf = (out: string): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(out) as { implementation: { files: { path: string; change: string }[] } }).implementation.files
      .filter((file) => file.change !== 'keep')
      .map((file) => [file.path, file.change]),
  );

describe('a later run', () => {
  test('adds what is new and keeps every human edit', async () => {
    const root = copyOf('tool-rental');
    await write(root);
    edit(
      root,
      'test/health.test.ts',
      'expect(response.status).toBe(200);',
      'expect(response.status).toBe(200); // ours',
    );
    edit(root, 'test/support/harness.ts', '/** Shapes of generated values. */', '/** Shapes, as we like them. */');
    edit(
      root,
      'src/app.ts',
      "  app.use('/auth'",
      "  app.get('/health/details', (_request, response) => {\n    response.json({ uptime: 'long' });\n  });\n  app.use('/auth'",
    );

    const { out } = await write(root, '--only', 'GET /health*');

    const health = read(root, 'test/health.test.ts');
    expect(health).toContain('expect(response.status).toBe(200); // ours');
    expect(health).toContain("describe('GET /health/details'");
    expect(read(root, 'test/support/harness.ts')).toContain('/** Shapes, as we like them. */');
    expect(changesOf(out)).toEqual({ 'test/health.test.ts': 'update', 'test/.backend-test.json': 'update' });
  });

  test("a test of the service's own keeps its name, and ours has another, the next time too", async () => {
    const root = copyOf('tool-rental');
    mkdirSync(path.join(root, 'test'));
    writeFileSync(path.join(root, 'test/health.test.ts'), "test('is well', () => {});\n");

    const { out } = await write(root, '--only', 'GET /health', '--out', 'test');
    const again = await write(root, '--only', 'GET /health', '--out', 'test');

    expect(changesOf(out)).toMatchObject({ 'test/health-api.test.ts': 'create' });
    expect(changesOf(again.out)).toEqual({});
    expect(read(root, 'test/health.test.ts')).toBe("test('is well', () => {});\n");
  });

  test('for one operation leaves the tests of the others where they are', async () => {
    const root = copyOf('tool-rental');
    await write(root, '--only', 'GET /tools*');

    const { out } = await write(root, '--only', 'GET /tools/{id}');

    expect(changesOf(out)).toEqual({});
  });

  test('for more operations than before gives the harness what they need', async () => {
    const root = copyOf('tool-rental');
    await write(root, '--only', 'GET /health');
    const narrow = read(root, 'test/support/harness.ts');

    await write(root, '--only', 'DELETE /tools/{id}');

    expect(narrow).not.toContain('callerWith');
    expect(read(root, 'test/support/harness.ts')).toContain('callerWith');
  });
});
