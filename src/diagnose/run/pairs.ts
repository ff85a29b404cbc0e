import type { Found } from '../rule.js';
import { asFinding } from '../symptoms.js';
import type { Finding } from '../../model/index.js';
import { bisect, type Pair } from './bisect.js';
import type { Outcome, RunOutcome, TestId } from './run-spec.js';
import { keyOf } from './run-spec.js';
import { firstLine, newlyFailed, type Runs } from './runs.js';
import type { Subject } from './subject.js';

const MOST_PAIRS = 5;

/** Looks for tests whose outcome depends on what ran before: each file alone, reversed files, shuffled tests; then bisects. */
export class PairSearch {
  readonly findings: Finding[] = [];
  private readonly victims = new Set<string>();

  constructor(
    private readonly subject: Subject,
    private readonly runs: Runs,
    private readonly serial: RunOutcome,
  ) {}

  /** Orders of the whole suite; and alone those files only that have a failing test. */
  async together(): Promise<void> {
    await this.alone(this.subject.driver.files.filter((file) => this.failing.has(file)));
    await this.shuffled();
    await this.reversed();
  }

  async eachAlone(): Promise<void> {
    await this.alone(this.subject.driver.files.filter((file) => !this.failing.has(file)));
  }

  private get failing(): Set<string> {
    return new Set(this.serial.tests.filter(({ status }) => status === 'failed').map(({ file }) => file));
  }

  private async alone(files: string[]): Promise<void> {
    const inOrder = this.serial.tests;
    for (const file of this.subject.driver.files.length > 1 ? files : []) {
      if (this.findings.length >= MOST_PAIRS) return;
      const outcome = await this.runs.run(`${file} alone`, { files: [file], serial: true });
      if (!outcome) return;
      const before = new Map(this.serial.tests.map((test) => [keyOf(test), test]));
      const changed = outcome.tests.filter((test) => isOther(before.get(keyOf(test)), test));
      for (const test of changed.slice(0, 2)) await this.explain(before.get(keyOf(test)) ?? test, inOrder, undefined);
    }
  }

  private async reversed(): Promise<void> {
    const files = [...this.subject.driver.files].reverse();
    if (files.length < 2 || this.findings.length) return;
    const outcome = await this.runs.run('files in reverse', { files, serial: true });
    if (!outcome) return;
    for (const test of newlyFailed(this.serial, outcome).slice(0, 2))
      await this.explain(test, outcome.tests, undefined);
  }

  private async shuffled(): Promise<void> {
    const { driver } = this.subject;
    if (!driver.canShuffle) return;
    for (const seed of [1, 2, 3, 4]) {
      if (this.findings.length >= MOST_PAIRS) return;
      const outcome = await this.runs.run(`shuffled, seed ${String(seed)}`, { serial: true, seed });
      if (!outcome) return;
      if (!outcome.tests.length) {
        this.runs.notes.push(
          'Tests were not shuffled: the runner that is installed does not take it (Jest does from 29.5 on).',
        );
        return;
      }
      const failed = newlyFailed(this.serial, outcome).filter((test) => !this.victims.has(keyOf(test)));
      if (!failed.length) continue;
      const cured = driver.canClearMocks
        ? await this.runs.run(`shuffled, seed ${String(seed)}, mocks cleared`, { serial: true, seed, clearMocks: true })
        : undefined;
      for (const test of failed.slice(0, 3)) {
        const isMock = cured?.tests.find((one) => keyOf(one) === keyOf(test))?.status === 'passed';
        await this.explain(test, outcome.tests, seed, isMock);
      }
    }
  }

  /** Bisects one victim; what cannot be reproduced is chance, and is said to be that. */
  private async explain(victim: Outcome, order: Outcome[], seed: number | undefined, isMock = false): Promise<void> {
    if (this.victims.has(keyOf(victim))) return;
    this.victims.add(keyOf(victim));
    const { driver } = this.subject;
    const isUp = (): boolean => this.runs.isShort(0.2);
    const isOrdered = seed === undefined || driver.ordersTests;
    // A shuffled file is not reported in the order in which it ran: any other test of it may have come before.
    const sameFile = [...order.filter((test) => keyOf(test) !== keyOf(victim) && test.file === victim.file), victim];
    const shuffle = isOrdered ? {} : { seed };
    const pair =
      (await bisect(driver, { tests: isOrdered ? order : sameFile, ...shuffle }, victim, victim.status, isUp)) ??
      (await bisect(driver, { tests: this.serial.tests }, victim, 'passed', isUp));
    if (pair?.polluter.length) this.findings.push(await this.found(pair, isMock, seed));
    else this.runs.notes.push(`${victim.label} failed once and not again when it was looked at: by chance, it seems.`);
  }

  private async found(pair: Pair, isMock: boolean, seed: number | undefined): Promise<Finding> {
    const { victim, polluter, kind, message } = pair;
    const last = polluter.at(-1) ?? victim;
    const shared = await this.subject.shared(last, victim);
    const names = polluter.map(({ label }) => label).join(' + ');
    const state = shared.length ? ` They share ${shared.join(', ')}.` : '';
    const found: Found = {
      title:
        kind === 'polluted'
          ? `"${shortOf(victim)}" fails after "${shortOf(last)}", and passes without it.`
          : `"${shortOf(victim)}" passes only after "${shortOf(last)}".`,
      file: victim.file,
      line: this.subject.lineOf(victim),
      evidence: `${kind === 'polluted' ? 'Alone it passes; after' : 'Alone it fails; after'} ${names} it ${kind === 'polluted' ? `fails: ${firstLine(message)}` : `passes (alone: ${firstLine(message)})`}.${state}${seed === undefined ? '' : ` Seen with seed ${String(seed)}.`} ${String(pair.runs)} runs to bisect.`,
      fix: isMock
        ? 'Set clearMocks: true and restoreMocks: true: with them it passes.'
        : shared.length
          ? `Make ${shared.map((one) => one.split(' ')[0]).join(', ')} anew for each test, or put it back after it: ${this.subject.isolation}.`
          : `Make what they share anew for each test: ${this.subject.isolation}.`,
      certainty: 'proven',
      polluter: last.label,
      victim: victim.label,
    };
    return asFinding(found, isMock ? 8 : 7);
  }
}

const isOther = (before: Outcome | undefined, after: Outcome): boolean =>
  before !== undefined &&
  before.status !== after.status &&
  [before.status, after.status].every((status) => status === 'passed' || status === 'failed');

const shortOf = ({ label }: TestId): string => label.split(' › ').slice(1).join(' › ');
