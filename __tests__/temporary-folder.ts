import { afterAll } from '@jest/globals';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

afterAll(() => {
  for (const folder of made) {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});

/** A new empty folder, real path, that is removed when the tests of this file are over. */
export function temporaryFolder(name: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  made.push(folder);
  return folder;
}
