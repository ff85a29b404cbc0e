import type { SourceRef } from './source.js';

/** A case that we refuse to guess. */
export interface Gap {
  /** `METHOD /path`, absent where it concerns the whole service. */
  operation?: string;
  /** One sentence: what could not be read or planned, and what would settle it. */
  reason: string;
  /** Where the trail ends. */
  source?: SourceRef;
}

/** A coded finding about the user's source; the catalogue is `src/diagnostics.ts`. */
export interface Diagnostic {
  code: string;
  severity: 'error' | 'warning' | 'info';
  message: string;
  operation?: string;
  source?: SourceRef;
}
