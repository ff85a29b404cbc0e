import type { Effect, Lookup, SourceRef } from '../../model/index.js';
import type { JsonSchema } from '../../model/index.js';
import type { Span } from '../core/language.js';
import type { Literal } from '../core/language.js';
import { keyOf, type Part, type Value } from './values.js';

/** A question that the interpreter could not answer; mirrors the model's `Predicate`, over interpreter values. */
export type Question =
  | { kind: 'valid'; part: Part; at: string[]; schema: JsonSchema }
  | { kind: 'verified'; scheme: string }
  | { kind: 'throws'; effect?: string; lookup?: string; unique?: boolean; text: string }
  | { kind: 'nil'; of: Value }
  | { kind: 'falsy'; of: Value }
  | { kind: 'eq'; left: Value; right: Value }
  | { kind: 'in'; of: Value; set: Value }
  | { kind: 'cmp'; op: '<' | '<='; left: Value; right: Value }
  | { kind: 'matches'; of: Value; pattern: string }
  | { kind: 'secret'; input: Value; stored: Value }
  | { kind: 'type'; of: Value; is: string }
  | { kind: 'opaque'; text: string; of: Value[] };

export interface Decision {
  question: Question;
  holds: boolean;
  span: Span;
}

/** A run that is like another up to a decision, and takes the other answer there. */
export interface Fork {
  like: readonly Decision[];
  at: number;
  outcome: string;
}

/** The first run: it takes the likelier answer everywhere. */
export const unforked: Fork = { like: [], at: -1, outcome: '' };

/** Thrown to give a path up: too long, or contradictory. */
export class Abandoned {
  constructor(readonly reason: string) {}
}

export type RecordedEffect = Omit<Effect, 'source' | 'values' | 'by' | 'args' | 'request'> & {
  source: SourceRef;
  values?: Map<string, Value>;
  by?: Map<string, Value>;
  args?: Value[];
  request?: { method: string; url: Value; headers?: Value; body?: Value };
};

export type RecordedLookup = Omit<Lookup, 'by'> & { by: Map<string, Value> };

/** Later conditions take the likelier answer alone: `isCut`. Far beyond that the run is given up. */
const maxForks = 60;
const maxDecisions = 1000;

/**
 * One run of an operation's chain. The first decisions follow the run that it was forked from; each later one takes the likelier
 * answer and leaves the other on `open`, to be run again from the start: so nothing has to be copied at a fork.
 */
export class Path {
  readonly decisions: Decision[] = [];
  readonly effects: RecordedEffect[] = [];
  readonly lookups: RecordedLookup[] = [];
  /** The other answers, still to be run. */
  readonly open: Fork[] = [];
  /** Each question with the answer that it got here. */
  readonly outcomes: string[] = [];
  readonly undo: (() => void)[] = [];
  /** Some condition was met in one way only. */
  isCut = false;
  /** Values the code answered headers, cookies with, etc. */
  transaction: string | undefined;
  validated: { part: Part; at: string[]; schema: JsonSchema; span: Span }[] = [];
  /** What a library remembers of this request, by its own name. */
  readonly notes = new Map<string, unknown>();
  private readonly facts = new Map<string, boolean>();
  private readonly equal = new Map<string, Literal>();

  constructor(private fork: Fork = unforked) {}

  /** Answers the question on this path. `likely` is tried first. */
  decide(question: Question, span: Span, likely: boolean): boolean {
    const key = questionKey(question);
    const known = this.facts.get(key) ?? this.implied(question);
    if (known !== undefined) return known;
    const index = this.decisions.length;
    if (index >= maxDecisions) throw new Abandoned(`more than ${maxDecisions} conditions on one path`);
    const { like, at } = this.fork;
    const same = index < at ? like[index] : undefined;
    const holds = same ? same.holds : index === at ? !like[at]?.holds : likely;
    if (index >= maxForks) this.isCut = true;
    else if (index > at)
      this.open.push({
        like: this.decisions,
        at: index,
        outcome: `${key} ${!holds}`,
      });
    this.outcomes.push(`${key} ${holds}`);
    this.learn(key, question, holds);
    this.decisions.push(same ?? { question, holds, span });
    return holds;
  }

  /** The run is over: what it found stays, what it needed to run goes. */
  close(): void {
    this.facts.clear();
    this.equal.clear();
    this.notes.clear();
    this.fork = unforked;
    this.undo.length = 0;
    this.open.length = 0;
    this.outcomes.length = 0;
  }

