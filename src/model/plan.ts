import type { Gap } from './finding.js';
import type { AppAccess, BuildExpr, Entity, SecurityScheme, Sink, Store } from './service.js';
import type { Json, SourceRef } from './source.js';
import type { InputPart } from './term.js';
import type { Evaluation, Known, Subject, UnitInput, UnitOutcome } from './unit.js';

/** What will be tested and how, free of any runner or language. */
export interface TestPlan {
  /** In the order in which they are written: by resource, then operation, then order of value. */
  cases: TestCase[];
  factories: Factory[];
  harness: HarnessPlan;
  gaps: Gap[];
}

export type CaseKind =
  'success' | 'unauthenticated' | 'forbidden' | 'invalid-input' | 'not-found' | 'conflict' | 'rule' | 'side-effect';

export type Layer = 'unit' | 'integration' | 'auth' | 'regression';

/** What every test case has, whatever its layer. */
export interface PlannedTest {
  /** Stable across runs while the operation and the point of the case stay: `post-orders.invalid-input.quantity-below-minimum`. */
  id: string;
  /** `Operation.id`; for a unit its name. */
  operation: string;
  kind: CaseKind;
  layer: Layer;
  /** What, when, expected: unique within its operation. */
  title: string;
  /** Test file, relative to the service: filled in by the planner from the test folder and the resource. */
  file: string;
  /** The line that gives grounds for the case. */
  source: SourceRef;
  /** Name of the rule that made it. */
  rule: string;
  /** `todo`: written as a todo with `reason`. `failing`: strict expected failure, a suspected bug. */
  state: 'active' | 'todo' | 'failing';
  reason?: string;
}

/** A plan of any layer. */
export interface AnyPlan {
  cases: PlannedTest[];
}

/** One request and what must be seen. */
export interface TestCase extends PlannedTest {
  /**
   * `stated`: every guard and value that the case rests on was read exactly, so a failure contradicts the code.
   * `inferred`: a guess took part, so a failure may be our misreading. Absent: `stated`.
   */
  certainty?: 'stated' | 'inferred';
  /**
   * Cases of one operation with the same `table` differ only in `act.body`, `act.query`, `act.path`, `act.headers`, `act.as` and
   * in the `expect` values of equal shape; they may be rendered as one table of rows.
   */
  table?: string;
  arrange: Step[];
  act: RequestPlan;
  expect: Expectation[];
}

/** The cases of one unit. */
export interface UnitPlan {
  subject: Omit<Subject, 'evaluate' | 'environment' | 'literals'>;
  /** The arguments, and what stubs give, that cases differ from. */
  inputs: UnitInput[];
  usual: Record<string, Known>;
  cases: UnitCase[];
  /** For `.env.test`, where the unit's modules read the environment. */
  environment: Record<string, string>;
  gaps: Gap[];
}

/** One call of a unit, and what must come of it. */
export interface UnitCase extends PlannedTest {
  given: Record<string, Known>;
  expect: UnitOutcome;
  /** Calls of stubs, in order. */
  calls: Evaluation['calls'];
}

/** A value in a test. */
export type Expr =
  | { kind: 'literal'; value: Json }
  /** Something bound earlier: a step's `bind`, `response` (the act's JSON body, or its headers by `['headers', 'location']` under name `responseHeaders`). */
  | { kind: 'ref'; name: string; at: string[] }
  /** The factory's valid input, with these fields replaced (`undefined`-like removal in `omit`, dotted paths). */
  | { kind: 'sample'; factory: string; overrides?: Record<string, Expr>; omit?: string[] }
  | { kind: 'object'; fields: Record<string, Expr> }
  | { kind: 'array'; items: Expr[] }
  /** Text put together from parts, e.g. a URL. */
  | { kind: 'text'; parts: Expr[] }
  /** A moment relative to now, as an ISO text (or `date`: only its first ten characters; `epoch-s`, `epoch-ms`: a number). */
  | { kind: 'moment'; offsetSeconds: number; as: 'date-time' | 'date' | 'epoch-s' | 'epoch-ms' }
  /** `length` times `text`: long strings stay readable. */
  | { kind: 'repeat'; text: string; length: number };

