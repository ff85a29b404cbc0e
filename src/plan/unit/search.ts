import type { Condition, Evaluation, Json, Known, Subject, UnitInput } from '../../model/index.js';
import { alternatives, around, get, json, type Leaf, leavesOf, put, Samples } from './values.js';

export type Given = Record<string, Known>;

/** Inputs that were tried, with what the unit does with them, and what they are there for. */
export interface Tried {
  given: Given;
  evaluation: Evaluation;
  /** `boundary`: next to where a comparison changes its answer; `branch`: a condition went another way. */
  reason: 'usual' | 'branch' | 'boundary' | 'value';
}

const mostRuns = 900;
const deepest = 5;
/** More cases than this say little more to a reader. */
const mostKept = 24;

/**
 * Finds inputs worth a test by running the unit abstractly: a usual one, each place changed as its type suggests, and where a
 * comparison was met, the values at which it turns: just below, at, just above. Each is tried again from where it led.
 */
export class Search {
  readonly inputs: UnitInput[];
  readonly leaves: Leaf[] = [];
  private readonly samples = new Samples();
  private readonly known = new Map<string, Tried>();
  private readonly kept: Tried[] = [];
  private readonly branches = new Set<string>();
  private readonly turned = new Set<string>();
  private runs = 0;

  constructor(private readonly subject: Subject) {
    this.inputs = [...subject.inputs];
    for (const input of this.inputs) this.leaves.push(...leavesOf(input.name, input.schema, input.optional));
  }

  /** The usual inputs first, then what else was found, in order of discovery. */
  run(): Tried[] {
    const usual = Object.fromEntries(
      this.inputs.map((input): [string, Known] => [input.name, json(this.samples.of(input.schema, input.name))]),
    );
    const first = this.attempt(usual);
    if (!first) return [];
    this.keep({ ...first, reason: 'usual' });
    const queue: { tried: Tried; depth: number }[] = [{ tried: first, depth: 0 }];
    for (let next = queue.shift(); next && this.runs < mostRuns; next = queue.shift())
      for (const found of this.variations(next.tried, next.depth)) {
        if (this.kept.length >= mostKept) return this.kept;
        if (this.keep(found) && next.depth < deepest) queue.push({ tried: found, depth: next.depth + 1 });
      }
    return this.kept;
  }

  private attempt(given: Given, depth = 0): Tried | undefined {
    const key = JSON.stringify(given);
    const known = this.known.get(key);
    if (known) return known;
    if (this.runs++ >= mostRuns || depth > 6) return undefined;
    const evaluation = this.subject.evaluate(given);
    const wanted = evaluation.wants.filter((want) => !this.inputs.some((input) => input.name === want.name));
    if (evaluation.wants.length) {
      for (const want of wanted) {
        this.inputs.push(want);
        this.leaves.push(...leavesOf(want.name, want.schema, want.optional));
      }
      const more = Object.fromEntries(
        evaluation.wants.map((want): [string, Known] => [
          want.name,
          Object.keys(want.schema).length
            ? json(this.samples.of(want.schema, want.name.replace(/^.*\.|\(\)$/g, '')))
            : { kind: 'undefined' },
        ]),
      );
      return this.attempt({ ...given, ...more }, depth + 1);
    }
    const tried: Tried = { given, evaluation, reason: 'value' };
    this.known.set(key, tried);
    return tried;
  }

  /** Comparisons first: they say most. Then what the types suggest. */
  private *variations(tried: Tried, depth: number): Generator<Tried> {
    for (const condition of tried.evaluation.conditions) {
      if (condition.kind === 'compare') yield* this.aroundComparison(tried, condition);
      if (condition.kind === 'match') yield* this.aroundPattern(tried, condition);
    }
    if (depth > 1) return;
    for (const leaf of this.leaves) {
      const before = get(tried.given, leaf);
      for (const value of alternatives(leaf, before)) {
        const found = this.changed(tried, leaf, value);
        if (found && (depth === 0 || this.opens(found))) yield { ...found, reason: 'value' };
      }
      if (typeof before === 'string' && !leaf.schema.enum && leaf.schema.const === undefined)
        yield* this.aroundLiterals(tried, leaf, depth);
    }
  }