  /** True or false where this path has settled it. */
  knows(question: Question): boolean | undefined {
    return this.facts.get(questionKey(question)) ?? this.implied(question);
  }

  private learn(key: string, question: Question, holds: boolean): void {
    this.facts.set(key, holds);
    if (question.kind === 'nil' && holds) this.facts.set(`falsy ${keyOf(question.of)}`, true);
    if (question.kind === 'falsy' && !holds) this.facts.set(`nil ${keyOf(question.of)}`, false);
    if (question.kind === 'eq' && holds && question.right.type === 'primitive') {
      this.equal.set(keyOf(question.left), question.right.value);
      this.facts.set(`falsy ${keyOf(question.left)}`, !question.right.value);
      this.facts.set(`nil ${keyOf(question.left)}`, false);
    }
  }

  private implied(question: Question): boolean | undefined {
    if (question.kind === 'eq' && question.right.type === 'primitive') {
      const value = this.equal.get(keyOf(question.left));
      if (value !== undefined) return value === question.right.value;
      if (this.facts.get(`nil ${keyOf(question.left)}`)) return false;
    }
    if ((question.kind === 'nil' || question.kind === 'falsy') && isKeyOfRow(question.of)) return false;
    if (question.kind === 'nil' || question.kind === 'falsy') return this.impliedBySchema(question);
    return undefined;
  }

  /** A part that passed its validator holds its required fields. */
  private impliedBySchema(question: { kind: 'nil' | 'falsy'; of: Value }): boolean | undefined {
    const value = question.of;
    if (value.type !== 'symbolic' || value.origin.kind !== 'input') return undefined;
    const { part, at } = value.origin;
    for (const valid of this.validated) {
      if (valid.part !== part || valid.at.some((name, index) => name !== at[index])) continue;
      const found = requiredAt(valid.schema, at.slice(valid.at.length));
      if (!found) continue;
      const { schema, required } = found;
      const nullable = schema.type === undefined || [schema.type].flat().includes('null');
      const present = (required || schema.default !== undefined) && !nullable;
      if (question.kind === 'nil' && present) return false;
      if (
        question.kind === 'falsy' &&
        present &&
        (schema.type === 'object' ||
          schema.type === 'array' ||
          (schema.minLength ?? 0) > 0 ||
          (schema.minimum ?? 0) > 0 ||
          (schema.exclusiveMinimum ?? -1) >= 0 ||
          !!schema.enum?.every(Boolean) ||
          !!schema.format)
      )
        return false;
    }
    return undefined;
  }
}

/** A row that is there has its key, and one that is a plain value that. */
const isKeyOfRow = (value: Value): boolean =>
  value.type === 'symbolic' &&
  value.origin.kind === 'row' &&
  value.origin.at.length === 1 &&
  /^(_?id|\$value)$/.test(value.origin.at[0] ?? '');

function requiredAt(schema: JsonSchema, at: string[]): { schema: JsonSchema; required: boolean } | undefined {
  let current: JsonSchema = schema;
  let required = true;
  for (const name of at) {
    const next = current.properties?.[name];
    if (!next) return undefined;
    required &&= current.required?.includes(name) ?? false;
    current = next;
  }
  return { schema: current, required };
}

/** Canonical: the same question asked in other words has the same key. */
export function questionKey(question: Question): string {
  switch (question.kind) {
    case 'valid':
      return `valid ${question.part}.${question.at.join('.')} ${JSON.stringify(question.schema)}`;
    case 'verified':
      return `verified ${question.scheme}`;
    case 'throws':
      return `throws ${question.effect ?? question.lookup ?? question.text}${question.unique ? ' unique' : ''}`;
    case 'nil':
    case 'falsy':
      return `${question.kind} ${keyOf(question.of)}`;
    case 'eq':
      return `eq ${[keyOf(question.left), keyOf(question.right)].sort().join(' ')}`;
    case 'in':
      return `in ${keyOf(question.of)} ${keyOf(question.set)}`;
    case 'cmp':
      return `${question.op} ${keyOf(question.left)} ${keyOf(question.right)}`;
    case 'matches':
      return `matches ${keyOf(question.of)} ${question.pattern}`;
    case 'secret':
      return `secret ${keyOf(question.input)} ${keyOf(question.stored)}`;
    case 'type':
      return `type ${keyOf(question.of)} ${question.is}`;
    case 'opaque':
      return `opaque ${question.text} ${question.of.map(keyOf).join()}`;
  }
}
