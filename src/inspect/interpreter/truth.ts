import type { Span } from '../core/language.js';
import { spanText } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { ask, same } from './operators.js';
import type { Question } from './path.js';
import { symbolic, type Symbolic, type Value } from './values.js';

/** Is the value truthy? Concrete values answer themselves; symbolic ones become a question to the path. Undefined only while loading. */
export function truth(interpreter: Interpreter, value: Value, span: Span): boolean | undefined {
  if (value.type !== 'symbolic') {
    const holds = plainTruth(interpreter, value);
    interpreter.probe?.tested(span, holds);
    return holds;
  }
  if (interpreter.rules && value.origin.kind === 'rows' && !interpreter.loading)
    return !ask(interpreter, { kind: 'nil', of: rowIn(value.origin.lookup) }, span, false);
  if (value.origin.kind === 'environment') return environmentTruth(interpreter, value);
  if (hasText(value)) return true;
  if (interpreter.loading) return value.origin.kind === 'op' ? loadingTruth(interpreter, value, span) : undefined;
  if (value.origin.kind === 'op') return opTruth(interpreter, value, value.origin.op, value.origin.args, span);
  if (isAlwaysThere(value)) return true;
  const question = emptiness(value);
  return !ask(interpreter, question, span, false);
}

/** Of what is not symbolic: whether empty collections count as true is the language's. */
export function plainTruth(interpreter: Interpreter, value: Value): boolean {
  if (value.type === 'primitive') return !!value.value;
  if (!interpreter.rules) return true;
  if (value.type === 'array') return value.items.length > 0 || !!value.more;
  return (
    value.type !== 'object' || !!value.cls || !!value.host || !!value.trap || !!value.open || value.fields.size > 0
  );
}

/** Some item of a list that the caller or a row holds: `scopes` of a token. */
function itemOf(list: Value): Symbolic | undefined {
  if (list.type !== 'symbolic') return undefined;
  const { origin } = list;
  if (origin.kind === 'op' && (origin.op === '??' || origin.op === '||') && origin.args[0])
    return itemOf(origin.args[0]);
  return origin.kind === 'principal' && origin.at.length
    ? symbolic({ ...origin, at: [...origin.at, '[]'] })
    : undefined;
}

const rowIn = (lookup: string): Symbolic => symbolic({ kind: 'row', lookup, at: [] });

function environmentTruth(interpreter: Interpreter, value: Symbolic): boolean | undefined {
  if (value.origin.kind !== 'environment') return undefined;
  if (value.origin.fallback !== undefined) return !!value.origin.fallback;
  if (interpreter.loading) return undefined;
  // Operations were read as if it was set: tests run with it set.
  const known = interpreter.rules && interpreter.environment.get(value.origin.name);
  if (known) known.required = true;
  return true;
}

function loadingTruth(interpreter: Interpreter, value: Symbolic, span: Span): boolean | undefined {
  if (value.origin.kind !== 'op') return undefined;
  const [left, right] = value.origin.args;
  if (value.origin.op === '!' && left) {
    const inner = truth(interpreter, left, span);
    return inner === undefined ? undefined : !inner;
  }
  if (value.origin.op === '===' && left && right) return same(interpreter, left, right, span);
  return undefined;
}

/** Text with something written in it is never empty, whatever is filled in. */
function hasText({ origin }: Symbolic): boolean {
  if (origin.kind !== 'op' || (origin.op !== 'template' && origin.op !== '+')) return false;
  return origin.args.some((arg) =>
    arg.type === 'symbolic' ? hasText(arg) : arg.type === 'primitive' && typeof arg.value === 'string' && !!arg.value,
  );
}

function isAlwaysThere(value: Symbolic): boolean {
  const { origin } = value;
  switch (origin.kind) {
    case 'rows':
    case 'generated':
    case 'external':
      return true;
    case 'principal':
    case 'written':
    case 'failure':
      return origin.at.length === 0;
    case 'input':
      return origin.at.length === 0;
    default:
      return false;
  }
}

function emptiness(value: Symbolic): Question {
  const { origin } = value;
  if (origin.kind === 'row' && origin.at.length === 0) return { kind: 'nil', of: value };
  if (origin.kind === 'count') return { kind: 'nil', of: rowIn(origin.lookup) };
  if (origin.kind === 'session') return { kind: 'nil', of: value };
  if (origin.kind === 'input' && (origin.part === 'header' || origin.part === 'cookie'))
    return { kind: 'nil', of: value };
  return { kind: 'falsy', of: value };
}

function opTruth(
  interpreter: Interpreter,
  value: Symbolic,
  op: string,
  args: Value[],
  span: Span,
): boolean | undefined {
  const [left, right] = args;
  if (!left) return ask(interpreter, { kind: 'opaque', text: spanText(span), of: args }, span, true);
  switch (op) {
    case '!': {
      const inner = truth(interpreter, left, span);
      return inner === undefined ? undefined : !inner;
    }
    case '||':
    case '??':
      return truth(interpreter, left, span) || (right ? truth(interpreter, right, span) : false);
    case '&&':
      return truth(interpreter, left, span) && (right ? truth(interpreter, right, span) : true);
    case 'cond': {
      const chosen = truth(interpreter, left, span) ? right : args[2];
      return chosen ? truth(interpreter, chosen, span) : false;
    }
    case '===':
      return right ? same(interpreter, left, right, span) : undefined;
    case '<':
    case '<=':
      return right ? ask(interpreter, { kind: 'cmp', op, left, right }, span, false) : undefined;
    case 'contains': {
      const item = right?.type === 'primitive' ? itemOf(left) : undefined;
      if (item && right) return ask(interpreter, { kind: 'eq', left: item, right }, span, true);
      return ask(interpreter, { kind: 'opaque', text: spanText(span).replace(/\s+/g, ' '), of: args }, span, true);
    }
    case 'in':
      return right ? ask(interpreter, { kind: 'in', of: left, set: right }, span, true) : undefined;
    case 'matches':
      return right?.type === 'primitive'
        ? ask(interpreter, { kind: 'matches', of: left, pattern: String(right.value) }, span, true)
        : undefined;
    case 'secret':
      return right ? ask(interpreter, { kind: 'secret', input: left, stored: right }, span, true) : undefined;
    case 'type':
      return right?.type === 'primitive'
        ? ask(interpreter, { kind: 'type', of: left, is: String(right.value) }, span, true)
        : undefined;
    case 'question':
      return ask(interpreter, { kind: 'opaque', text: spanText(span).replace(/\s+/g, ' '), of: args }, span, true);
    case 'number':
    case 'string':
    case 'trim':
    case 'length':
    case 'template':
    case '+':
    case '-':
    case '*':
    case 'pick':
    case 'at':
      return !ask(interpreter, { kind: 'falsy', of: value }, span, false);
    case 'boolean':
      return truth(interpreter, left, span);
    default:
      return ask(
        interpreter,
        { kind: 'opaque', text: spanText(span).replace(/\s+/g, ' ').slice(0, 120), of: args },
        span,
        true,
      );
  }
}
