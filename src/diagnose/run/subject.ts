import type { Finding } from '../../model/index.js';
import type { Place, TestId } from './run-spec.js';
import type { Driver } from './run-spec.js';

/** A suite that can be run, and what is known of it without running it. */
export interface Subject {
  driver: Driver;
  /** Found by reading; what a run proves of it is marked there. */
  findings: Finding[];
  /** 1-based line of a test, 1 where it cannot be told. */
  lineOf(test: TestId): number;
  /** What the two tests share, where that can be seen. */
  shared(polluter: TestId, victim: TestId): Promise<string[]>;
  /** Uses fake timers. */
  fakesTimers(file: string): boolean;
  /** How isolation is restored here, in a sentence. */
  isolation: string;
}

export const isProject = (place: Place | undefined): place is Place =>
  place !== undefined && !place.file.startsWith('..') && !place.file.includes('node_modules');
