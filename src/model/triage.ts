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
export type PackageManager = 'npm' | 'pnpm' | 'yarn';

/** What must be known before anything is read: facts with evidence. Facts absent from a service have `value: null` or `[]`. */
export interface Triage {
  /** Absolute folder of the service. Not part of the JSON report. */
  root: string;
  language: Fact<'typescript' | 'javascript' | 'python'>;
  moduleSystem: Fact<'esm' | 'commonjs' | null>;
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
  /** Test files that exist already, relative. */
  existingTests: Fact<string[]>;
  style: Fact<Style>;
}

export interface Style {
  quotes: 'single' | 'double';
  semicolons: boolean;
  /** `test` or `it`. */
  testFunction: 'test' | 'it';
  /** Runner functions are imported rather than global. */
  importsRunner: boolean;
}
