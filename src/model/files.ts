import type { Incident, UnitIncident } from './incident.js';

/**
 * Both are ours until a human changes them, and merged from then on. `managed`: where both sides changed the same lines, ours goes
 * beside. `seeded`: one that stands there already, and that we never wrote, is the user's.
 */
export type Ownership = 'managed' | 'seeded';

/** A rendered text before it is held against the disk. */
export interface RenderedFile {
  /** Posix, relative to the service folder. */
  path: string;
  text: string;
  ownership: Ownership;
  /** Cases written in this file. */
  cases: string[];
  /** Case → what the runner's report calls it in this file, where it is not the operation and the title. */
  reportedAs?: Record<string, string>;
}

/** A planned change to one path. `conflict`: a human changed the file, ours goes to `beside`. */
export interface FileChange {
  path: string;
  change: 'create' | 'update' | 'keep' | 'conflict';
  ownership: Ownership;
  /** What is on disk now; null: nothing. */
  before: string | null;
  /** What we want there. */
  after: string;
  beside?: string;
}

/** What a run has to know of the earlier ones. */
export interface Memory {
  /** `Operation.id` of all that tests were written for: a run for one operation leaves the others' tests where they are. */
  operations: string[];
  /** `TestCase.id` → what became of a case that did not pass. */
  settled: Record<string, { state: 'todo' | 'failing'; reason: string }>;
  /** Bugs that a regression test was written for, by the bug's name. Absent in what a run wants kept: as before. */
  incidents?: Record<string, Incident | UnitIncident>;
}