/** What a value must be. */
export type Matcher =
  | { kind: 'equals'; value: Expr }
  | { kind: 'type'; type: 'string' | 'number' | 'boolean' | 'object' | 'array' }
  | { kind: 'pattern'; pattern: string }
  /** Named formats the harness knows: `uuid`, `date-time`, `date`, `email`, `jwt`. */
  | { kind: 'format'; format: string }
  /** `exact: false`: other fields may be there. */
  | {
      kind: 'object';
      fields: Record<string, Matcher>;
      exact: boolean;
      /** All fields of this value too, before `fields`. */ spread?: Expr;
    }
  | { kind: 'array'; items: Matcher[] }
  /** An array with these items among others. */
  | { kind: 'contains'; items: Matcher[] }
  /** Null, or this. */
  | { kind: 'nullable'; of: Matcher }
  | { kind: 'anything' };

export type Step =
  /** A caller: binds a name that requests use in `as`; `ref`s read its `claims`. */
  | { kind: 'principal'; bind: string; principal: string; claims?: Record<string, Expr> }
  /** Somebody without a credential who keeps the cookies that answers set. */
  | { kind: 'visitor'; bind: string }
  /** A request that must succeed (any 2xx that the plan names), through its factory; binds the JSON body. */
  | {
      kind: 'create';
      bind?: string;
      /** Binds the row that the request has stored too: for what no answer shows. */
      row?: { bind: string; entity: string };
      factory: string;
      as?: string;
      path?: Record<string, Expr>;
      overrides?: Record<string, Expr>;
    }
  /** Any other request that brings the state about. */
  | { kind: 'request'; bind?: string; request: RequestPlan; status: number }
  /** Straight into the store, where no operation produces the state. Binds the row. */
  | { kind: 'insert'; bind?: string; entity: string; values: Record<string, Expr> }
  | { kind: 'alter'; entity: string; by: Record<string, Expr>; set: Record<string, Expr> }
  | { kind: 'remove'; entity: string; by: Record<string, Expr> }
  /** What a fake (job, mail, injected client) or an intercepted host answers from now on; `fails`: it rejects, or the connection breaks. */
  | { kind: 'upstream'; sink: string; method?: string; answer?: Expr; status?: number; fails?: boolean };

export interface RequestPlan {
  method: string;
  /** Template as in the operation; each parameter's value is in `path`. */
  template: string;
  path?: Record<string, Expr>;
  query?: Record<string, Expr>;
  headers?: Record<string, Expr>;
  body?: Expr;
  /** Sent as is with `application/json`: malformed JSON. */
  rawBody?: string;
  as: Credential;
}

export type Credential =
  | { kind: 'anonymous' }
  /** The `bind` of a `principal` step. */
  | { kind: 'principal'; bind: string }
  /** A credential of this scheme that must be refused. `other` names one of `SecurityScheme.otherTokens`. */
  | {
      kind: 'bad';
      scheme: string;
      variant:
        'malformed' | 'wrong-key' | 'expired' | 'unsigned' | 'other-token' | 'wrong-scheme' | 'unknown-key' | 'gone';
      other?: string;
      /** Principal whose claims it carries. */
      principal: string;
    };

/** What must be seen after the act. */
export type Expectation =
  | { kind: 'status'; equals: number }
  | { kind: 'body'; matches: Matcher }
  | { kind: 'header'; name: string; matches: Matcher }
  /** Empty body. */
  | { kind: 'no-body' }
  /** No store and no sink differs from before the act. */
  | { kind: 'unchanged' }
  /** The entity has exactly this many more (or fewer) rows than before the act. */
  | { kind: 'count'; entity: string; change: number }
  /** The one row selected by `by` matches, or is absent. */
  | { kind: 'row'; entity: string; by: Record<string, Expr>; matches: Matcher | 'absent' }
  /** The rows that the entity has now and had not before the act are one, which matches. For what no value in sight selects. */
  | { kind: 'added'; entity: string; matches: Matcher }
  /** Exactly these calls reached the sink since before the act, in order. */
  | { kind: 'calls'; sink: string; calls: CallMatcher[] }
  /** A second request, after the act: reading back. */
  | { kind: 'read'; request: RequestPlan; status: number; body?: Matcher };

