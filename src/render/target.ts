import type { Triage } from '../model/index.js';

/** Language × runner × client that suites are written for. */
export interface Target {
  name: string;
  /** Folder in templates/. */
  templates: string;
  matches(triage: Triage): boolean;
  /** Where test functions are imported from; undefined where they are global. */
  runnerModule: string;
  /** What a strict expected failure is called: `test.failing`. */
  failing: string;
  /** Development dependencies that a suite needs beside the client. */
  dependencies(triage: Triage): Record<string, string>;
  configFile(triage: Triage): string;
  /** Exact command, without files. */
  command(triage: Triage): string;
}
