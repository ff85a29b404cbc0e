import type {
  CaseKind,
  Diagnostic,
  Fact,
  FileChange,
  Gap,
  Layer,
  Report,
  Run,
  SuspectedBug,
  Triage,
  Verdict,
} from '../model/index.js';
import { placeOf, type Place } from './place.js';
import { diagnosticRemark, gapRemark, type Remark } from './remarks.js';

/** The document of `backend-test --json`. */
export interface OutcomeDocument {
  surface: Record<string, Fact<unknown>>;
  /** What the command was about, where that is not the whole service. */
  subject?: string[];
  plan: { cases: CaseDocument[] };
  implementation: { files: FileDocument[] };
  run: { command: string; install?: string; verdicts: Verdict[]; problem?: string };
  suspectedBugs: SuspectedBug[];
  gaps: Remark<Gap>[];
  diagnostics: Remark<Diagnostic>[];
}

export interface CaseDocument {
  id: string;
  operation: string;
  kind: CaseKind;
  layer: Layer;
  title: string;
  file: string;
  source: Place;
  state: 'active' | 'todo' | 'failing';
  reason?: string;
}

export interface FileDocument {
  path: string;
  change: FileChange['change'];
  ownership: FileChange['ownership'];
  beside?: string;
}

/** Plain JSON; key order is part of the document. Holds no absolute path. */
export function json(outcome: Report): OutcomeDocument {
  return {
    surface: surfaceOf(outcome.triage),
    ...(outcome.subject ? { subject: outcome.subject } : {}),
    plan: { cases: casesOf(outcome) },
    implementation: { files: outcome.changes.map(fileOf) },
    run: runOf(outcome.run),
    suspectedBugs: outcome.suspectedBugs,
    gaps: outcome.gaps.map(gapRemark),
    diagnostics: outcome.diagnostics.map(diagnosticRemark),
  };
}

function surfaceOf(triage: Triage): Record<string, Fact<unknown>> {
  const facts = Object.entries(triage).filter(
    (entry): entry is [string, Fact<unknown>] => typeof entry[1] === 'object',
  );
  return Object.fromEntries(facts);
}

function casesOf({ plan }: Report): CaseDocument[] {
  return plan.cases.map(({ id, operation, kind, layer, title, file, source, state, reason }) => ({
    id,
    operation,
    kind,
    layer,
    title,
    file,
    source: placeOf(source),
    state,
    ...(reason === undefined ? {} : { reason }),
  }));
}

function fileOf({ path, change, ownership, beside }: FileChange): FileDocument {
  return { path, change, ownership, ...(beside === undefined ? {} : { beside }) };
}

function runOf({ command, install, verdicts, problem }: Run): OutcomeDocument['run'] {
  return {
    command,
    ...(install === undefined ? {} : { install }),
    verdicts,
    ...(problem === undefined ? {} : { problem }),
  };
}