  /** Where a condition goes another way; and, of the first look, two that tell a calculation from a constant. */
  private *aroundLiterals(tried: Tried, leaf: Leaf, depth: number): Generator<Tried> {
    let plain = 0;
    for (const text of withLiterals(this.subject.literals)) {
      const found = this.changed(tried, leaf, text);
      if (!found || !(this.opens(found) || (depth === 0 && plain < 2 && this.tellsApart(found)))) continue;
      if (!this.opens(found)) plain++;
      yield { ...found, reason: 'value' };
    }
  }

  private changed(tried: Tried, leaf: Leaf, value: Json | undefined): Tried | undefined {
    const given = put(tried.given, leaf, value);
    return given && this.attempt(given);
  }

  private *aroundComparison(tried: Tried, condition: Extract<Condition, { kind: 'compare' }>): Generator<Tried> {
    const place = `${condition.source.file}:${condition.source.start}:${condition.source.end}`;
    if (condition.op === '===') yield* this.equal(tried, condition);
    const difference = differenceOf(condition);
    if (difference === undefined || this.turned.has(place)) return;
    for (const leaf of this.leaves) {
      const value = get(tried.given, leaf);
      const scale = scaleOf(value);
      if (scale === undefined || value === undefined) continue;
      const root = this.root(tried, leaf, condition, difference, scale);
      if (root === undefined) continue;
      this.turned.add(place);
      for (const near of neighbours(root)) {
        const found = this.changed(tried, leaf, scaled(value, near));
        if (found) yield { ...found, reason: 'boundary' };
      }
      return;
    }
  }

  /** Where both sides are equal, as the place is moved: found by the secant method, for most conditions are linear. */
  private root(
    tried: Tried,
    leaf: Leaf,
    condition: Extract<Condition, { kind: 'compare' }>,
    difference: number,
    start: number,
  ): number | undefined {
    const value = get(tried.given, leaf);
    if (value === undefined) return undefined;
    const at = (number: number): number | undefined => {
      const moved = this.changed(tried, leaf, scaled(value, number));
      const same = moved?.evaluation.conditions.find(
        (one) =>
          one.kind === 'compare' &&
          one.source.start === condition.source.start &&
          one.source.file === condition.source.file,
      );
      return same?.kind === 'compare' ? differenceOf(same) : undefined;
    };
    let [x0, y0] = [start, difference];
    let x1 = start + 1;
    for (let step = 0; step < 8; step++) {
      const y1 = at(x1);
      if (y1 === undefined || y1 === y0) return undefined;
      if (Math.abs(y1) < 1e-9) return x1;
      const next = x1 - (y1 * (x1 - x0)) / (y1 - y0);
      [x0, y0] = [x1, y1];
      if (!Number.isFinite(next) || Math.abs(next) > 1e9) return undefined;
      if (Math.abs(next - x1) < 1e-9) return next;
      x1 = next;
      if (typeof value !== 'number' && (next < 0 || next > 300)) return undefined;
      if (step > 2 && Math.abs(y1) < 1e-6) return x1;
    }
    return x1;
  }

