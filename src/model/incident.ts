import type { Json } from './source.js';

/** A request that went wrong, and what should have come of it. */
export interface Incident {
  /** The bug's name elsewhere: `#12`, `SHOP-7`. */
  issue: string;
  method: string;
  /** As it was sent, without host and query. */
  path: string;
  query: Record<string, string>;
  /** Lower case. */
  headers: Record<string, string>;
  body?: Json;
  /** Status that was answered, where it is known. */
  happened?: number;
  expected: number;
  /** The user's own words. */
  says?: string;
}
