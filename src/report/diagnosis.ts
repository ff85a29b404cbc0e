import type { Certainty, Diagnosis, Experiment, Finding, Gap, Repair } from '../model/index.js';
import { counted, Page, type PageStyle } from './page.js';
import { placeText } from './place.js';
import { gapRemark, type Remark, remarks } from './remarks.js';

/**
 * What is wrong with a suite, for a terminal: findings first, most certain at the top, then as the main job reports:
 * Test surface · Plan · Implementation · Run · Gaps.
 */
export function diagnosisText(diagnosis: Diagnosis, style: PageStyle, repair?: Repair): string {
  const page = new Page(style);
  const { findings, gaps } = diagnosis;
  page.section('Findings', findings.length === 0 ? 'none' : String(findings.length));
  for (const finding of findings) describe(page, finding);
  page.section(
    'Test surface',
    `${counted(diagnosis.testFiles.length, 'test file')} of ${diagnosis.runners.join(', ')}`,
  );
  page.line(`Read in ${diagnosis.readSeconds.toFixed(1)} s.`);
  plan(page, findings);
  implementation(page, findings, repair);
  run(page, diagnosis);
  remarks(page, gaps, []);
  return page.toString();
}

function describe(page: Page, finding: Finding): void {
  page.line(`${placeText(finding)}  ${finding.title}`, 'bad');
  if (finding.polluter !== undefined) page.line(`  leaves it:  ${finding.polluter}`);
  if (finding.victim !== undefined) page.line(`  suffers:    ${finding.victim}`);
  page.line(`  evidence:   ${finding.evidence}`);
  page.line(`  fix:        ${finding.fix}${isFixable(finding) ? ' (--fix does it)' : ''}`);
  page.line(`  more:       backend-test explain ${anchorOf(finding.reference)}  (${finding.certainty})`);
}

const anchorOf = (reference: string): string => reference.split('#')[1] ?? '';
const isFixable = ({ edits }: { edits?: Finding['edits'] | undefined }): boolean => (edits?.length ?? 0) > 0;

/** A group for each page of reference, in the order of the findings. */
const bySymptom = (findings: Finding[]): { reference: string; own: Finding[] }[] =>
  [...new Set(findings.map(({ reference }) => reference))].map((reference) => ({
    reference,
    own: findings.filter((one) => one.reference === reference),
  }));

const CERTAINTIES: Certainty[] = ['proven', 'certain', 'likely'];

/** What is to be mended, a row for each symptom. */
function plan(page: Page, findings: Finding[]): void {
  const fixable = findings.filter(isFixable).length;
  page.section(
    'Plan',
    findings.length === 0
      ? 'nothing to mend'
      : `${String(findings.length)} to mend${fixable > 0 ? `, ${String(fixable)} of them by --fix` : ''}`,
  );
  if (findings.length === 0) return;
  const number = (count: number): string => (count === 0 ? '·' : String(count));
  const rows = bySymptom(findings).map(({ reference, own }) => {
    const columns = CERTAINTIES.map((certainty) => own.filter((one) => one.certainty === certainty).length);
    return [anchorOf(reference), ...[...columns, own.filter(isFixable).length].map(number), String(own.length)];
  });
  page.table(['symptom', ...CERTAINTIES, '--fix', 'all'], rows);
}

function implementation(page: Page, findings: Finding[], repair: Repair | undefined): void {
  const isWritten = repair?.state === 'applied';
  page.section('Implementation', isWritten ? `${String(repair.files.length)} update` : 'nothing written');
  if (isWritten) for (const file of repair.files) page.line(`~ ${file}`);
  if (repair) page.line(repair.text, repair.state === 'taken-back' ? 'bad' : undefined);
  else if (findings.some(isFixable)) page.line('--fix writes the safe repairs; --fix --dry-run shows them.');
}

function run(page: Page, { experiments, seconds }: Diagnosis): void {
  if (experiments.length === 0) {
    page.section('Run', 'nothing was run');
    page.line(
      '--run looks at what only shows in a run: order, parallel workers, the network, the clock, what stays open.',
    );
    return;
  }
  page.section('Run', `${counted(experiments.length, 'run')}, ${seconds.toFixed(0)} s`);
  const longest = Math.max(28, ...experiments.map(({ name }) => name.length));
  for (const each of experiments) page.line(experimentText(each, longest), each.failed > 0 ? 'bad' : undefined);
}

function experimentText({ name, files, passed, failed, seconds, note }: Experiment, width: number): string {
  const tail = note === undefined ? '' : `  ${note}`;
  return `${name.padEnd(width)} ${counted(files, 'file')}, ${String(passed)} pass, ${String(failed)} fail, ${seconds.toFixed(1)} s${tail}`;
}

/** The document of `backend-test diagnose --json`. */
export interface DiagnosisDocument {
  findings: (Omit<Finding, 'edits'> & { fixable: boolean })[];
  surface: { runners: string[]; testFiles: number };
  /** What is to be mended: a row for each symptom. */
  plan: { repairs: { reference: string; findings: number; fixable: number }[] };
  implementation: { files: { path: string; change: 'update' }[]; repair?: Omit<Repair, 'files'> };
  run: { experiments: Experiment[]; seconds: number };
  gaps: Remark<Gap>[];
}

/** The same as one JSON document. */
export function diagnosisJson(diagnosis: Diagnosis, repair?: Repair): DiagnosisDocument {
  const { findings, runners, testFiles, experiments, gaps, seconds } = diagnosis;
  return {
    findings: findings.map(({ edits, ...finding }) => ({ ...finding, fixable: isFixable({ edits }) })),
    surface: { runners, testFiles: testFiles.length },
    plan: {
      repairs: bySymptom(findings).map(({ reference, own }) => ({
        reference,
        findings: own.length,
        fixable: own.filter(isFixable).length,
      })),
    },
    implementation: {
      files: repair?.state === 'applied' ? repair.files.map((path) => ({ path, change: 'update' as const })) : [],
      ...(repair ? { repair: { diff: repair.diff, state: repair.state, text: repair.text } } : {}),
    },
    run: { experiments, seconds: Math.round(seconds * 10) / 10 },
    gaps: gaps.map(gapRemark),
  };
}
