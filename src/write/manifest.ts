import { createHash } from 'node:crypto';
import { WriteRefused } from './refusal.js';

export const MANIFEST_NAME = '.backend-test.json';

/** What we last wrote to one managed file. An object, so that hashes per test block can join it. */
export interface ManifestEntry {
  /** `sha256` of the text, with line ends as `\n`. */
  hash: string;
}

/** Service-relative posix path → what we last wrote there. */
export type Manifest = Map<string, ManifestEntry>;

/** Line ends don't count: a checkout may turn them into CRLF without a human having touched the file. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** Reads a manifest's text; null: none yet. Throws `WriteRefused` (`manifest`) where it is not one of ours. */
export function parseManifest(text: string | null, path: string): Manifest {
  if (text === null) return new Map();
  const manifest: Manifest = new Map();
  for (const [file, entry] of Object.entries(filesIn(text, path))) {
    if (isObject(entry) && typeof entry['hash'] === 'string') manifest.set(file, { hash: entry['hash'] });
  }
  return manifest;
}

/** Sorted, so that the text depends on nothing but the entries. */
export function manifestText(manifest: Manifest): string {
  const sorted = [...manifest].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ version: 1, files: Object.fromEntries(sorted) }, null, 2)}\n`;
}

function filesIn(text: string, path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, 'is not valid JSON', error);
  }
  if (!isObject(parsed) || !isObject(parsed['files'])) throw unreadable(path, 'is not a manifest of generated files');
  if (parsed['version'] !== 1)
    throw unreadable(path, `has version ${JSON.stringify(parsed['version'])}, this release knows 1`);
  return parsed['files'];
}

function unreadable(path: string, why: string, cause?: unknown): WriteRefused {
  const hint = 'Restore it from version control, or delete it: files that exist are then kept and ours go beside them.';
  return new WriteRefused('manifest', path, `${path}: ${why}`, hint, { cause });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
