import type { RenderedFile } from '../model/index.js';
import { hashOf, type ManifestEntry } from './manifest.js';

/** One file as the three sides see it. */
export interface ThreeSides {
  /** What we last wrote, if we did. */
  base: ManifestEntry | undefined;
  /** On disk; null: nothing. */
  theirs: string | null;
  ours: RenderedFile;
}

export type Decision = 'create' | 'update' | 'keep' | 'conflict';

/**
 * Who wins a path. A merge per test block belongs here: between `update` and `conflict` stands the file that a human changed
 * in blocks other than ours.
 */
export function reconcile({ base, theirs, ours }: ThreeSides): Decision {
  if (theirs === null) return 'create';
  if (ours.ownership === 'seeded') return 'keep';
  const onDisk = hashOf(theirs);
  if (onDisk === hashOf(ours.text)) return 'keep';
  return base?.hash === onDisk ? 'update' : 'conflict';
}
