import type { AnyPlan, Gap, GapKind, Incident, Known, PlannedTest, UnitIncident, Verdict } from '../model/index.js';
import { receivedStatus } from './verdicts.js';

type Locking = AnyPlan & { gaps: Gap[] };

/** A bug of a request: red by the status that was answered. */
export const settleRegression = <Plan extends Locking>(
  plan: Plan,
  verdicts: Verdict[],
  incident: Incident,
  released: boolean,
): Plan =>
  settled(plan, verdicts, incident.issue, released, (verdict) => {
    const seen = receivedStatus(verdict.message);
    const isStated = verdict.verdict === 'fail' && seen !== undefined && isTheBug(Number(seen), incident);
    return isStated ? `answers ${seen} instead of ${incident.expected}` : undefined;
  });

/** As it was told; where that was not, anything but a refusal of another kind, which something before the bug would give. */
const isTheBug = (seen: number, { happened, expected }: Incident): boolean =>
  happened === undefined ? seen < 400 || seen >= 500 || expected < 400 : seen === happened;

/**
 * A bug of a call: red by the value or the error that came.
 * @param reads what the code gives as it was read, where that is known: the stated reason, if none was told
 */
export const settleLockedUnit = <Plan extends Locking>(
  plan: Plan,
  verdicts: Verdict[],
  incident: UnitIncident,
  reads: Known | undefined,
  released: boolean,
): Plan => {
  const happened = incident.happened ?? reads;
  return settled(plan, verdicts, incident.issue, released, (verdict) =>
    isSeen(happened, verdict, incident) ? inWords(happened, incident) : undefined,
  );
};

/** An error by its words. Else an expectation that was not met, and the value that came stands in what the runner says of it. */
function isSeen(
  happened: Known | string | undefined,
  { verdict, message = '' }: Verdict,
  { expected }: UnitIncident,
): boolean {
  // Class and words stand apart where another error was expected.
  if (typeof happened === 'string') return happened.split(/: (.*)/s).every((part) => message.includes(part));
  if ('throws' in expected)
    return /did not (throw|raise)|received (function did not throw|promise resolved)/i.test(message);
  const texts = happened && plainTexts(happened);
  const isValue = !texts || texts.some((text) => message.toLowerCase().includes(text.toLowerCase()));
  return verdict === 'fail' && isValue;
}

/** How runners print a plain value, in JavaScript's words and in Python's. Undefined: it takes more than one line. */
function plainTexts(known: Known): string[] | undefined {
  if (known.kind === 'number') return [known.text, known.text.replace('Infinity', 'inf')];
  if (known.kind === 'undefined') return ['undefined', 'None'];
  if (known.kind !== 'json' || (typeof known.value === 'object' && known.value !== null)) return undefined;
  return known.value === null ? ['null', 'None'] : [String(known.value)];
}

function inWords(happened: Known | string | undefined, { expected }: UnitIncident): string {
  const should = 'gives' in expected ? (plainTexts(expected.gives)?.[0] ?? 'what it should') : expected.throws;
  if (typeof happened === 'string') return `throws ${happened} instead of ${should}`;
  const value = happened && plainTexts(happened)?.[0];
  const came = value === undefined ? 'gives something else' : `gives ${value}`;
  return 'gives' in expected && value === undefined ? `${came} than ${should}` : `${came} instead of ${should}`;
}

/**
 * Decides about a locked bug: its case must be red, and for the reason that was stated. Then it is a strict expected failure, unless it is
 * `released`: then it must be green. Neighbours are what the code states; where the run says otherwise, they were read wrongly.
 * @param reasonOf why a red case is red, in words; undefined: not for the stated reason
 */
function settled<Plan extends Locking>(
  plan: Plan,
  verdicts: Verdict[],
  issue: string,
  released: boolean,
  reasonOf: (verdict: Verdict) => string | undefined,
): Plan {
  const byCase = new Map(verdicts.map((verdict) => [verdict.case, verdict]));
  const gaps: Gap[] = [];
  const settle = <Case extends PlannedTest>(one: Case, index: number): Case => {
    const verdict = byCase.get(one.id);
    const seen = firstLine(verdict?.message);
    const gap = (kind: GapKind, reason: string): void =>
      void gaps.push({ kind, operation: one.operation, reason: `${one.title}: ${reason}`, source: one.source });
    const isRed = verdict?.verdict === 'fail' || verdict?.verdict === 'error';
    if (one.state === 'failing') {
      if (isRed) gap('bug-mended', 'It no longer fails: the bug is mended, release it with --release.');
      return one;
    }
    if (one.state !== 'active') return one;
    if (one.rule !== 'regression') {
      if (isRed) gap('reading-contradicted', `The code states it, and the run says otherwise: ${seen}`);
      return isRed ? { ...one, state: 'todo', reason: seen } : one;
    }
    if (!isRed) {
      if (index === 0 && !released && verdict?.verdict === 'pass')
        gap('bug-not-red', 'It is green: the bug did not show, or is mended already.');
      return one;
    }
    const reason = reasonOf(verdict);
    if (reason === undefined) {
      gap('red-otherwise', `It is red for another reason than the stated one: ${seen}`);
      return { ...one, state: 'todo', reason: seen };
    }
    if (released) gap('bug-still-there', 'It is still red: the bug is not mended.');
    return { ...one, state: 'failing', reason: `${issue}: ${reason}` };
  };
  const cases = plan.cases.map(settle);
  return { ...plan, cases, gaps: [...plan.gaps, ...gaps] };
}

const firstLine = (message: string | undefined): string => (message ?? '').split('\n')[0] ?? '';
