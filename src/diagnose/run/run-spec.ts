/** One run of a suite or of a part of it. */
export interface RunSpec {
  /** Relative to the suite; absent: all of them. */
  files?: string[];
  /** Run just these tests of them. */
  tests?: TestId[];
  /** One file after the other, in the order given; else as the suite itself does it. */
  serial: boolean;
  /** Shuffles the tests inside each file. */
  seed?: number;
  clearMocks?: boolean;
  /** Where the clock is moved: by milliseconds, or to a moment of the suite's own time zone. */
  clock?: number | 'month-end' | 'after-midnight';
  timeZone?: string;
  offline?: boolean;
  /** Note what each test leaves behind (pytest). */
  state?: boolean;
  /** It is known not to end by itself: don't wait for that. */
  hangs?: boolean;
}

/** A test by its file and its titles from outside in, joined as the runner joins them. */
export interface TestId {
  file: string;
  name: string;
  /** For people. */
  label: string;
}

export type Status = 'passed' | 'failed' | 'todo' | 'skipped';

export interface Place {
  file: string;
  line: number;
}

/** Something that a process still held when it was told to end. */
export interface Handle {
  kind: 'server' | 'socket' | 'setInterval' | 'setTimeout' | 'thread' | 'process';
  target: string;
  at?: Place;
}

export interface Outcome extends TestId {
  status: Status;
  message: string;
}

export interface RunOutcome {
  tests: Outcome[];
  /** Files that failed as a whole → why. */
  broken: Map<string, string>;
  output: string;
  /** Null: killed. */
  code: number | null;
  killedFor?: 'timeout' | 'no-exit' | 'stopped';
  handles: Handle[];
  /** Calls to other machines. */
  network: { target: string; at?: Place }[];
  /** What a test left behind, by test (pytest). */
  left: Map<string, string[]>;
  seconds: number;
}

/** Runs a suite in a given way. */
export interface Driver {
  runner: string;
  /** The order in which files run one after the other, for want of another. */
  files: string[];
  canShuffle: boolean;
  /** As the suite itself is run, its files run one after the other, in this order. */
  isSerial: boolean;
  canClearMocks: boolean;
  /** Runs the tests that it is given in the order in which they are given; else in that of their file or seed. */
  ordersTests: boolean;
  run(spec: RunSpec): Promise<RunOutcome>;
}

export const keyOf = ({ file, name }: TestId): string => `${file}\0${name}`;
