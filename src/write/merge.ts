import { diff3Merge } from 'node-diff3';

const lines = (text: string): string[] => text.replaceAll('\r\n', '\n').split('\n');

/**
 * Brings together what a human made of a text of ours and what we would write now.
 * @returns the merged text with the human's line ends; undefined where both changed the same lines
 */
export function merge(base: string, theirs: string, ours: string): string | undefined {
  const merged: string[] = [];
  for (const region of diff3Merge(lines(theirs), lines(base), lines(ours), { excludeFalseConflicts: true })) {
    if (!region.ok) return undefined;
    merged.push(...region.ok);
  }
  return merged.join(theirs.includes('\r\n') ? '\r\n' : '\n');
}
