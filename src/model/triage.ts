import type { SourceRef } from './source.js';

/** How a fact came to be known, strongest first. */
export type FactOrigin = 'flag' | 'config' | 'detected' | 'answered' | 'default';

/** A value, its source and its evidence. */
export interface Fact<T> {
  value: T;
  origin: FactOrigin;
  /** Readable, with a place where there is one: `express 5.3.0: package.json:14`. Never empty. */
  evidence: string;
  source?: Pick<SourceRef, 'file' | 'line'>;
}

export type Runner = 'jest' | 'vitest' | 'node:test' | 'mocha' | 'tap' | 'pytest';
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'pip' | 'uv' | 'poetry' | 'pdm' | 'pipenv' | 'conda';

/** What must be known before anything is read: facts with evidence. Facts absent from a service have `value: null` or `[]`. */
export interface Triage {
  /** Absolute folder of the service. Not part of the JSON report. */
  root: string;
  language: Fact<'typescript' | 'javascript' | 'python'>;
  moduleSystem: Fact<'esm' | 'commonjs' | null>;
  /** What compiles JavaScript that is written as ES modules and runs as CommonJS. Absent: it runs as written. */
  compiled?: Fact<'babel' | 'swc'>;
  /** Specifiers that the service's own configuration maps to its files, in the order in which they are tried. */
  aliases?: Fact<Alias[]>;
  runtime: Fact<string>;
  framework: Fact<'express' | 'fastify' | 'fastapi'>;
  frameworkVersion: Fact<string | null>;
  runner: Fact<Runner>;
  /** The runner is among the dependencies and has configuration. */
  runnerInstalled: Fact<boolean>;
  client: Fact<'supertest' | 'inject' | 'testclient'>;
  packageManager: Fact<PackageManager | null>;
  validators: Fact<string[]>;
  /** Libraries that say how callers authenticate: `jsonwebtoken`, `express-session`, … */
  auth: Fact<string[]>;
  database: Fact<string[]>;
  queue: Fact<string[]>;
  mail: Fact<string[]>;
  http: Fact<string[]>;
  /** Source file that starts the service, relative; inspection begins here. `#export` may follow. */
  entry: Fact<string>;
  testFolder: Fact<string>;
  /** `orders.test.ts` style: what comes between the resource's name and the end. */
  testSuffix: Fact<string>;
  /** `test_orders.py` style: what comes before the resource's name. Absent: nothing. */
  testPrefix?: Fact<string>;
  /** Test files that exist already, relative. */
  existingTests: Fact<string[]>;
  style: Fact<Style>;
  /** Python services only. */
  python?: Fact<PythonFacts>;
}

/** `@/*` → `src/*`: at most one star in each; targets relative to the service. The pattern `*` is tsconfig's `baseUrl`. */
export interface Alias {
  pattern: string;
  targets: string[];
}

export interface PythonFacts {
  /** Of the service's virtual environment: relative to the service where it lies inside. Null: none was found. */
  interpreter: string | null;
  /** The framework is installed there. */
  installed: boolean;
  /** Folder where the service's absolute imports begin, relative to it: `''` or, for example, `src`. */
  sourceRoot: string;
  /** `3.11` */
  version: string | null;
  /** Installed in that environment, else asked for: name in lower case with dashes → version or range. */
  packages: Record<string, string>;
}

export interface Style {
  quotes: 'single' | 'double';
  semicolons: boolean;
  /** `test` or `it`. */
  testFunction: 'test' | 'it';
  /** Runner functions are imported rather than global. */
  importsRunner: boolean;
  /** Longest line, where the formatter's configuration says it. */
  lineLength?: number;
}