  /** `status === 'paid'`: the place that holds one side takes the other. */
  private *equal(tried: Tried, { left, right }: Extract<Condition, { kind: 'compare' }>): Generator<Tried> {
    for (const [mine, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (mine.kind !== 'json') continue;
      for (const leaf of this.leaves) {
        const value = get(tried.given, leaf);
        if (value !== mine.value || typeof value === 'object') continue;
        const isSame = other.kind === 'json' && other.value === mine.value;
        const target = isSame ? different(value) : other.kind === 'json' ? other.value : undefined;
        if (target === undefined || (target !== null && typeof target !== typeof value)) continue;
        if (leaf.schema.enum && !leaf.schema.enum.includes(target)) continue;
        const found = this.changed(tried, leaf, target);
        if (found) yield { ...found, reason: 'branch' };
      }
    }
  }

  private *aroundPattern(tried: Tried, condition: Extract<Condition, { kind: 'match' }>): Generator<Tried> {
    for (const leaf of this.leaves) {
      if (get(tried.given, leaf) !== condition.subject) continue;
      for (const text of around(condition.pattern, condition.subject)) {
        const found = this.changed(tried, leaf, text);
        if (found) yield { ...found, reason: 'branch' };
      }
    }
  }

  /** Whether it says something that those before it don't. */
  private keep(tried: Tried): boolean {
    if (this.kept.some((one) => JSON.stringify(one.given) === JSON.stringify(tried.given))) return false;
    const { evaluation } = tried;
    const fresh = branchesOf(evaluation).filter((branch) => !this.branches.has(branch));
    if (!fresh.length && tried.reason !== 'boundary' && !this.tellsApart(tried)) return false;
    for (const branch of fresh) this.branches.add(branch);
    this.kept.push(tried);
    return true;
  }

  /** Some condition goes a way that it has not gone before. */
  private opens({ evaluation }: Tried): boolean {
    return branchesOf(evaluation).some((branch) => !this.branches.has(branch));
  }

  /** A plain other value is worth a case where the usual one alone could have been answered by a constant. */
  private tellsApart({ evaluation: { result } }: Tried): boolean {
    const given = this.kept.flatMap(({ evaluation }) =>
      evaluation.result.outcome === 'gives' ? [evaluation.result.value] : [],
    );
    if (result.outcome !== 'gives' || given.length >= 8) return false;
    return !given.some((value) => JSON.stringify(value) === JSON.stringify(result.value));
  }
}

const branchesOf = (evaluation: Evaluation): string[] => [
  ...evaluation.conditions.flatMap((one) =>
    one.kind === 'compare' ? [] : [`${one.source.file}:${one.source.start} ${one.holds}`],
  ),
  outcomeKey(evaluation),
];

const outcomeKey = ({ result }: Evaluation): string =>
  result.outcome === 'throws'
    ? `throws ${result.error.className} ${result.source.file}:${result.source.start}`
    : result.outcome;

function differenceOf({ left, right }: Extract<Condition, { kind: 'compare' }>): number | undefined {
  if (left.kind !== 'json' || right.kind !== 'json') return undefined;
  return typeof left.value === 'number' && typeof right.value === 'number' ? left.value - right.value : undefined;
}

/** Texts made of what the code itself holds: words as they are, what joins words between some. */
function* withLiterals(literals: string[]): Generator<string> {
  for (const text of literals)
    if (/^\w*[a-z]\w*$/i.test(text)) yield text;
    else yield* [`one${text}two${text}three`, `one${text}two`, `${text}one`, `one${text}`, text];
}

/** What a place counts as where numbers are compared: its value, or how long it is. */
function scaleOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' || Array.isArray(value) ? value.length : undefined;
}

/** The value moved to a number, or made that long. */
function scaled(value: Json, to: number): Json {
  if (typeof value === 'number') return Number(to.toFixed(6));
  const length = Math.max(0, Math.round(to));
  if (typeof value === 'string') return value.length >= length ? value.slice(0, length) : value.padEnd(length, 'x');
  if (!Array.isArray(value)) return value;
  return Array.from({ length }, (_, index) => value[index] ?? value[0] ?? null);
}

/** Just below, at and just above; where no whole number is the root, the whole ones next to it. */
function neighbours(root: number): number[] {
  const whole = Math.round(root);
  if (Math.abs(root - whole) < 1e-6) return [whole - 1, whole, whole + 1];
  return [Math.floor(root), Math.ceil(root)];
}

function different(value: Json): Json | undefined {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : undefined;
}
