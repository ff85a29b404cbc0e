import { WriteRefused } from './refusal.js';

/**
 * Holds an edit of `pyproject.toml` against the one on disk: it may add tables at the end, never change what is there.
 * Throws `WriteRefused` (`package-edit`) otherwise.
 */
export function appendingEdit(path: string, before: string, after: string): string {
  const kept = before.replaceAll('\r\n', '\n');
  if (after === kept) return before;
  if (!after.replaceAll('\r\n', '\n').startsWith(kept))
    throw new WriteRefused(
      'package-edit',
      path,
      `${path}: the edit would change what is there`,
      'Only tables that are missing may be added.',
    );
  return before.includes('\r\n') ? after.replace(/\r?\n/g, '\r\n') : after;
}
