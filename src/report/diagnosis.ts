import type { Diagnosis, Experiment, Finding, Repair } from '../model/index.js';
import { counted, Page, type PageStyle } from './page.js';
import { placeText } from './place.js';

/** The findings of a suite for a terminal, most certain first. */
export function diagnosisText(diagnosis: Diagnosis, style: PageStyle, repair?: Repair): string {
  const page = new Page(style);
  const { findings, experiments, notes } = diagnosis;
  page.section('Suite', `${counted(diagnosis.testFiles.length, 'test file')} of ${diagnosis.runners.join(', ')}`);
  page.section('Findings', findings.length === 0 ? 'none' : String(findings.length));
  for (const finding of findings) describe(page, finding);
  if (experiments.length > 0) {
    page.section('Runs', `${String(experiments.length)}, ${diagnosis.seconds.toFixed(0)} s`);
    for (const each of experiments) page.line(experimentText(each), each.failed > 0 ? 'bad' : undefined);
  } else
    page.line(`Read in ${diagnosis.seconds.toFixed(1)} s; nothing was run: --run looks at what only shows in a run.`);
  if (notes.length > 0) {
    page.section('Not looked at', String(notes.length));
    for (const note of notes) page.line(note);
  }
  if (repair) {
    page.section('Repairs');
    page.line(repair.text, repair.state === 'taken-back' ? 'bad' : undefined);
  }
  return page.toString();
}

function describe(page: Page, finding: Finding): void {
  page.line(`${placeText(finding)}  ${finding.title}`, 'bad');
  if (finding.polluter !== undefined) page.line(`  leaves it:  ${finding.polluter}`);
  if (finding.victim !== undefined) page.line(`  suffers:    ${finding.victim}`);
  page.line(`  evidence:   ${finding.evidence}`);
  page.line(`  fix:        ${finding.fix}${finding.edits?.length ? ' (--fix does it)' : ''}`);
  page.line(`  more:       backend-test explain ${finding.reference.split('#')[1] ?? ''}  (${finding.certainty})`);
}

function experimentText({ name, files, passed, failed, seconds, note }: Experiment): string {
  const tail = note === undefined ? '' : `  ${note}`;
  return `${name.padEnd(28)} ${counted(files, 'file')}, ${String(passed)} pass, ${String(failed)} fail, ${seconds.toFixed(1)} s${tail}`;
}

export interface DiagnosisDocument {
  findings: Omit<Finding, 'edits'>[];
  runners: string[];
  testFiles: number;
  runs: Experiment[];
  notes: string[];
  seconds: number;
  repair?: Omit<Repair, 'diff'> & { diff?: string };
}

/** The same as one JSON document. */
export function diagnosisJson(diagnosis: Diagnosis, repair?: Repair): DiagnosisDocument {
  const { findings, runners, testFiles, experiments, notes, seconds } = diagnosis;
  return {
    findings: findings.map(({ edits, ...finding }) => ({ ...finding, fixable: (edits?.length ?? 0) > 0 })),
    runners,
    testFiles: testFiles.length,
    runs: experiments,
    notes,
    seconds: Math.round(seconds * 10) / 10,
    ...(repair ? { repair } : {}),
  };
}
