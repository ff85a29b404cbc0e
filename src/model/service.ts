import type { Gap, Diagnostic } from './finding.js';
import type { JsonSchema } from './schema.js';
import type { Json, SourceRef } from './source.js';
import type { Guard, InputPart, Term } from './term.js';

/** Everything known about one service. Plain JSON. Borrows OpenAPI 3.1's nouns. */
export interface ServiceModel {
  framework: { name: 'express' | 'fastify' | 'fastapi'; version?: string };
  operations: Operation[];
  schemes: SecurityScheme[];
  entities: Entity[];
  stores: Store[];
  sinks: Sink[];
  app: AppAccess;
  /** `https://api.example`: under which requests are taken, where the service refuses other hosts or plain HTTP. */
  origin?: string;
  /** Environment variables that the code reads: name, the fallback in the code, and whether start-up refuses without it. */
  environment: EnvironmentVariable[];
  gaps: Gap[];
  diagnostics: Diagnostic[];
  /** Files that were read, relative to the service. */
  files: string[];
}

/** A method and a path template: the unit of the model. */
export interface Operation {
  /** `METHOD /path/{parameter}`, unique. */
  id: string;
  /** Upper case; `ALL` where one registration answers every method. */
  method: string;
  /** OpenAPI template: `/orders/{id}`. */
  path: string;
  /** Where the route is registered. */
  source: SourceRef;
  /** Where the last handler is written, if elsewhere. */
  handler?: SourceRef;
  /** Registered only under this condition (environment, flag), as the code writes it. */
  condition?: string;
  /** First fixed segment after version prefixes, e.g. `orders`: one test file each. */
  resource: string;
  parameters: Parameter[];
  requestBody?: RequestBody;
  /** Schemas of the answers that the registration declares, by status (`200`, `4xx`, `default`), reached or not. */
  declared?: Record<string, JsonSchema>;
  /** One entry for each distinguishable way to be answered, success first. */
  responses: Response[];
  /** Empty: public. Alternatives are separate entries (OpenAPI's OR). */
  security: SecurityRequirement[];
  lookups: Lookup[];
  effects: Effect[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required: boolean;
  schema: JsonSchema;
  source?: SourceRef;
}

export interface RequestBody {
  required: boolean;
  mediaType: string;
  schema: JsonSchema;
  source?: SourceRef;
}

export type When =
  | 'success'
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rule'
  | 'upstream-failure';

export interface Response {
  /** 100–599. */
  status: number;
  when: When;
  /** Where the answer is given (`res.status(404).json(…)`), or the error thrown that an error handler answers. */
  source: SourceRef;
  /** All decisions on this path, in order. The first `n` are shared with the success twin. */
  guards: Guard[];
  /** Index in `guards` of the one that decides: the minimal pair with success differs here. Absent for success. */
  decidedBy?: number;
  /** The JSON body. Absent: no body, or not JSON. */
  body?: Term;
  /** Response headers set by the code, lower case. */
  headers?: Record<string, Term>;
  /** JSON Schema of the body where terms can't say it (from declared types). */
  schema?: JsonSchema;
  /** Ids of `Operation.effects` performed before this answer. A refusal that lists none must leave everything unchanged. */
  effects: string[];
}

export interface SecurityRequirement {
  /** `SecurityScheme.id`. */
  scheme: string;
  /** Any one of these roles will do; empty: any caller with the credential. */
  roles: string[];
  scopes: string[];
  /** The caller may be absent: the operation answers anonymously too. */
  optional: boolean;
  /** The rule compares a row's owner with the caller. */
  ownership?: {
    lookup: string;
    field: string;
    /** Roles that may pass all the same. */ except: string[];
    source: SourceRef;
  };
  /** Where it is enforced. */
  source: SourceRef;
}

/** How callers prove who they are. */
export interface SecurityScheme {
  id: string;
  type: 'jwt' | 'session' | 'api-key' | 'bearer' | 'basic';
  /** Where the credential travels; name is the header, cookie or query name, lower case for headers. */
  in: 'header' | 'cookie' | 'query';
  name: string;
  /** What stands before it in the header, e.g. `Bearer`. */
  prefix?: string;
  /** JWT only. `key` builds the secret the way the service does. `required` are claims the code insists on, e.g. `{ type: 'access' }`. */
  jwt?: {
    library: string;
    key: BuildExpr;
    algorithm: string;
    issuer?: Json;
    audience?: Json;
    required: Record<string, Json>;
  };
  /** Other kinds of token that the service signs with other claims or keys (`refresh`), to be refused here. */
  otherTokens: { name: string; key: BuildExpr; claims: Record<string, Json>; source: SourceRef }[];
  /** API key and bearer: the value that is accepted, if it is a constant or from the environment. */
  accepted?: BuildExpr;
  /** Where the caller's role stands, e.g. principal field `['role']`, and the roles that the code knows. */
  role?: { at: string[]; values: string[] };
  /**
   * API key only: the header does not hold the key (`accepted`) but the HMAC of the raw body with it, in this encoding, after `before`
   * (`sha256=`).
   */
  signature?: { algorithm: string; encoding: string; before: string };
  /** Fields of the principal that operations read, with their schema as far as known, keyed by dotted path. */
  claims: Record<string, JsonSchema>;
  /** The guard looks the caller up in a store (so the caller must exist): which entity, by which field = which claim. */
  user?: { entity: string; by: Record<string, Term> };
  /** Session: operation that signs in. */
  signIn?: string;
  source: SourceRef;
}

/** A kind of thing that the service stores: a table, a collection, an in-memory map. */
export interface Entity {
  /** The table's or collection's own name. */
  name: string;
  store: string;
  /** Primary key column, if known. */
  key?: string;
  columns: Record<string, Column>;
  /** Sets of columns that must be unique together. */
  unique: string[][];
  source?: SourceRef;
  /** Rows that the service itself puts there when it starts, in order, with the columns whose values are known. */
  seed?: Json[];
  /** The value that names the table in the service's code (drizzle table, model class), if test code can import it. */
  handle?: BuildExpr;
}

export interface Column {
  /** What a read gives, as JSON. */
  schema: JsonSchema;
  /** The column's own name in the database where it differs from the property's (`user_id` for `userId`). */
  dbName?: string;
  nullable: boolean;
  /** Filled in by the store where the code gives none (serial, default now()). */
  generated: boolean;
  /** The service's client fills it in, not the store: a row that tests insert has to have it. */
  byClient?: true;
  default?: Json;
  /** Where the code gives none, the row lacks the field rather than holding null (document stores). */
  omitted?: boolean;
  /** Where the code gives none, what an insert gives back lacks the field, though the row holds null. */
  unanswered?: boolean;
  /** Entity that it refers to. */
  references?: { entity: string; column: string };
}

/** Where entities live, and how test code reaches the same place. */
export interface Store {
  id: string;
  /** Library through which it is reached. */
  client:
    | 'drizzle'
    | 'knex'
    | 'kysely'
    | 'pg'
    | 'pglite'
    | 'libsql'
    | 'better-sqlite3'
    | 'node-sqlite'
    | 'sqlite3'
    | 'sqlite-wasm'
    | 'prisma'
    | 'sequelize'
    | 'typeorm'
    | 'mongoose'
    | 'mongodb'
    | 'redis'
    | 'mikro-orm'
    | 'sqlalchemy'
    | 'sqlmodel'
    | 'tortoise'
    | 'memory'
    | 'files'
    | 'unknown';
  /** The package that connects, where the client wraps one: `drizzle-orm/pglite`. */
  driver?: string;
  dialect?: 'postgres' | 'sqlite' | 'mysql' | 'mongodb' | 'redis' | 'memory';
  /** Builds or imports the client (SQLAlchemy, SQLModel: the engine). Absent: test code cannot reach it, effects are read back through the API. */
  handle?: BuildExpr;
  /** SQLAlchemy, SQLModel: how operations come by a session of that engine. */
  sessions?: {
    isAsync: boolean;
    /** The `sessionmaker` or `async_sessionmaker` that makes them all, if there is one. */
    factory?: BuildExpr;
    /** The dependency that hands them out, if there is one. */
    dependency?: BuildExpr;
  };
  /** SQLAlchemy, SQLModel: the `MetaData` that knows the tables: `Base.metadata`, `SQLModel.metadata`. */
  metadata?: BuildExpr;
  /** Files: the one whose JSON is the rows, from the service's folder. */
  path?: string;
  /** Environment variable that says which database, if one does. */
  urlVariable?: string;
  /**
   * Every connection that the service opens can be pointed at a test database in its driver (`package`), and tests read that database
   * over a connection of their own: what the service did not commit is not seen.
   */
  connection?: { kind: 'postgres' | 'sqlite' | 'mysql' | 'mongodb' | 'redis' | 'files'; package: string };
  /**
   * How the tables come to be: by the service's own start, or by test code: `sync` from its models, `migrations` of the client,
   * SQL `files` of the service in order.
   */
  tables?:
    { by: 'start-up' } | { by: 'sync' } | { by: 'migrations'; folder?: string } | { by: 'files'; files: string[] };
  /**
   * In memory, and files that are read when modules load: made anew with each app (`app`), or living as long as the modules are loaded (`process`). Tests begin
   * with an empty one by making the app, or loading the modules, again.
   */
  lifetime?: 'app' | 'process';
  /** Function of the service that creates its tables or runs its migrations, if one exists apart from start-up. */
  migrate?: BuildExpr;
  source: SourceRef;
}

/** A place where effects leave the process and can be seen by a test: a queue, a mailer, another service. */
export interface Sink {
  id: string;
  kind: 'job' | 'event' | 'mail' | 'file' | 'http';
  /** E.g. `emailQueue`, `https://payments.example`. */
  name: string;
  /** Methods of the handle that effects call, e.g. `['add']`. Empty for outbound HTTP, which is intercepted on the wire. */
  methods: string[];
  /**
   * The object whose methods are called. Absent for outbound HTTP. `{ kind: 'parameter' }`: handed to the app's factory.
   * `{ kind: 'call', callee }`: made anew at each use (`smtplib.SMTP(…)`): what `callee` names is replaced. A module is
   * imported with the name `*`. A class's `prototype` stands for all that it makes. An `EmailMessage` handed to it counts as an object: headers by lower-case name, and `text`.
   */
  handle?: BuildExpr;
  /** Methods that open or close connections, by the object that has them: in tests they do nothing. */
  silent?: { of: BuildExpr; methods: string[] }[];
  /** Outbound HTTP: the origin, and the environment variable that it comes from, if one does. */
  origin?: BuildExpr;
  source: SourceRef;
}

/** A lookup: the operation reads rows of an entity. */
export interface Lookup {
  id: string;
  entity: string;
  /** Equality conditions, column → term. */
  by: Record<string, Term>;
  /** Conditions beyond equality, as written. */
  other: string[];
  many: boolean;
  source: SourceRef;
}

/** What an operation does besides answering. */
export interface Effect {
  id: string;
  kind: 'db-write' | 'db-delete' | 'job' | 'event' | 'mail' | 'file' | 'http' | 'session';
  /** Entity name for `db-*`; sink id for `job`, `event`, `mail`, `file`, `http`; `session`. */
  target: string;
  verb: 'insert' | 'update' | 'delete' | 'call';
  /** `db-write`: column → value written. Columns not listed are left to the store. `session`: field → value. */
  values?: Record<string, Term>;
  /** `update`, `delete`: equality conditions that select the rows. */
  by?: Record<string, Term>;
  /** `job`, `mail`, `event`: the method called and its arguments. */
  method?: string;
  args?: Term[];
  /** `http`: what is sent. `url` includes the origin. */
  request?: { method: string; url: Term; headers?: Record<string, Term>; body?: Term };
  /** Inside a database transaction with this id. */
  transaction?: string;
  /** Started but not awaited before the answer: tests have to wait for it. */
  detached?: boolean;
  source: SourceRef;
}

export interface EnvironmentVariable {
  name: string;
  fallback?: Json;
  /** From an env file that is checked in: paths of operations were read with it, so tests run with it. */
  assumed?: string;
  required: boolean;
  schema?: JsonSchema;
  source: SourceRef;
}

/** How a test gets at the app without a port. */
export type AppAccess =
  /** `listens`: importing the file also calls `listen`. */
  | { how: 'export'; build: BuildExpr; listens: boolean; source: SourceRef }
  /** A function that returns the app: `build` is the whole call, with a `sink` or `store` expression where an argument can be replaced. */
  | { how: 'factory'; build: BuildExpr; source: SourceRef }
  /** Fastify: a plugin that is the whole service. `options`: of the app that it is registered on; `given`: of the plugin. */
  | { how: 'plugin'; build: BuildExpr; options?: BuildExpr; given?: BuildExpr; source: SourceRef }
  /** Nothing usable is exported: import `file` with `listen` captured. */
  | { how: 'listen'; file: string; source: SourceRef }
  | { how: 'none'; reason: string };

/** An expression that test code can write to get the value that the service has. */
export type BuildExpr =
  | { kind: 'const'; value: Json }
  | { kind: 'env'; name: string; fallback?: Json }
  /** A file of the service (`file`, relative to it) or a package (`module`). `name` is the export, `default` or `*`. */
  | { kind: 'import'; file?: string; module?: string; name: string }
  | { kind: 'call'; callee: BuildExpr; args: BuildExpr[]; isNew: boolean; isAsync: boolean }
  | { kind: 'member'; of: BuildExpr; name: string }
  | { kind: 'object'; fields: Record<string, BuildExpr> }
  | { kind: 'array'; items: BuildExpr[] }
  /** Replaced by a recording fake of this sink. */
  | { kind: 'sink'; sink: string }
  /** The app that the harness has made: a field of it is what the service decorated it with. */
  | { kind: 'app' }
  /** The store's own client, made once by the harness. */
  | { kind: 'store'; store: string }
  /** The argument at this place of the app's factory (only inside `Sink.handle` and `Store.handle`). */
  | { kind: 'parameter'; index: number; at: string[] }
  | { kind: 'unknown'; text: string };

export type { InputPart };
