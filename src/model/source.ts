/** A place in the service's source. `file` is posix and relative to the service folder; offsets are UTF-16 code units. */
export interface SourceRef {
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** Character range `[start, end)` in the file, so that a diagnostic can point at it and a fault be planted in it. */
  start: number;
  end: number;
}

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
