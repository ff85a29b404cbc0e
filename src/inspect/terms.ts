import type { Json, JsonSchema, Predicate, Term } from '../model/index.js';
import { sourceRef } from './core/language.js';
import type { Question } from './interpreter/path.js';
import { type Origin, type Symbolic, symbolic, type Value } from './interpreter/values.js';

const jsonOf = (value: unknown): Json =>
  typeof value === 'bigint' ? Number(value) : value === undefined ? null : (value as Json);

/** An interpreter value as the model says it. Functions and the like become `unknown`. */
export function term(value: Value, depth = 0): Term {
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
        fields[name] = term(field, depth + 1);
      }
      return { kind: 'object', fields, open: !!value.open };
    }
    case 'array':
      if (value.more) return { kind: 'op', op: 'map', args: [term(value.more, depth + 1)] };
      return { kind: 'array', items: value.items.map((item) => term(item, depth + 1)) };
    case 'promise':
      return value.state.ok
        ? term(value.state.value, depth + 1)
        : { kind: 'unknown', schema: {}, text: 'a rejected promise' };
    case 'symbolic':
      return originTerm(value, value.origin, depth);
    default:
      return { kind: 'unknown', schema: {}, text: value.type };
  }
}

function originTerm(value: Symbolic, origin: Origin, depth: number): Term {
  switch (origin.kind) {
    case 'input':
    case 'principal':
    case 'session':
    case 'row':
    case 'upstream':
      return origin;
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
        args: origin.args.map((arg) => term(arg, depth + 1)),
      };
    case 'op':
      return { kind: 'op', op: origin.op, args: origin.args.map((arg) => term(arg, depth + 1)) };
    case 'environment':
      return origin.fallback === undefined
        ? { kind: 'unknown', schema: { type: 'string' }, text: `process.env.${origin.name}` }
        : { kind: 'const', value: jsonOf(origin.fallback) };
    case 'member':
      return { kind: 'unknown', schema: {}, text: `${describeSymbol(origin.of)}.${origin.key}` };
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

export function predicate(question: Question): Predicate {
  switch (question.kind) {
    case 'valid':
    case 'verified':
    case 'throws':
      return question;
    case 'nil':
    case 'falsy':
      return { kind: question.kind, of: term(question.of) };
    case 'eq':
      return { kind: 'eq', left: term(question.left), right: term(question.right) };
    case 'in':
      return { kind: 'in', of: term(question.of), set: term(question.set) };
    case 'cmp':
      return { kind: 'cmp', op: question.op, left: term(question.left), right: term(question.right) };
    case 'matches':
      return { kind: 'matches', of: term(question.of), pattern: question.pattern };
    case 'secret':
      return { kind: 'secret', input: term(question.input), stored: term(question.stored) };
    case 'type':
      return { kind: 'type', of: term(question.of), is: question.is };
    case 'opaque':
      return { kind: 'opaque', text: question.text, of: question.of.map((value) => term(value)) };
  }
}

/** All symbols inside a value, itself included. */
export function symbolsIn(value: Value, depth = 0): Symbolic[] {
  if (depth > 8) return [];
  switch (value.type) {
    case 'symbolic': {
      const { origin } = value;
      const inner =
        origin.kind === 'op' || origin.kind === 'generated'
          ? origin.args
          : origin.kind === 'unknown'
            ? origin.reads
            : origin.kind === 'call'
              ? [origin.callee, ...origin.args]
              : origin.kind === 'member'
                ? [origin.of]
                : [];
      return [value, ...inner.flatMap((item) => symbolsIn(item, depth + 1))];
    }
    case 'object':
      return [...value.fields.values()].flatMap((field) => symbolsIn(field, depth + 1));
    case 'array':
      return value.items.flatMap((item) => symbolsIn(item, depth + 1));
    default:
      return [];
  }
}

export const input = (part: Extract<Origin, { kind: 'input' }>['part'], ...at: string[]): Symbolic =>
  symbolic({ kind: 'input', part, at });
