import type { Json } from './source.js';
import type { Known } from './unit.js';

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

/** A call of one function that went wrong once. */
export interface UnitIncident {
  /** The bug's name elsewhere. */
  issue: string;
  /** `src/pricing.ts#priceOf`, `app/pricing.py::price_of`. */
  unit: string;
  /** As they were told: by place, then by name. */
  args: Known[];
  named: Record<string, Known>;
  expected: ToldOutcome;
  /** What came of it instead: a value, or the words of an error. */
  happened?: Known | string;
  /** The user's own words. */
  says: string;
}

/** What should have come of a call. */
export type ToldOutcome = { gives: Known } | { throws: string; message?: string };
