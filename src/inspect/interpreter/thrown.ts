import type { Span } from '../core/language.js';
import { type Value } from './values.js';

/** An exception of the program under inspection. */
export class Thrown {
  constructor(
    readonly value: Value,
    readonly span: Span,
    /** Decisions taken when it was thrown: the last of them decided it. */
    readonly decisions: number,
  ) {}
}
