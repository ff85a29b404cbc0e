import type { Gap } from './finding.js';
import type { Runner } from './triage.js';

/** How sure we are: seen to happen in a run, stated by the code, or where the code makes it probable. */
export type Certainty = 'proven' | 'certain' | 'likely';

/** One disease of a test suite, at one place. */
export interface Finding {
  /** Number of the symptom: 1 to 21, in the order of references/troubleshooting.md. */
  symptom: number;
  /** One sentence: what goes wrong, here. */
  title: string;
  /** Posix, relative to the suite's folder. */
  file: string;
  /** 1-based. */
  line: number;
  /** `file › test` that leaves something behind. */
  polluter?: string;
  /** `file › test` whose outcome it changes. */
  victim?: string;
  /** What was seen, with places. */
  evidence: string;
  /** What to do, in one or two sentences. */
  fix: string;
  /** `references/troubleshooting.md#anchor`. */
  reference: string;
  certainty: Certainty;
  /** A safe repair, where there is one. */
  edits?: Edit[];
}

/** Replaces the characters `[start, end)` of a file. */
export interface Edit {
  file: string;
  start: number;
  end: number;
  text: string;
}

/** One run of the suite, or of a part of it. */
export interface Experiment {
  /** What was varied: `as it is`, `alone`, `shuffled with seed 3`, … */
  name: string;
  files: number;
  passed: number;
  failed: number;
  seconds: number;
  note?: string;
}

/** What a suite looks like, and what is wrong with it. */
export interface Diagnosis {
  root: string;
  runners: Runner[];
  testFiles: string[];
  /** Most certain first. */
  findings: Finding[];
  experiments: Experiment[];
  /** What could not be looked at, and why. */
  gaps: Gap[];
  /** Of the reading alone. */
  readSeconds: number;
  /** In all. */
  seconds: number;
}

/** What became of the safe repairs. */
export interface Repair {
  /** As one patch. */
  diff: string;
  state: 'nothing' | 'shown' | 'applied' | 'taken-back';
  /** Changed by it, posix, relative to the suite's folder. */
  files: string[];
  /** One or two sentences. */
  text: string;
}