export interface CallMatcher {
  /** `add`, `sendMail`; for HTTP `POST`. */
  method: string;
  /** HTTP only: path and query. */
  path?: string;
  args?: Matcher[];
  /** HTTP only. */
  body?: Matcher;
}

/** A named valid input of an operation, and the request that sends it: `orderInput()`, `createOrder(…)`. */
export interface Factory {
  /** `order`: gives `orderInput` and `createOrder`. */
  name: string;
  operation: string;
  /** Valid sample of the body. Absent: no body. */
  input?: Expr;
  /** How the body is sent. Absent: `application/json`. */
  mediaType?: string;
  /** Status of its success. */
  status: number;
  method: string;
  template: string;
  /** Principal used when none is given; absent: anonymous. */
  as?: string;
  /** Other parts that a valid request needs. */
  query?: Record<string, Expr>;
  headers?: Record<string, Expr>;
  /** Tests only use the input, never the request. */
  inputOnly: boolean;
}

/** What the harness must do; templates need nothing besides. */
export interface HarnessPlan {
  app: AppAccess;
  stores: Store[];
  /** Those that tests count or reset. Order: referenced ones first (insert order; delete in reverse). */
  entities: Entity[];
  /** Names of the entities that operations write to. What start-up puts into others is reference data, and stays. */
  written: string[];
  /** How many rows start-up puts into an entity of a database that operations write to: they are put back before each test. */
  started: Record<string, number>;
  sinks: SinkPlan[];
  schemes: SecurityScheme[];
  principals: Principal[];
  /** For `.env.test`: name → test value; never copied from the service's own `.env`. */
  environment: Record<string, string>;
  /** Origin of the requests that tests send, where not any will do. */
  origin?: string;
  /** SQLAlchemy's URL of the server on which tests make databases of their own, where TEST_DATABASE_URL says no other. */
  server?: string;
  /** What is kept in memory, as the API shows it. */
  readings: Reading[];
  /**
   * The service keeps state in memory: each test has an app of its own, made by its factory with the same stores (`app`), or from modules that are
   * loaded again (`process`). Absent: one app serves all tests of a file.
   */
  fresh?: 'app' | 'process';
  /** Claims of a token whose caller is not there. */
  gone?: Record<string, Json>;
}

/** A request that lists all rows of an entity. */
export interface Reading {
  entity: string;
  template: string;
  status: number;
  /** Where the list stands in the answer. */
  at: string[];
  /** Name of a principal; absent: anonymous. */
  as?: string;
}

export interface SinkPlan {
  sink: Sink;
  /** What each method's fake answers (resolves to) by default; for HTTP keyed by `METHOD /path`. */
  answers: Record<string, { status?: number; answer: Expr }>;
}

/** A kind of caller: `customer`, `admin`, `otherCustomer`. */
export interface Principal {
  name: string;
  scheme: string;
  /** In a sentence: `a caller with the role admin`. */
  described: string;
  role?: string;
  /** Claims signed into a token, or fields of the session; Expr `ref`s name a bound step of `arrange`. */
  claims: Record<string, Expr>;
  /** How the caller comes to exist and signs in, where a token alone is not enough: register, alter role, sign in. */
  arrange: Step[];
  /** Session or opaque token: the request that signs in. */
  signIn?: RequestPlan;
  /** JWT by sign-in: where the token stands in the answer. Absent: signed by the harness. */
  tokenAt?: string[];
}

export type { BuildExpr, InputPart };
