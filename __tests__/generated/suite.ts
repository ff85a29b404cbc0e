import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';

export const cli = path.resolve('dist/src/cli.js');

/** A change of a service's code that its suite must notice. */
export interface Fault {
  id: string;
  class: string;
  file: string;
  find: string;
  replace: string;
}

/** What these tests read of a command's report. */
export interface Document {
  plan: { cases: { title: string; state: string; layer?: string; reason?: string }[] };
  implementation: { files: { path: string; change: string }[] };
  run: { command: string; problem?: string; verdicts: { case: string; verdict: string; message?: string }[] };
  gaps: { reason: string }[];
}

interface Reported {
  code: number | null;
  document: Document;
}

/** A command with `--json`. */
export function reported(args: string[], where: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Reported {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...where,
  });
  if (stdout === '') throw new Error(stderr);
  return { code: status, document: JSON.parse(stdout) as Document };
}

/** The whole command on a service. */
export const generate = (folder: string, ...flags: string[]): Reported => reported([folder, '--yes', ...flags]);

/** The tests of one unit, named from the service's folder. */
export const unit = (cwd: string, target: string): Reported => reported(['unit', target, '--no-install'], { cwd });

/** One bug of a service, locked or released. */
export const regression = (folder: string, ...flags: string[]): Reported => reported(['regression', folder, ...flags]);

/** One in `every` of the faults that are kept for an example. */
export const faultsOf = (example: string, every: number): [string, Fault][] =>
  (JSON.parse(readFileSync(path.resolve('__tests__/faults', `${example}.json`), 'utf8')) as Fault[])
    .filter((_, index) => index % every === 0)
    .map((fault) => [fault.id, fault]);

/** Changes one place of a service; gives what changes it back. */
export function plant(folder: string, { file, find, replace }: Pick<Fault, 'file' | 'find' | 'replace'>): () => void {
  const place = path.join(folder, file);
  const before = readFileSync(place, 'utf8');
  expect(before.split(find)).toHaveLength(2);
  writeFileSync(
    place,
    before.replace(find, () => replace),
  );
  return () => writeFileSync(place, before);
}

/** Every file of a folder by its path, without packages and what runs leave behind. */
export function texts(folder: string): Record<string, string> {
  const all: Record<string, string> = {};
  const visit = (inside: string): void => {
    for (const entry of readdirSync(path.join(folder, inside), { withFileTypes: true })) {
      const name = path.join(inside, entry.name);
      if (/^(node_modules|\.venv|__pycache__|\.pytest_cache)$|\.db$/.test(entry.name)) continue;
      if (entry.isDirectory()) visit(name);
      else all[name] = readFileSync(path.join(folder, name), 'utf8');
    }
  };
  visit('');
  return all;
}
