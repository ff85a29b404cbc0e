import type { Triage } from '../../model/index.js';
import type { Imports } from './imports.js';

/** Runner × client that a JavaScript suite is written for. */
export interface Target {
  runner: Runner;
  client: Client;
}

/** What runs the tests: one file in `targets/`, one folder in `templates/` with its `config.hbs`. */
export interface Runner {
  name: Triage['runner']['value'];
  /** Folder in templates/. */
  templates: string;
  hooks: { beforeAll: string; afterAll: string; beforeEach: string; afterEach: string };
  /** Imports into a test file the names that it uses, where they are not global. */
  imports(imports: Imports, triage: Triage, names: RunnerNames): void;
  /** Head of a test, up to its body's brace. `fn` is `test` or `it`; `title` is a literal. */
  open(fn: string, title: string): string;
  /** Head of a test that must fail as long as the bug is there. Without a way to say so, the harness' `failing` is wrapped around its body. */
  openFailing?(fn: string, title: string): string;
  /** What tests are called, where the runner has one name only. */
  testFunction?: 'test' | 'it';
  /** A file of the harness of its own, `support/runner`, printed from `runner.hbs` in the runner's folder. */
  hasSupport?: boolean;
  /** Head of a table of tests; the body sees each row's fields under these `names`, joined by commas. */
  openTable(fn: string, rows: TableRow[], names: string): string;
  /** A test that is not written yet, as a whole statement. */
  todo(fn: string, title: string): string;
  /** Statement that makes the next import load modules again; imports into the harness what it needs. */
  forgetModules(imports: Imports, triage: Triage): string;
  /**
   * Statement, given the file's path in code, by which a package that this runner's loader cannot `require` comes from Node's own loader; imports
   * what it needs. Absent: the runner requires ES modules as Node does.
   */
  requireFromNode?(imports: Imports, triage: Triage, file: string): string;
  /** Development dependencies, where the runner is not installed. */
  dependencies(triage: Triage): Record<string, string>;
  /** Others that a suite needs where it is. */
  companions(triage: Triage): Record<string, string>;
  /** Configuration that we write where there is none; undefined: the runner needs none. */
  configFile(triage: Triage): string | undefined;
  /** What the configuration's template asks besides, such as whether the version is an old one. */
  configData?(triage: Triage): Record<string, boolean>;
  /** Files that would hold configuration, and the key in package.json that could. */
  configuredBy: { files: string[]; key?: string };
  /** Exact command, without files. */
  command(triage: Triage): string;
  /** The command for one layer of a layered test folder, also where it has no tests yet. Absent: the folder is given. */
  layer?(command: string, name: 'unit' | 'integration'): string;
  /** Absent: the runner measures none. */
  coverage?(command: string): string;
  /** Packages that coverage needs beside the runner. */
  coveragePackages?: Record<string, string>;
  /** Absent: the runner cannot split a suite. */
  shard?(command: string, index: string, count: string): string;
}

/** One test of a table: its title as a literal, and what stands between the braces of an object literal. */
export interface TableRow {
  title: string;
  fields: string;
}

export interface RunnerNames {
  functions: string[];
  hooks: string[];
  /** Specifier of `support/runner`. */
  support: string;
}

/** A request, in code. */
export interface RequestParts {
  /** Expression of the one who sends it. */
  caller: string;
  /** Lower case. */
  verb: string;
  path: string;
  query?: string;
  /** Name, as a literal, and value. */
  headers: [string, string][];
  /** Sent as is, with `application/json`. */
  rawBody?: string;
  body?: string;
}

/**
 * What sends requests: one file in `targets/`, one folder in `templates/` with the partials of the harness that are the client's:
 * `caller` (who sends requests, and credentials), `start` (the app, and callers), `members` and `stop` (of the service that tests see).
 */
export interface Client {
  name: Triage['client']['value'];
  /** Folder in templates/. */
  templates: string;
  /** An expression that gives a promise of the response. */
  request(parts: RequestParts): string;
  /** How a response (an expression) is read. */
  status(response: string): string;
  body(response: string): string;
  text(response: string): string;
  headers(response: string): string;
  /** Imports into the harness what its partials use. `remakes`: the app is made anew for each test. */
  imports(imports: Imports, harness: { remakes: boolean; typescript: boolean }): void;
  dependencies(triage: Triage): Record<string, string>;
  /** Requests go over a port of the machine. */
  overPort: boolean;
}
