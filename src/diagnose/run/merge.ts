import type { Finding } from '../../model/index.js';

const isLeak = (symptom: number): boolean => symptom <= 4;

/**
 * Joins what was read with what was seen in runs: where both speak of one thing, the place and the repair are those of the text, and
 * the certainty (and, for leaks, the symptom that really shows) is that of the run.
 */
export function merged(read: Finding[], shown: Finding[]): Finding[] {
  const findings = [...read];
  const added: Finding[] = [];
  for (const one of shown) {
    const exact = findings.findIndex((known) => known.symptom === one.symptom && isSame(known, one));
    const index = exact >= 0 ? exact : findings.findIndex((known) => isSame(known, one));
    const known = findings[index];
    if (!known) {
      if (!added.some((other) => isSame(other, one))) added.push(one);
      continue;
    }
    const isShown = known.certainty === 'proven';
    const symptom = isLeak(one.symptom) && known.symptom !== 4 && !isShown ? one.symptom : known.symptom;
    const evidence = isShown ? known.evidence : `${known.evidence} Seen in a run: ${one.evidence}`;
    findings[index] = {
      ...known,
      symptom,
      reference: symptom === one.symptom ? one.reference : known.reference,
      evidence,
      certainty: 'proven',
      ...(one.polluter === undefined ? {} : { polluter: one.polluter }),
      ...(one.victim === undefined ? {} : { victim: one.victim }),
    };
  }
  return [...findings.map((one) => (isRefuted(one, shown) ? { ...one, certainty: 'likely' as const } : one)), ...added];
}

/** Something else was still open after the last test, this was not. */
const isRefuted = ({ symptom, certainty }: Finding, shown: Finding[]): boolean =>
  symptom <= 3 && certainty === 'certain' && shown.some((one) => one.symptom <= 3);

function isSame(left: Finding, right: Finding): boolean {
  if (isLeak(left.symptom) && isLeak(right.symptom) && left.symptom !== 4)
    return left.file === right.file && (left.line === right.line || left.line === 1 || right.line === 1);
  if (left.symptom !== right.symptom && !(isOrder(left) && isOrder(right))) return false;
  if (isOrder(left) || (left.victim !== undefined && right.victim !== undefined)) return left.victim === right.victim;
  return (
    left.file === right.file ||
    left.victim === right.victim ||
    left.evidence.includes(right.file) ||
    right.evidence.includes(left.file)
  );
}

const isOrder = ({ symptom }: Finding): boolean => symptom === 7 || symptom === 8;
