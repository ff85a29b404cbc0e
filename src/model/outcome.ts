import type { Diagnostic, Gap } from './finding.js';
import type { FileChange } from './files.js';
import type { PlannedTest, TestPlan } from './plan.js';
import type { ServiceModel } from './service.js';
import type { Triage } from './triage.js';

/** How one test case ended. */
export interface Verdict {
  /** `TestCase.id`. */
  case: string;
  verdict: 'pass' | 'fail' | 'error' | 'not-run';
  /** First lines of the failure, without colours. */
  message?: string;
}

export interface Run {
  /** Exact command, runnable in the service's folder. */
  command: string;
  /** A second command to install what is missing, if we were told not to. */
  install?: string;
  verdicts: Verdict[];
  /** Why nothing, or not everything, ran: timeout, `--no-verify`, missing dependencies. */
  problem?: string;
}

/** A case that contradicts what the code plainly states: reported first, written as a strict expected failure. */
export interface SuspectedBug {
  case: string;
  operation: string;
  title: string;
  message: string;
  /** Reproduces it against a running service. */
  curl: string;
}

/** The testing outcome: all that a run has to say, whichever command it was. */
export interface Report {
  triage: Triage;
  model: Pick<ServiceModel, 'operations' | 'files'> & Partial<Pick<ServiceModel, 'environment'>>;
  /** What the command was about, where that is not the whole service: a line each. */
  subject?: string[];
  plan: { cases: PlannedTest[] };
  changes: FileChange[];
  run: Run;
  suspectedBugs: SuspectedBug[];
  gaps: Gap[];
  diagnostics: Diagnostic[];
}

/** Of a whole service. */
export interface Outcome extends Report {
  model: ServiceModel;
  plan: TestPlan;
}
