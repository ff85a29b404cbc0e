import type { JsonSchema } from './schema.js';
import type { Json, SourceRef } from './source.js';

/** Which part of a request a value comes from. `path` are path parameters; `body` the parsed JSON body. */
export type InputPart = 'body' | 'query' | 'path' | 'header' | 'cookie';

/**
 * A symbolic value with its origin: what the code answers, stores or compares, said without running it.
 * The planner evaluates the ones it can (`const`, `input`, `op` over those) and matches the rest by type.
 */
export type Term =
  | { kind: 'const'; value: Json }
  /** A field of the request; `at: []` is the whole part. */
  | { kind: 'input'; part: InputPart; at: string[] }
  /** A field of the verified caller: a claim of the token, or what a guard stored on the request from it. */
  | { kind: 'principal'; scheme: string; at: string[] }
  /** A field of the server-side session. */
  | { kind: 'session'; at: string[] }
  /** A field of a stored row that a lookup of this operation found; `at: []` is the row. `lookup` indexes `Operation.lookups`. */
  | { kind: 'row'; lookup: string; at: string[] }
  /** All rows that a lookup found (a list). With `each`, every item is mapped to it (its `row` terms name the same lookup). */
  | { kind: 'rows'; lookup: string; each?: Term }
  /** How many rows a lookup found. */
  | { kind: 'count'; lookup: string }
  /** A field of the row that an effect of this operation wrote; `at: []` is the row. */
  | { kind: 'written'; effect: string; at: string[] }
  /** What another service, a queue or a mailer answered to the effect's call. */
  | { kind: 'upstream'; effect: string; at: string[] }
  /** Made anew each time: an id, a time, a random or signed value. `what` is the call that makes it. */
  | {
      kind: 'generated';
      what: 'uuid' | 'clock' | 'random' | 'token' | 'hash' | 'other';
      schema: JsonSchema;
      args: Term[];
    }
  /** `rest`: what is spread into it (`{ ...row, status }`); its fields come first. `open`: others that are not known may be there too. */
  | { kind: 'object'; fields: Record<string, Term>; rest?: Term; open: boolean }
  | { kind: 'array'; items: Term[] }
  /** An operator or well-known pure function over terms, e.g. `+`, `*`, `round`, `lowercase`, `trim`, `template`, `number`, `string`, `length`. */
  | { kind: 'op'; op: string; args: Term[] }
  | { kind: 'unknown'; schema: JsonSchema; text: string; source?: SourceRef };

/**
 * What a guard asks, normalized so that refactorings which keep behaviour give the same predicate
 * (`== null` and `=== undefined`, `includes` and `some`).
 */
export type Predicate =
  /** A validator accepts this part (or this field of it). */
  | { kind: 'valid'; part: InputPart; at: string[]; schema: JsonSchema }
  /** The request carries this scheme's credential at all (header, cookie, session). */
  | { kind: 'credential'; scheme: string }
  /** The credential verifies: signature, expiry, and what else the library checks. */
  | { kind: 'verified'; scheme: string }
  /** The call of this effect fails (rejects, or throws). `unique` when the code says the failure is a broken unique constraint. */
  | { kind: 'throws'; effect?: string; lookup?: string; unique?: boolean; text: string }
  /** The value is null or undefined: a lookup without a row, a missing field. */
  | { kind: 'nil'; of: Term }
  /** The value is falsy but not only nil can make it so: empty string, 0, false. */
  | { kind: 'falsy'; of: Term }
  | { kind: 'eq'; left: Term; right: Term }
  | { kind: 'in'; of: Term; set: Term }
  | { kind: 'cmp'; op: '<' | '<='; left: Term; right: Term }
  | { kind: 'matches'; of: Term; pattern: string }
  /** A secret in the request matches a stored hash (bcrypt.compare, timingSafeEqual). */
  | { kind: 'secret'; input: Term; stored: Term }
  | { kind: 'type'; of: Term; is: string }
  /** Not understood; `of` are the terms that it reads. No case can be aimed at it: a Gap. */
  | { kind: 'opaque'; text: string; of: Term[] };

/** One decision on the way to a response, in the order it was taken. */
export interface Guard {
  predicate: Predicate;
  /** The predicate was true on this path. */
  holds: boolean;
  source: SourceRef;
}
