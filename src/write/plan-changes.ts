import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { FileChange, Memory, RenderedFile } from '../model/index.js';
import { addVariables } from './env-file.js';
import { locate } from './location.js';
import { baseOf, entryOf, hashOf, manifestText, MANIFEST_NAME, parseManifest, type Manifest } from './manifest.js';
import { additiveEdit } from './package-json.js';
import { appendingEdit } from './pyproject.js';
import { reconcile } from './reconcile.js';
import { asRefusal, systemCode } from './refusal.js';

const manifestPath = (testFolder: string): string => posix.join(testFolder, MANIFEST_NAME);

/**
 * What earlier runs wrote, and what became of it.
 * @throws WriteRefused on a foreign manifest
 */
export function readMemory(root: string, testFolder: string): Memory {
  const path = manifestPath(testFolder);
  return parseManifest(onDisk(root, path), path).memory;
}

/**
 * Holds rendered files against the disk. Reads only.
 * @param root absolute folder of the service
 * @param testFolder where the manifest is kept, relative to `root`
 * @param memory what the next run has to know; absent: as before
 * @returns one change per file in the given order, the manifest's last
 * @throws WriteRefused on a path outside `root`, an unreadable file, or a foreign manifest
 */
export function planChanges(files: RenderedFile[], root: string, testFolder = '', memory?: Memory): FileChange[] {
  const path = manifestPath(testFolder);
  const before = onDisk(root, path);
  const manifest = parseManifest(before, path);
  const changes = files.map((file) => changeOf(file, root, manifest));
  const next = remember(manifest, files, changes, root);
  if (before === null && !next.size) return changes;
  const after = manifestText({ files: next, memory: { ...manifest.memory, ...memory } });
  const change = before === null ? 'create' : hashOf(before) === hashOf(after) ? 'keep' : 'update';
  return [...changes, { path, change, ownership: 'managed', before, after }];
}

function changeOf(file: RenderedFile, root: string, manifest: Manifest): FileChange {
  const { path, ownership } = file;
  const before = onDisk(root, path);
  const additive = additionsTo(path);
  if (before !== null && additive) {
    const after = additive(before, file.text);
    return { path, ownership, before, after, change: after === before ? 'keep' : 'update' };
  }
  const { change, text } = reconcile({ base: baseOf(manifest.files.get(path)), theirs: before, ours: file });
  const planned: FileChange = { path, ownership, before, after: text, change };
  return change === 'conflict' ? { ...planned, beside: besideOf(file, root, manifest) } : planned;
}

/** Files that are the user's from the start: what is missing is added, nothing else. */
function additionsTo(path: string): ((before: string, after: string) => string) | undefined {
  const name = posix.basename(path);
  if (name === 'package.json') return (before, after) => additiveEdit(path, before, after);
  if (name === 'pyproject.toml') return (before, after) => appendingEdit(path, before, after);
  return name.startsWith('.env') ? addVariables : undefined;
}

/** What is missing is added to the user's own file. */
export const isAddedTo = (path: string): boolean => additionsTo(path) !== undefined;

/** `NAME.new`, or the first numbered one that no human has made or changed. */
function besideOf(file: RenderedFile, root: string, manifest: Manifest): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? `${file.path}.new` : `${file.path}.${String(number)}.new`;
    const text = onDisk(root, name);
    if (text === null || hashOf(text) === hashOf(file.text) || manifest.files.get(name)?.hash === hashOf(text))
      return name;
  }
}

// A conflict keeps the old base: should the human take the change back, the file is ours again.
function remember(
  { files: old }: Manifest,
  files: RenderedFile[],
  changes: FileChange[],
  root: string,
): Manifest['files'] {
  const next: Manifest['files'] = new Map();
  const planned = new Set(files.map((file) => file.path));
  for (const [path, entry] of old) if (planned.has(path) || onDisk(root, path) !== null) next.set(path, entry);
  for (const [index, { path, change, after, beside, before }] of changes.entries()) {
    const ours = files[index]?.text ?? after;
    if (beside !== undefined) next.set(beside, { hash: hashOf(after) });
    else if (!isAddedTo(path) && (change !== 'keep' || old.has(path) || hashOf(before ?? '') === hashOf(ours)))
      next.set(path, entryOf(ours, old.get(path)));
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
