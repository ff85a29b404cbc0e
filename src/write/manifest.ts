import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Memory } from '../model/index.js';
import { WriteRefused } from './refusal.js';

export const MANIFEST_NAME = '.backend-test.json';

/** What we last wrote to one file. */
export interface ManifestEntry {
  /** `sha256` of the text, with line ends as `\n`. */
  hash: string;
  /** The text itself, deflated, in base64: what a human changed since is merged with what we change. */
  base?: string;
}

export interface Manifest {
  /** Service-relative posix path → what we last wrote there. */
  files: Map<string, ManifestEntry>;
  memory: Memory;
}

/** Line ends don't count: a checkout may turn them into CRLF without a human having touched the file. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** An entry for this text; the one from before where it is the same text, so that a newer zlib changes nothing. */
export function entryOf(text: string, before?: ManifestEntry): ManifestEntry {
  const hash = hashOf(text);
  if (before?.hash === hash && before.base !== undefined) return before;
  return { hash, base: deflateRawSync(text.replaceAll('\r\n', '\n'), { level: 9 }).toString('base64') };
}

/** The text that we last wrote; undefined where an earlier release kept its hash alone, or it is damaged. */
export function baseOf(entry: ManifestEntry | undefined): string | undefined {
  if (entry?.base === undefined) return undefined;
  try {
    const text = inflateRawSync(Buffer.from(entry.base, 'base64')).toString('utf8');
    return hashOf(text) === entry.hash ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a manifest's text; null: none yet. Throws `WriteRefused` (`manifest`) where it is not one of ours. */
export function parseManifest(text: string | null, path: string): Manifest {
  const manifest: Manifest = { files: new Map(), memory: { operations: [], settled: {} } };
  if (text === null) return manifest;
  const document = documentOf(text, path);
  for (const [file, entry] of Object.entries(document.files)) {
    if (!isObject(entry) || typeof entry['hash'] !== 'string') continue;
    const { hash, base } = entry;
    manifest.files.set(file, { hash, ...(typeof base === 'string' ? { base } : {}) });
  }
  const { operations, settled, incidents } = document;
  if (Array.isArray(operations)) manifest.memory.operations = operations.filter((one) => typeof one === 'string');
  if (isObject(settled)) manifest.memory.settled = settled as Memory['settled'];
  if (isObject(incidents)) manifest.memory.incidents = incidents as NonNullable<Memory['incidents']>;
  return manifest;
}

/** Sorted, so that the text depends on nothing but the entries. */
export function manifestText({ files, memory }: Manifest): string {
  const byKey = <T>(entries: Iterable<[string, T]>): Record<string, T> =>
    Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const document = {
    version: 1,
    operations: [...memory.operations].sort(),
    settled: byKey(Object.entries(memory.settled)),
    ...(memory.incidents ? { incidents: byKey(Object.entries(memory.incidents)) } : {}),
    files: byKey(files),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function documentOf(text: string, path: string): Record<string, unknown> & { files: Record<string, unknown> } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, 'is not valid JSON', error);
  }
  if (!isObject(parsed) || !isObject(parsed['files'])) throw unreadable(path, 'is not a manifest of generated files');
  if (parsed['version'] !== 1)
    throw unreadable(path, `has version ${JSON.stringify(parsed['version'])}, this release knows 1`);
  return { ...parsed, files: parsed['files'] };
}

function unreadable(path: string, why: string, cause?: unknown): WriteRefused {
  const hint = 'Restore it from version control, or delete it: files that exist are then kept and ours go beside them.';
  return new WriteRefused('manifest', path, `${path}: ${why}`, hint, { cause });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
