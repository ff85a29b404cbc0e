import type { Literal, Span } from '../core/language.js';

/** Watches a run on known values: which way each condition went, and what was held against what. */
export interface Probe {
  tested(span: Span, holds: boolean): void;
  /** `left op right`, both known; `===` for every kind of equality. */
  compared(span: Span, op: '<' | '<=' | '===', left: Literal, right: Literal): void;
  matched(span: Span, pattern: string, subject: string, holds: boolean): void;
}
