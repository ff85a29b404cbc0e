import type { Experiment } from '../../model/index.js';
import type { Driver, Outcome, RunOutcome, RunSpec } from './run-spec.js';
import { keyOf } from './run-spec.js';

/** Runs within a budget, and remembers them for the report. */
export class Runs {
  readonly experiments: Experiment[] = [];
  readonly notes: string[] = [];
  private longest = 0;
  private hangs = false;

  constructor(
    private readonly driver: Driver,
    private readonly deadline: number,
    private readonly progress: (text: string) => void,
    private readonly signal?: AbortSignal,
  ) {}

  /** The time that is left would not hold another run of the whole suite. */
  readonly isShort = (share = 1): boolean =>
    this.signal?.aborted === true || this.deadline - performance.now() < this.longest * 1000 * share * 1.2;

  /** Undefined where no time is left for it. */
  async run(name: string, spec: RunSpec): Promise<RunOutcome | undefined> {
    const share = (spec.files?.length ?? this.driver.files.length) / Math.max(1, this.driver.files.length);
    if (this.isShort(share)) {
      this.notes.push(`${name}: no time was left (--budget).`);
      return undefined;
    }
    this.progress(`${this.driver.runner}: ${name}`);
    const outcome = await this.driver.run(this.hangs ? { ...spec, hangs: true } : spec);
    this.hangs ||= outcome.killedFor === 'no-exit' && spec.serial;
    if (share === 1) this.longest = Math.max(this.longest, outcome.seconds);
    this.experiments.push({
      name,
      files: spec.files?.length ?? this.driver.files.length,
      passed: outcome.tests.filter(({ status }) => status === 'passed').length,
      failed: outcome.tests.filter(({ status }) => status === 'failed').length + outcome.broken.size,
      seconds: Math.round(outcome.seconds * 10) / 10,
      ...(outcome.killedFor === 'no-exit'
        ? { note: 'did not exit by itself' }
        : outcome.killedFor === 'timeout'
          ? { note: 'was stopped: no time left' }
          : {}),
    });
    return outcome;
  }
}

/** Tests that passed in one run and failed in another. */
export function newlyFailed(before: RunOutcome, after: RunOutcome): Outcome[] {
  const passed = new Set(before.tests.filter(({ status }) => status === 'passed').map(keyOf));
  return after.tests.filter((test) => test.status === 'failed' && passed.has(keyOf(test)));
}

/** First line of a failure that says something, without the runner's drawing. */
export function firstLine(message: string): string {
  const [, expected] = /^\s*Expected[^:\n]*: *(\S.*)$/m.exec(message) ?? [];
  const [, received] = /^\s*Received[^:\n]*: *(\S.*)$/m.exec(message) ?? [];
  if (expected !== undefined && received !== undefined)
    return `expected ${expected.trim()}, received ${received.trim()}`.slice(0, 160);
  // pytest prints the test first, and what was wrong behind an E.
  const said = message.split('\n').filter((line) => /^E\s+\S/.test(line));
  const lines = (said.length ? said : message.split('\n')).map((line) =>
    line.replace(/^\s*(E\s+|Error:\s*|AssertionError:\s*)/, '').trim(),
  );
  return (lines.find((line) => line !== '' && !/^(def |self =|>|@|\w+ = )/.test(line)) ?? '').slice(0, 160);
}
