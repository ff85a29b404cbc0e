import type { RenderedFile } from '../model/index.js';
import { merge } from './merge.js';

/** One file as the three sides see it. */
export interface ThreeSides {
  /** What we last wrote, if we did. */
  base: string | undefined;
  /** On disk; null: nothing. */
  theirs: string | null;
  ours: RenderedFile;
}

export interface Decision {
  change: 'create' | 'update' | 'keep' | 'conflict';
  /** What belongs there: ours, theirs, or both merged. Of a conflict: ours, to stand beside. */
  text: string;
}

/** Line ends don't count: a checkout may turn them into CRLF without a human having touched the file. */
const same = (one: string, other: string): boolean => one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');

/**
 * Who wins a path. A file is ours until a human changes it; then both changes are merged, and where they meet in the same lines
 * the human's file stays. A seeded file that we never wrote is the user's own.
 */
export function reconcile({ base, theirs, ours }: ThreeSides): Decision {
  if (theirs === null) return { change: 'create', text: ours.text };
  if (same(theirs, ours.text)) return { change: 'keep', text: theirs };
  if (base === undefined)
    return ours.ownership === 'seeded' ? { change: 'keep', text: theirs } : { change: 'conflict', text: ours.text };
  if (same(theirs, base)) return { change: 'update', text: ours.text };
  if (same(ours.text, base)) return { change: 'keep', text: theirs };
  const merged = merge(base, theirs, ours.text);
  if (merged === undefined) return { change: 'conflict', text: ours.text };
  return { change: same(merged, theirs) ? 'keep' : 'update', text: merged };
}
