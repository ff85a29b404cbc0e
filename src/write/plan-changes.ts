import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { FileChange, RenderedFile } from '../model/index.js';
import { locate } from './location.js';
import { hashOf, manifestText, MANIFEST_NAME, parseManifest, type Manifest } from './manifest.js';
import { additiveEdit } from './package-json.js';
import { appendingEdit } from './pyproject.js';
import { reconcile } from './reconcile.js';
import { asRefusal, systemCode } from './refusal.js';

/**
 * Holds rendered files against the disk. Reads only.
 * @param root absolute folder of the service
 * @param testFolder where the manifest is kept, relative to `root`
 * @returns one change per file in the given order, the manifest's last
 * @throws WriteRefused on a path outside `root`, an unreadable file, or a foreign manifest
 */
export function planChanges(files: RenderedFile[], root: string, testFolder = ''): FileChange[] {
  const path = posix.join(testFolder, MANIFEST_NAME);
  const before = onDisk(root, path);
  const manifest = parseManifest(before, path);
  const changes = files.map((file) => changeOf(file, root, manifest));
  const after = manifestText(remember(manifest, files, changes, root));
  if (before === null && after === manifestText(new Map())) return changes;
  const change = before === null ? 'create' : hashOf(before) === hashOf(after) ? 'keep' : 'update';
  return [...changes, { path, change, ownership: 'managed', before, after }];
}

function changeOf(file: RenderedFile, root: string, manifest: Manifest): FileChange {
  const { path, ownership } = file;
  const before = onDisk(root, path);
  if (before !== null && posix.basename(path) === 'package.json') {
    const after = additiveEdit(path, before, file.text);
    return { path, ownership, before, after, change: after === before ? 'keep' : 'update' };
  }
  if (before !== null && posix.basename(path) === 'pyproject.toml') {
    const after = appendingEdit(path, before, file.text);
    return { path, ownership, before, after, change: after === before ? 'keep' : 'update' };
  }
  const change = reconcile({ base: manifest.get(path), theirs: before, ours: file });
  const planned: FileChange = { path, ownership, before, after: file.text, change };
  return change === 'conflict' ? { ...planned, beside: besideOf(file, root, manifest) } : planned;
}

/** `NAME.new`, or the first numbered one that no human has made or changed. */
function besideOf(file: RenderedFile, root: string, manifest: Manifest): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? `${file.path}.new` : `${file.path}.${String(number)}.new`;
    const text = onDisk(root, name);
    if (text === null || hashOf(text) === hashOf(file.text) || manifest.get(name)?.hash === hashOf(text)) return name;
  }
}

// A conflict keeps the old hash: should the human take the change back, the file is ours again.
function remember(old: Manifest, files: RenderedFile[], changes: FileChange[], root: string): Manifest {
  const next: Manifest = new Map();
  const planned = new Set(files.map((file) => file.path));
  for (const [path, entry] of old) {
    if (planned.has(path) || onDisk(root, path) !== null) next.set(path, entry);
  }
  for (const { path, ownership, change, after, beside } of changes) {
    if (beside !== undefined) next.set(beside, { hash: hashOf(after) });
    else if (ownership === 'managed' && change !== 'conflict' && posix.basename(path) !== 'package.json') {
      next.set(path, { hash: hashOf(after) });
    }
  }
  return next;
}

function onDisk(root: string, path: string): string | null {
  try {
    return readFileSync(locate(root, path), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw asRefusal(error, path);
  }
}
