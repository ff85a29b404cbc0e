import type { JsonSchema } from './schema.js';
import type { EnvironmentVariable } from './service.js';
import type { Json, SourceRef } from './source.js';

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

/** A value that is known before a test runs. JSON, and what JSON lacks. */
export type Known =
  | { kind: 'json'; value: Json }
  | { kind: 'undefined' }
  | { kind: 'number'; text: 'NaN' | 'Infinity' | '-Infinity' }
  /** An object of a class of the service, where a test tells it from plain data. */
  | { kind: 'made'; of: ClassRef; fields: Record<string, Known> }
  /** A list of which an item is no JSON, or another kind of sequence. */
  | { kind: 'list'; items: Known[]; shape?: 'tuple' | 'set' };

/** A class of the service that tests can import. */
export interface ClassRef {
  file: string;
  name: string;
}

/** What of an input's JSON is an object of a class in the language of the test; made with its fields by name. */
export interface Made {
  /** `enum`: made from its value. */
  of?: ClassRef & { isEnum?: true };
  fields?: Record<string, Made>;
  item?: Made;
}

/** Something that decides what a unit gives: an argument, a value handed to its constructor, or what a collaborator's method gives. */
export interface UnitInput {
  /** Unique: `grams`; for a method's result `parcels.findById()`. */
  name: string;
  place: 'argument' | 'constructor' | 'result';
  schema: JsonSchema;
  optional: boolean;
  /** The declared type, as TypeScript prints it, or as Python code writes it. */
  type?: string;
  made?: Made;
  /** It is given by name only. */
  byName?: true;
}

/** An object that is handed in, or a function that is imported from the edge of the service: tests replace it by a stub. */
export interface Collaborator {
  /** Name of the parameter, or of the function in the unit's file; a function's only method is ''. */
  name: string;
  place: 'argument' | 'constructor' | 'module';
  /** The file that the unit imports the function from, and its name there; `isAlone`: it imports nothing else from it. */
  module?: ClassRef & { isAlone: boolean };
  type: string;
  /** Exports the type. */
  file?: string;
}

/** What a unit did with given inputs, found by running its code on them abstractly: never by executing the service. */
export interface Evaluation {
  result: UnitOutcome | { outcome: 'unknown'; reason: string; source?: SourceRef };
  /** Calls of collaborators, in order. */
  calls: StubCall[];
  /** Results that were asked for and that `given` did not have. */
  wants: UnitInput[];
  conditions: Condition[];
}

export interface StubCall {
  collaborator: string;
  method: string;
  /** Absent: not all of them are known before the run. */
  args?: Known[];
  /** Given by name. */
  named?: Record<string, Known>;
  isAsync: boolean;
}

export type UnitOutcome =
  | { outcome: 'gives'; value: Known; isAsync: boolean }
  | { outcome: 'throws'; error: ThrownError; isAsync: boolean; source: SourceRef };

export interface ThrownError {
  className: string;
  isBuiltIn: boolean;
  /** What a test imports; absent: the language's own, or not exported. */
  exported?: { file: string; name: string };
  /** It is of a package: the module that a test imports it from. */
  module?: string;
  message?: string;
  /** Its other fields, where they are known: `status`, `code`. */
  fields: Record<string, Known>;
}

/** Something that a run on known values met, in order. */
export type Condition =
  | { kind: 'test'; source: SourceRef; holds: boolean }
  | { kind: 'compare'; source: SourceRef; op: '<' | '<=' | '==='; left: Known; right: Known }
  | { kind: 'match'; source: SourceRef; pattern: string; subject: string; holds: boolean };

/** A unit that can be called from a test, and what it would do. */
export interface Subject {
  unit: Unit;
  /** What the test imports: the function, or the class; `default` for a default export. */
  exported: string;
  /** The method to call, and how: on the class itself, or on an object of it. */
  method?: { name: string; isStatic: boolean };
  /** Names of the arguments in order; each is an input or a collaborator. */
  arguments: string[];
  constructorArguments: string[];
  inputs: UnitInput[];
  collaborators: Collaborator[];
  /** Short texts that its code holds: what inputs are likely to be told apart by. */
  literals: string[];
  /** Variables that its modules read when they are imported. */
  environment: EnvironmentVariable[];
  /** Runs the unit's code abstractly. Pure: the same inputs give the same answer. */
  evaluate(given: Record<string, Known>): Evaluation;
}
