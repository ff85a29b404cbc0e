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
  /** Roles or scopes that the credential carried, where it could be read; the credential itself is not kept. */
  roles?: string[];
  /** Who asks in the test of a 403, once it is written: after the mending the code alone would suggest somebody else. */
  caller?: { role?: string; isOther: boolean };
  /** Status that was answered, where it is known. */
  happened?: number;
  expected: number;
  /** The user's own words. */
  says?: string;
}
