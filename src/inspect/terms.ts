import type { Json, JsonSchema, Predicate, Term } from '../model/index.js';
import { sourceRef } from './core/language.js';
import type { Question } from './interpreter/path.js';
import { type Origin, type Symbolic, symbolic, type Value } from './interpreter/values.js';

const jsonOf = (value: unknown): Json =>
  typeof value === 'bigint' ? Number(value) : value === undefined ? null : (value as Json);

/** An interpreter value as the model says it. Functions and the like become `unknown`. */
export function term(value: Value, depth = 0, asRead = false): Term {
  if (depth > 12) return { kind: 'unknown', schema: {}, text: '…' };
  switch (value.type) {
    case 'primitive':
      return { kind: 'const', value: jsonOf(value.value) };
    case 'object': {
      if (value.cls?.name === 'Date')
        return { kind: 'unknown', schema: { type: 'string', format: 'date-time' }, text: 'Date' };
      const fields: Record<string, Term> = {};
      for (const [name, field] of value.fields) {
        if (
          field.type === 'function' ||
          field.type === 'native' ||
          (field.type === 'primitive' && field.value === undefined)
        )
          continue;
        fields[name] = term(field, depth + 1, asRead);
      }
      const rest = value.open && spread(value.open, depth);
      if (rest?.kind === 'object') return { ...rest, fields: { ...rest.fields, ...fields } };
      return { kind: 'object', fields, ...(rest ? { rest } : {}), open: !!value.open && !rest };
    }
    case 'array':
      if (value.more) return { kind: 'op', op: 'map', args: [term(value.more, depth + 1, asRead)] };
      return { kind: 'array', items: value.items.map((item) => term(item, depth + 1, asRead)) };
    case 'promise':
      return value.state.ok
        ? term(value.state.value, depth + 1)
        : { kind: 'unknown', schema: {}, text: 'a rejected promise' };
    case 'symbolic':
      return originTerm(value, value.origin, depth, asRead);
    default:
      return { kind: 'unknown', schema: {}, text: value.type };
  }
}

/** Something that is spread into an object and whose fields the model knows. */
function spread(value: Symbolic, depth: number): Term | undefined {
  const { kind } = value.origin;
  return kind === 'input' || kind === 'row' || kind === 'written' ? term(value, depth + 1) : undefined;
}

function originTerm(value: Symbolic, origin: Origin, depth: number, asRead: boolean): Term {
  switch (origin.kind) {
    case 'row':
      return asRead ? origin : changedRow(value, origin, depth);
    case 'input':
    case 'principal':
    case 'session':
    case 'upstream':
      return origin;
    case 'member':
      return { kind: 'unknown', schema: {}, text: `${describeSymbol(origin.of)}.${origin.key}` };
    case 'written':
      return { kind: 'written', effect: origin.effect, at: origin.at };
    case 'count':
      return { kind: 'count', lookup: origin.lookup };
    case 'rows':
      return { kind: 'rows', lookup: origin.lookup, ...(origin.each ? { each: term(origin.each, depth + 1) } : {}) };
    case 'generated':
      return {
        kind: 'generated',
        what: origin.what,
        schema: origin.schema,
        args: origin.args.map((arg) => term(arg, depth + 1, asRead)),
      };
    case 'op':
      return { kind: 'op', op: origin.op, args: origin.args.map((arg) => term(arg, depth + 1, asRead)) };
    case 'environment':
      return origin.fallback === undefined
        ? { kind: 'unknown', schema: { type: 'string' }, text: `process.env.${origin.name}` }
        : { kind: 'const', value: jsonOf(origin.fallback) };
    case 'failure':
      return { kind: 'unknown', schema: failureSchema(origin.at), text: `error of ${origin.of}` };
    case 'unknown':
      return {
        kind: 'unknown',
        schema: {},
        text: origin.text,
        ...(origin.span ? { source: sourceRef(origin.span) } : {}),
      };
    default:
      return { kind: 'unknown', schema: {}, text: describeSymbol(value) };
  }
}

/** A row with the fields that the request has assigned since it was read. */
function changedRow(value: Symbolic, origin: Extract<Origin, { kind: 'row' }>, depth: number): Term {
  if (!value.changes?.size || origin.at.length) return origin;
  const fields = [...value.changes].map(([name, field]) => [name, term(field, depth + 1)] as const);
  return { kind: 'object', fields: Object.fromEntries(fields), rest: origin, open: false };
}

const failureSchema = (at: string[]): JsonSchema =>
  at.length === 1 && (at[0] === 'message' || at[0] === 'name') ? { type: 'string' } : {};

/** A short name for a symbol, for reports. */
export function describeSymbol(value: Symbolic): string {
  const { origin } = value;
  switch (origin.kind) {
    case 'external':
      return [origin.module, ...origin.path].join('.');
    case 'call':
      return `${origin.isNew ? 'new ' : ''}${describeSymbol(origin.callee)}()`;
    case 'member':
      return `${describeSymbol(origin.of)}.${origin.key}`;
    case 'parameter':
      return origin.name;
    case 'environment':
      return `process.env.${origin.name}`;
    default:
      return value.label ?? origin.kind;
  }
}

/** What a question was about, as it stood then: not as the request changed it later. */
const asRead = (value: Value): Term => term(value, 0, true);

export function predicate(question: Question): Predicate {
  switch (question.kind) {
    case 'valid':
    case 'verified':
    case 'throws':
      return question;
    case 'nil':
    case 'falsy':
      return { kind: question.kind, of: asRead(question.of) };
    case 'eq':
      return { kind: 'eq', left: asRead(question.left), right: asRead(question.right) };
    case 'in':
      return { kind: 'in', of: asRead(question.of), set: asRead(question.set) };
    case 'cmp':
      return { kind: 'cmp', op: question.op, left: asRead(question.left), right: asRead(question.right) };
    case 'matches':
      return { kind: 'matches', of: asRead(question.of), pattern: question.pattern };
    case 'secret':
      return { kind: 'secret', input: asRead(question.input), stored: asRead(question.stored) };
    case 'type':
      return { kind: 'type', of: asRead(question.of), is: question.is };
    case 'opaque':
      return { kind: 'opaque', text: question.text, of: question.of.map((value) => asRead(value)) };
  }
}

/** All symbols inside a value, itself included, each once. */
export function symbolsIn(value: Value, depth = 0, seen = new Set<Value>()): Symbolic[] {
  if (depth > 8 || seen.has(value)) return [];
  seen.add(value);
  switch (value.type) {
    case 'symbolic': {
      const { origin } = value;
      const inner =
        origin.kind === 'op' || origin.kind === 'generated'
          ? origin.args
          : origin.kind === 'unknown'
            ? origin.reads
            : origin.kind === 'call'
              ? [origin.callee, ...origin.args, ...(origin.keywords?.values() ?? [])]
              : origin.kind === 'member'
                ? [origin.of]
                : [];
      return [value, ...inner.flatMap((item) => symbolsIn(item, depth + 1, seen))];
    }
    case 'object':
      return [...value.fields.values()].flatMap((field) => symbolsIn(field, depth + 1, seen));
    case 'array':
      return value.items.flatMap((item) => symbolsIn(item, depth + 1, seen));
    default:
      return [];
  }
}

export const input = (part: Extract<Origin, { kind: 'input' }>['part'], ...at: string[]): Symbolic =>
  symbolic({ kind: 'input', part, at });
