import type { Finding } from '../../model/index.js';
import type { Found } from '../rule.js';
import { asFinding } from '../symptoms.js';
import type { RunOutcome, RunSpec } from './run-spec.js';
import { keyOf } from './run-spec.js';
import { firstLine, newlyFailed, type Runs } from './runs.js';
import type { Subject } from './subject.js';

const DAY = 86_400_000;

interface World {
  name: string;
  spec: Pick<RunSpec, 'clock' | 'timeZone' | 'offline'>;
  symptom: number;
  fix: string;
}

const setTheClock = 'Set the clock in the test (fake Date only), and compute expectations from it.';

/** A day has edges, a month has an end, and machines stand elsewhere. */
const worlds: World[] = [
  { name: 'without a network', spec: { offline: true }, symptom: 11, fix: 'Answer for the host in the test.' },
  { name: 'late on the last day of a month', spec: { clock: 'month-end' }, symptom: 21, fix: setTheClock },
  { name: 'shortly after midnight', spec: { clock: 'after-midnight' }, symptom: 21, fix: setTheClock },
  { name: 'in 40 days', spec: { clock: 40 * DAY }, symptom: 21, fix: setTheClock },
  {
    name: 'in another time zone',
    spec: { timeZone: 'Pacific/Kiritimati' },
    symptom: 21,
    fix: 'Use UTC in expectations, or set TZ in the configuration.',
  },
];

/** Another day, another time zone, no network. */
export async function otherWorlds(subject: Subject, runs: Runs, serial: RunOutcome): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, spec, symptom, fix } of worlds) {
    const outcome = await runs.run(name, { serial: true, ...spec });
    if (!outcome) return findings;
    const [victim] = newlyFailed(serial, outcome);
    if (!victim) continue;
    // Twice, and passing in between: not by chance.
    const again = await runs.run(`${victim.file} as it is`, { files: [victim.file], serial: true });
    const once = await runs.run(`${victim.file} ${name}`, { files: [victim.file], serial: true, ...spec });
    const statusIn = (run: RunOutcome | undefined): string | undefined =>
      run?.tests.find((test) => keyOf(test) === keyOf(victim))?.status;
    if (statusIn(again) !== 'passed' || statusIn(once) !== 'failed') continue;
    const found: Found = {
      title: `"${victim.label.split(' › ').slice(1).join(' › ')}" fails ${name}.`,
      file: victim.file,
      line: subject.lineOf(victim),
      evidence: `It passes here and now, and fails ${name}: ${firstLine(victim.message)}`,
      fix,
      certainty: 'proven',
      victim: victim.label,
    };
    findings.push(asFinding(found, symptom));
  }
  return findings;
}
