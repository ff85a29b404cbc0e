import type { DiagnosticCode, GapKind } from './gap-kinds.js';
import type { SourceRef } from './source.js';

/** A case that we refuse to guess. */
export interface Gap {
  /** Names its section in references/gaps.md. */
  kind: GapKind;
  /** `METHOD /path`, absent where it concerns the whole service. */
  operation?: string;
  /** One sentence: what could not be read or planned, and what would settle it. */
  reason: string;
  /** Where the trail ends. */
  source?: SourceRef;
}

/** A coded finding about the user's source; each code has its section in references/diagnostics.md. */
export interface Diagnostic {
  code: DiagnosticCode;
  severity: 'error' | 'warning' | 'info';
  message: string;
  operation?: string;
  source?: SourceRef;
}
