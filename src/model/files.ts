/** `managed`: re-rendered by us as long as no human changed it. `seeded`: written once, then the user's. */
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
