/** What a gap is about. Each has its section in references/gaps.md: what it means, its cause, what to do. */
export const gapKinds = [
  'syntax-error',
  'file-not-read',
  'reading-limit',
  'path-made-at-run-time',
  'routes-not-listed',
  'middleware-not-read',
  'sql-not-read',
  'condition-not-read',
  'no-answer',
  'no-success',
  'conditional-route',
  'not-arranged',
  'no-session',
  'list-body',
  'server-error-answer',
  'effect-out-of-sight',
  'unsettled-case',
  'reading-contradicted',
  'other-layer',
  'unit-not-exported',
  'unit-not-callable',
  'no-value-for-parameter',
  'not-known-before-run',
  'bug-not-red',
  'red-otherwise',
  'bug-still-there',
  'bug-mended',
  'open-bound',
  'not-looked-at',
] as const;

export type GapKind = (typeof gapKinds)[number];

/** What is said about the user's source. Each has its section in references/diagnostics.md. */
export const diagnosticCodes = ['unguarded-mutation', 'answers-500', 'sick-suite'] as const;

export type DiagnosticCode = (typeof diagnosticCodes)[number];
