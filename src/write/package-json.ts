import { isDeepStrictEqual } from 'node:util';
import { WriteRefused } from './refusal.js';

/**
 * Holds an edit of `package.json` against the one on disk: it may add keys, never change or drop one.
 * Returns the text to write: the one on disk where nothing is added, with its line ends kept.
 * Throws `WriteRefused` (`package-edit`) otherwise.
 */
export function additiveEdit(path: string, before: string, after: string): string {
  const theirs = parse(path, before);
  const ours = parse(path, after);
  const lost = firstLoss(theirs, ours, []);
  if (lost !== undefined) {
    throw new WriteRefused(
      'package-edit',
      path,
      `${path}: the edit would change "${lost.join('.')}"`,
      'Only keys that are missing may be added.',
    );
  }
  if (isDeepStrictEqual(theirs, ours)) return before;
  const lineEnds = before.includes('\r\n') ? after.replace(/\r?\n/g, '\r\n') : after;
  return /\n$/.test(before) ? lineEnds : lineEnds.replace(/(\r?\n)+$/, '');
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new WriteRefused('package-edit', path, `${path}: not valid JSON`, 'Mend it first.', { cause: error });
  }
}

function firstLoss(theirs: unknown, ours: unknown, at: string[]): string[] | undefined {
  if (!isObject(theirs) || !isObject(ours)) return isDeepStrictEqual(theirs, ours) ? undefined : at;
  for (const [key, value] of Object.entries(theirs)) {
    if (!Object.hasOwn(ours, key)) return [...at, key];
    const lost = firstLoss(value, ours[key], [...at, key]);
    if (lost !== undefined) return lost;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
