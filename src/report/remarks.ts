import type { Diagnostic, Gap } from '../model/index.js';
import type { Page } from './page.js';
import { placeOf, placeText, type Place } from './place.js';

/** A gap or a diagnostic as the documents give it: its source cut down to file and line, and the section that explains it. */
export type Remark<T> = Omit<T, 'source'> & { source?: Place; reference: string };

export const gapRemark = (gap: Gap): Remark<Gap> => remark(gap, `references/gaps.md#${gap.kind}`);

export const diagnosticRemark = (one: Diagnostic): Remark<Diagnostic> =>
  remark(one, `references/diagnostics.md#${one.code}`);

function remark<T extends Gap | Diagnostic>({ source, ...rest }: T, reference: string) {
  return { ...rest, ...(source === undefined ? {} : { source: placeOf(source) }), reference };
}

/** Each on a line with its place and the name that `explain` takes. */
export function remarks(page: Page, gaps: Gap[], diagnostics: Diagnostic[]): void {
  page.section('Gaps', gaps.length === 0 ? 'none' : String(gaps.length));
  for (const { kind, operation, reason, source } of gaps)
    page.line(`${operation === undefined ? '' : `${operation}: `}${reason}${placed(source)}  [${kind}]`);
  if (diagnostics.length > 0) page.section('Findings in the source', String(diagnostics.length));
  for (const { code, severity, message, source } of diagnostics)
    page.line(`${severity}: ${message}${placed(source)}  [${code}]`, severity === 'error' ? 'bad' : undefined);
  const [first] = [...gaps.map(({ kind }) => kind), ...diagnostics.map(({ code }) => code)];
  if (first !== undefined) page.line(`More of each: backend-test explain ${first}`, 'faint');
}

const placed = (source: Place | undefined): string => (source === undefined ? '' : `  (${placeText(source)})`);
