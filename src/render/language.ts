import type { RenderedFile, TestPlan, Triage, UnitPlan } from '../model/index.js';

/** All that is one language's: how its suites are written, formatted and run. */
export interface Language {
  matches(triage: Triage): boolean;
  /** Exact command that runs the suite, in the service's folder, without files. */
  command(triage: Triage): string;
  /** Development dependencies that the service lacks, name → range as its package manager writes it; `besides` are wanted too. */
  dependencies(plan: TestPlan, triage: Triage, besides?: Record<string, string>): Record<string, string>;
  /** Plan → files. The same plan gives the same bytes. */
  render(plan: TestPlan, triage: Triage): Promise<RenderedFile[]>;
  /** The same for a folder that people will fill: unit tests beside the integration tests, and scripts that run each. */
  scaffold(plan: TestPlan, triage: Triage): Promise<RenderedFile[]>;
  guide(triage: Triage): Guide;
  /** The same for single units. Absent: unit tests are not written in this language yet. */
  units?: {
    dependencies(triage: Triage): Record<string, string>;
    render(plans: UnitPlan[], triage: Triage): Promise<RenderedFile[]>;
  };
}

/** What a newcomer types, and what a CI job does. */
export interface Guide {
  commands: Record<'install' | 'test' | 'unit' | 'integration' | 'file', string> & { coverage?: string };
  /** Packages that these commands need beside those of a suite, name → range. */
  packages: Record<string, string>;
  /** A short integration test, as Markdown code. */
  example: string;
  ci: {
    /** Versions of the runtime, as YAML items; none: one job. */
    versions: string[];
    /** Steps of a GitHub job before the commands, as YAML lines. */
    setup: string[];
    /** Container image of a GitLab job. */
    image: string;
    run: string[];
    /** Adds one of `count` shards to the test command; absent: the runner cannot. */
    shard?: (command: string, index: string, count: string) => string;
  };
}
