import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FileChange } from '../model/index.js';
import { locate } from './location.js';
import { asRefusal, systemCode, WriteRefused } from './refusal.js';

interface Write {
  path: string;
  place: string;
  text: string;
  /** Bytes to put back; null: nothing was there. */
  before: Buffer | null;
}

interface Staged extends Write {
  temporary: string;
}

/** What has been done so far, to be undone in reverse. */
interface Journal {
  folders: string[];
  staged: Staged[];
  renamed: Staged[];
}

/**
 * Brings the changes to disk, all or none: every text goes to a temporary file beside its place, then all are renamed.
 * @throws WriteRefused with nothing changed: unsafe path, no permission, a file changed since it was planned, or stopped
 */
export async function applyChanges(changes: FileChange[], root: string, signal?: AbortSignal): Promise<void> {
  const writes = changes.flatMap((change) => writeOf(change, root));
  for (const write of writes) checkPermission(write);
  const journal: Journal = { folders: [], staged: [], renamed: [] };
  let current = '';
  try {
    for (const write of writes) {
      current = write.path;
      stage(write, journal);
      await pause(signal, current);
    }
    // Without a pause: a signal handler can't run between the first and the last rename.
    for (const staged of journal.staged) {
      current = staged.path;
      renameSync(staged.temporary, staged.place);
      journal.renamed.push(staged);
    }
  } catch (error) {
    undo(journal);
    throw asRefusal(error, current);
  }
}

function writeOf(change: FileChange, root: string): Write[] {
  if (change.change === 'keep') return [];
  const path = change.beside ?? change.path;
  const place = locate(root, path);
  const before = bytesAt(place, path);
  if (before !== null && before.equals(Buffer.from(change.after))) return [];
  if (change.beside === undefined && (before?.toString('utf8') ?? null) !== change.before) {
    throw new WriteRefused(
      'changed-meanwhile',
      path,
      `${path}: changed since it was planned`,
      'Run the command again.',
    );
  }
  return [{ path, place, text: change.after, before }];
}

function bytesAt(place: string, path: string): Buffer | null {
  try {
    return readFileSync(place);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw asRefusal(error, path);
  }
}

function checkPermission({ place, path, before }: Write): void {
  try {
    if (before !== null) accessSync(place, constants.W_OK);
    let folder = dirname(place);
    while (statSync(folder, { throwIfNoEntry: false }) === undefined) folder = dirname(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw asRefusal(error, path);
  }
}

function stage(write: Write, journal: Journal): void {
  const folder = dirname(write.place);
  makeFolder(folder, journal);
  const temporary = join(folder, `.${basename(write.place)}.${randomBytes(6).toString('hex')}.tmp`);
  journal.staged.push({ ...write, temporary });
  writeFileSync(temporary, write.text, { flag: 'wx' });
  if (write.before !== null) chmodSync(temporary, statSync(write.place).mode);
}

function makeFolder(folder: string, journal: Journal): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeFolder(dirname(folder), journal);
  mkdirSync(folder);
  journal.folders.push(folder);
}

async function pause(signal: AbortSignal | undefined, path: string): Promise<void> {
  await new Promise(setImmediate);
  if (signal?.aborted === true)
    throw new WriteRefused('stopped', path, 'Stopped before anything was written', 'Run the command again.');
}

function undo(journal: Journal): void {
  for (const { place, before } of journal.renamed.reverse()) {
    if (before === null) rmSync(place, { force: true });
    else writeFileSync(place, before);
  }
  for (const { temporary } of journal.staged) rmSync(temporary, { force: true });
  for (const folder of journal.folders.reverse()) rmdirSync(folder);
}
