import type { SourceRef } from './source.js';

/** What a unit of code leans on, by what stands behind it. */
export type Role =
  | 'database'
  | 'http'
  | 'queue'
  | 'event'
  | 'mail'
  | 'schedule'
  | 'file'
  | 'process'
  | 'framework'
  | 'auth'
  | 'log'
  /** A class of the service that is handed in, so that a test can hand in another. */
  | 'collaborator'
  /** Everything else: computes, and reaches nothing. */
  | 'library';

/** One call of a unit that leaves it. */
export interface Dependency {
  role: Role;
  /** As written, without arguments: `this.db.insert`, `fetch`. */
  call: string;
  /** How the unit comes by it. */
  by: 'import' | 'injected' | 'parameter' | 'global';
  /** Package, file or type behind it: `drizzle-orm`, `src/payments.ts`, `Database`. */
  from: string;
  /** The call, in the unit itself or in the function that it is reached through. */
  source: SourceRef;
  /** Functions of the service between the unit and the call, outermost first; empty: the unit calls it itself. */
  through: string[];
}

/** Somebody who calls the unit that is not the service's own code: a queue's worker, a timer, a sign-in strategy. */
export interface Registration {
  by: 'queue' | 'schedule' | 'auth';
  /** As written: `setInterval`, `agenda.define`, `@Cron`. */
  call: string;
  source: SourceRef;
}

/** What a unit does with a request. */
export interface Exchange {
  /** Name of the parameter. */
  request?: string;
  response?: string;
  /** Takes an error first, as error handlers do. */
  isErrorHandler: boolean;
  /** Fields of the request are read, or it is changed. */
  touches?: { call: string; source: SourceRef };
  /** Sends an answer. */
  answers?: { call: string; source: SourceRef };
  /** Hands on to the next in line without an error. */
  passes?: { call: string; source: SourceRef };
  /** Turns callers away because of who they are: 401, 403, or an error that says so. */
  refuses?: { call: string; source: SourceRef };
  /** Registers routes itself. */
  registers?: { call: string; source: SourceRef };
}

/** A function, a method or a class of the service, with what it leans on: what the choice of a test's layer follows from. */
export interface Unit {
  /** `src/orders/pricing.ts#priceOf`, `app/pricing.py::price_of`. */
  id: string;
  /** `priceOf`, `Basket.add`. */
  name: string;
  file: string;
  source: SourceRef;
  exchange: Exchange;
  registrations: Registration[];
  /** In the order of the calls; the unit's own before those that it reaches through others. */
  dependencies: Dependency[];
}

export type UnitKind =
  'pure' | 'thin adapter' | 'persistence' | 'HTTP handler' | 'guard' | 'queue consumer' | 'scheduled job';

/** Which test proves a unit at the least cost, and why. */
export interface LayerChoice {
  unit: string;
  kind: UnitKind;
  layer: 'unit' | 'integration' | 'auth';
  /** What decided it, each with its line. */
  why: { text: string; source?: SourceRef }[];
  /** The other layer, and why it would be the worse. */
  refused: string;
}
