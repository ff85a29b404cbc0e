import type { RenderedFile, TestPlan, Triage, UnitPlan } from '../model/index.js';

/** All that is one language's: how its suites are written, formatted and run. */
export interface Language {
  matches(triage: Triage): boolean;
  /** Exact command that runs the suite, in the service's folder, without files. */
  command(triage: Triage): string;
  /** Development dependencies that the service lacks, name → range as its package manager writes it. */
  dependencies(plan: TestPlan, triage: Triage): Record<string, string>;
  /** Plan → files. The same plan gives the same bytes. */
  render(plan: TestPlan, triage: Triage): Promise<RenderedFile[]>;
  /** The same for single units. Absent: unit tests are not written in this language yet. */
  units?: {
    dependencies(triage: Triage): Record<string, string>;
    render(plans: UnitPlan[], triage: Triage): Promise<RenderedFile[]>;
  };
}
