import type { Span } from '../core/language.js';
import { Path, type Question, type RecordedEffect, type RecordedLookup } from './path.js';
import { keyOf, type Value } from './values.js';

/**
 * One run of what the service does when it starts, on stores that hold nothing yet: a row is there if this run has stored it.
 * What hangs on anything else is not known.
 */
export class StartPath extends Path {
  /** How many effects there were when a condition was met that is not about what is stored. */
  sureUntil: number | undefined;

  override decide(question: Question, span: Span, likely: boolean): boolean {
    const known = this.knows(question);
    if (known !== undefined) return known;
    this.sureUntil ??= this.effects.length;
    return super.decide(question, span, likely);
  }

  override knows(question: Question): boolean | undefined {
    switch (question.kind) {
      case 'throws':
        return false;
      case 'nil':
      case 'falsy':
        return this.isNothing(question.of);
      case 'eq': {
        const [left, right] = [this.numberOf(question.left), this.numberOf(question.right)];
        return left === undefined || right === undefined ? super.knows(question) : left === right;
      }
      case 'cmp': {
        const [left, right] = [this.numberOf(question.left), this.numberOf(question.right)];
        if (left === undefined || right === undefined) return super.knows(question);
        return question.op === '<' ? left < right : left <= right;
      }
      default:
        return super.knows(question);
    }
  }

  private isNothing(of: Value): boolean | undefined {
    if (of.type !== 'symbolic') return super.knows({ kind: 'nil', of });
    const number = this.numberOf(of);
    if (number !== undefined) return number === 0;
    const lookup = of.origin.kind === 'row' && !of.origin.at.length ? this.lookupOf(of.origin.lookup) : undefined;
    return lookup ? !this.stored(lookup).length : super.knows({ kind: 'nil', of });
  }

  /** A number, how many rows there are, or the length of a list of rows. */
  private numberOf(value: Value): number | undefined {
    if (value.type === 'primitive') return typeof value.value === 'number' ? value.value : undefined;
    if (value.type !== 'symbolic') return undefined;
    const { origin } = value;
    if (origin.kind === 'op' && origin.op === 'length') return origin.args[0] && this.numberOf(origin.args[0]);
    if (origin.kind !== 'count' && origin.kind !== 'rows') return undefined;
    const lookup = this.lookupOf(origin.lookup);
    return lookup && this.stored(lookup).length;
  }

  private lookupOf(id: string): RecordedLookup | undefined {
    return this.lookups.find((one) => one.id === id);
  }

  /** The inserts of this run that the lookup finds. */
  private stored({ entity, by }: RecordedLookup): RecordedEffect[] {
    return this.effects.filter(
      ({ target, verb, values }) =>
        target === entity &&
        verb === 'insert' &&
        [...by].every(([column, wanted]) => {
          const value = values?.get(column);
          return value !== undefined && keyOf(value) === keyOf(wanted);
        }),
    );
  }
}
