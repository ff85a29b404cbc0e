import type { Expression, Literal, Span } from '../core/language.js';
import { spanText } from '../core/language.js';
import { getMember, indexedRow } from './access.js';
import { ancestors } from './ancestors.js';
import { assignPlace } from './bind.js';
import { evaluate } from './evaluate.js';
import type { Interpreter } from './interpreter.js';
import type { Question } from './path.js';
import type { Scope } from './scope.js';
import { truth } from './truth.js';
import { isNil, operation, primitive, symbolic, type Symbolic, undefinedValue, unknown, type Value } from './values.js';

/** Puts a question to the path. */
export function ask(interpreter: Interpreter, question: Question, span: Span, likely: boolean): boolean {
  return interpreter.decide(question, span, likely);
}

/** Equality: null and undefined, and loose and strict, are one here, as refactorings treat them. */
export function same(interpreter: Interpreter, left: Value, right: Value, span: Span): boolean | undefined {
  if (left === right) return true;
  if (left.type === 'primitive' && right.type === 'primitive') {
    interpreter.probe?.compared(span, '===', left.value, right.value);
    return left.value === right.value || (!interpreter.probe && isNil(left) && isNil(right));
  }
  if (left.type !== 'symbolic' && right.type !== 'symbolic') return false;
  const [subject, other] =
    left.type === 'symbolic' && !(right.type === 'symbolic' && isPlain(left) && !isPlain(right))
      ? [left, right]
      : [right, left];
  if (subject.type !== 'symbolic') return false;
  if (other.type === 'symbolic' && other.key === subject.key) return true;
  if (subject.origin.kind === 'environment') {
    const assumed = environmentValue(subject);
    if (assumed !== undefined && other.type === 'primitive')
      return interpreter.loading && !interpreter.asTests && subject.origin.name === 'NODE_ENV'
        ? undefined
        : assumed === other.value;
  }
  if (interpreter.loading) return undefined;
  return isNil(other) ? nil(interpreter, subject, span) : equal(interpreter, subject, other, span);
}

const isPlain = (value: Symbolic): boolean => value.origin.kind === 'environment' || value.origin.kind === 'principal';

function nil(interpreter: Interpreter, subject: Symbolic, span: Span): boolean {
  const { origin } = subject;
  const certain =
    ['generated', 'rows', 'count', 'external'].includes(origin.kind) ||
    (origin.kind === 'written' && !origin.at.length) ||
    (origin.kind === 'input' && !origin.at.length);
  if (certain) return false;
  if (origin.kind === 'op' && (origin.op === '+' || origin.op === '-' || origin.op === '*' || origin.op === 'template'))
    return false;
  return ask(interpreter, { kind: 'nil', of: subject }, span, false);
}

function equal(interpreter: Interpreter, subject: Symbolic, other: Value, span: Span): boolean {
  const { origin } = subject;
  if (origin.kind === 'count' && other.type === 'primitive' && other.value === 0)
    return ask(interpreter, { kind: 'nil', of: symbolic({ kind: 'row', lookup: origin.lookup, at: [] }) }, span, false);
  const row = indexedRow(subject);
  if (row && other.type === 'primitive' && other.value === -1) return nil(interpreter, row, span);
  if (other.type === 'primitive' && typeof other.value === 'boolean' && isTruthLike(subject)) {
    const holds = truth(interpreter, subject, span);
    if (holds !== undefined) return holds === other.value;
  }
  if (origin.kind === 'op' && origin.op === 'typeof' && other.type === 'primitive' && origin.args[0]) {
    if (other.value === 'undefined') return nil(interpreter, origin.args[0] as Symbolic, span);
    return ask(interpreter, { kind: 'type', of: origin.args[0], is: String(other.value) }, span, true);
  }
  const [left, right] = sameRow(interpreter, subject, other) ?? [subject, other];
  return ask(interpreter, { kind: 'eq', left, right }, span, likelyEqual(subject, other));
}

/** Two rows of one entity that are found by one and the same column are one where they are found by the same value. */
function sameRow(interpreter: Interpreter, left: Symbolic, right: Value): [Value, Value] | undefined {
  const [first, second] = [left, right].map((side) => {
    const whole =
      side.type === 'symbolic' && side.origin.kind === 'row' && !side.origin.at.length ? side.origin : undefined;
    return interpreter.path?.lookups.find((one) => one.id === whole?.lookup);
  });
  const [[column, one] = [], ...more] = first?.by ?? [];
  const [[same, other] = [], ...others] = second?.by ?? [];
  if (first?.entity !== second?.entity || column !== same || more.length || others.length) return undefined;
  return one && other && [one, other];
}

const isTruthLike = (value: Symbolic): boolean =>
  value.origin.kind === 'op' && ['===', 'in', 'matches', 'secret', '!', '<', '<='].includes(value.origin.op);

/** Which answer is tried first decides nothing but the order in which paths come out. */
const likelyEqual = (subject: Symbolic, other: Value): boolean =>
  other.type === 'symbolic' || subject.origin.kind === 'principal';

/** The value an environment variable has in tests, as far as the code says. */
export function environmentValue(value: Symbolic): Literal {
  if (value.origin.kind !== 'environment') return undefined;
  return value.origin.name === 'NODE_ENV' ? 'test' : value.origin.fallback;
}

export function binary(interpreter: Interpreter, op: string, left: Value, right: Value, span: Span): Value {
  switch (op) {
    case '==':
    case '!=':
      return comparison(interpreter, op, loose(left, right), loose(right, left), span);
    case '===':
    case '!==':
      return comparison(interpreter, op, left, right, span);
    case '<':
    case '<=':
      return order(interpreter, op, left, right, span);
    case '>':
      return order(interpreter, '<', right, left, span);
    case '>=':
      return order(interpreter, '<=', right, left, span);
    case 'in':
      return membership(interpreter, left, right, span);
    case 'within':
      return interpreter.rules?.within(interpreter, left, right, span) ?? membership(interpreter, left, right, span);
    case 'instanceof':
      return instanceOf(interpreter, left, right, span);
    default:
      return interpreter.rules?.operate(op, left, right, interpreter.loading) ?? arithmetic(op, left, right);
  }
}

/** `[1] == 1`: a list of one is its item where it meets a plain value. */
const loose = (value: Value, other: Value): Value =>
  value.type === 'array' && value.items.length === 1 && !value.more && other.type === 'primitive'
    ? (value.items[0] ?? value)
    : value;

function comparison(interpreter: Interpreter, op: string, left: Value, right: Value, span: Span): Value {
  const negated = op.startsWith('!');
  const bothKnown = left.type !== 'symbolic' && right.type !== 'symbolic';
  const differ = fewer(interpreter, '<', left, right, span) ?? fewer(interpreter, '<', right, left, span);
  if (differ) return negated ? differ : not(differ);
  if (!bothKnown) return negated ? operation('!', operation('===', left, right)) : operation('===', left, right);
  if (left.type !== 'primitive' || right.type !== 'primitive')
    return primitive((left === right || (isNil(left) && isNil(right))) !== negated);
  interpreter.probe?.compared(span, '===', left.value, right.value);
  // Whoever watches wants what would really happen; else null and undefined are one, as refactorings treat them.
  const isStrict = interpreter.probe && op.length === 3;
  const equal = left.value === right.value || (!isStrict && isNil(left) && isNil(right));
  return primitive(equal !== negated);
}

/** `index >= 0`, `index > -1`, `index < 0`: is there such a row. */
function foundAt(op: '<' | '<=', left: Value, right: Value): Value | undefined {
  const [of, against] = [indexedRow(left) ?? indexedRow(right), indexedRow(left) ? right : left];
  if (!of || against.type !== 'primitive') return undefined;
  const absent = operation('===', of, undefinedValue);
  if (indexedRow(left)) return op === '<' && against.value === 0 ? absent : undefined;
  return (op === '<=' && against.value === 0) || (op === '<' && against.value === -1)
    ? operation('!', absent)
    : undefined;
}

function order(interpreter: Interpreter, op: '<' | '<=', left: Value, right: Value, span: Span): Value {
  const found = foundAt(op, left, right) ?? fewer(interpreter, op, left, right, span);
  if (found) return found;
  if (left.type === 'primitive' && right.type === 'primitive')
    interpreter.probe?.compared(span, op, left.value, right.value);
  if (left.type === 'primitive' && right.type === 'primitive' && left.value != null && right.value != null)
    return primitive(op === '<' ? left.value < right.value : left.value <= right.value);
  return operation(op, left, right);
}

/** Two lengths: `<` asks the libraries; `a <= b` is that `b` is not the lesser one. */
function fewer(interpreter: Interpreter, op: '<' | '<=', left: Value, right: Value, span: Span): Value | undefined {
  const ask = (less: Value, more: Value): Value | undefined =>
    interpreter.ask('fewer', (library) => library.fewer?.(less, more, interpreter, span));
  if (op === '<') return ask(left, right);
  const reverse = ask(right, left);
  return reverse && not(reverse);
}

const not = (value: Value): Value => (value.type === 'primitive' ? primitive(!value.value) : operation('!', value));

function membership(interpreter: Interpreter, left: Value, right: Value, span: Span): Value {
  if (left.type !== 'primitive') {
    const has =
      right.type === 'object' && interpreter.shared.isMap(right) && interpreter.collection(right, 'has', [left], span);
    return has || operation('question', left, right);
  }
  const found = getMember(interpreter, right, String(left.value));
  return found.type === 'symbolic' ? operation('!', operation('===', found, undefinedValue)) : primitive(!isNil(found));
}

export function instanceOf(interpreter: Interpreter, left: Value, right: Value, span: Span): Value {
  if (right.type === 'array') {
    const each = right.items.map((item) => instanceOf(interpreter, left, item, span));
    return (
      each.find((one) => one.type === 'primitive' && one.value === true) ??
      each.find((one) => one.type === 'symbolic') ??
      primitive(false)
    );
  }
  if (left.type === 'primitive') return primitive(false);
  const wanted = right.type === 'class' || right.type === 'native' ? right : undefined;
  const wantedName = wanted ? (wanted.type === 'class' ? wanted.name : wanted.name) : externalName(right);
  if (left.type === 'object') {
    let open = false;
    for (const cls of left.cls ? ancestors(left.cls) : []) {
      if (cls === right) return primitive(true);
      if (cls.type === 'class' && wantedName && cls.name === wantedName && !(wanted?.type === 'class' && wanted.node))
        return primitive(true);
      if (cls.type === 'symbolic') {
        if (right.type === 'symbolic' && cls.key === right.key) return primitive(true);
        open ||= roots(interpreter).includes(wantedName ?? '') || externalName(cls) === wantedName;
      }
    }
    return primitive(open);
  }
  if (left.type === 'symbolic' && left.origin.kind === 'failure')
    return failureIs(interpreter, left, wantedName, right, span);
  if (left.type === 'symbolic') return operation('question', left, right);
  return primitive(false);
}

export const externalName = (value: Value | undefined): string | undefined =>
  value?.type === 'symbolic' && value.origin.kind === 'external'
    ? value.origin.path.at(-1)
    : value?.type === 'symbolic' && value.origin.kind === 'member'
      ? value.origin.key
      : undefined;

const roots = (interpreter: Interpreter): string[] => interpreter.rules?.exceptionRoots ?? ['Error'];

function failureIs(
  interpreter: Interpreter,
  left: Symbolic,
  wanted: string | undefined,
  right: Value,
  span: Span,
): Value {
  if (left.origin.kind !== 'failure') return primitive(false);
  if (roots(interpreter).includes(wanted ?? '')) return primitive(true);
  if (right.type === 'class' && right.node) return primitive(false);
  if (left.origin.name !== undefined)
    return primitive(errorParents[left.origin.name]?.includes(wanted ?? '') === true || left.origin.name === wanted);
  return operation('question', left, unknown(spanText(span)));
}

const errorParents: Record<string, string[]> = {
  TokenExpiredError: ['JsonWebTokenError'],
  NotBeforeError: ['JsonWebTokenError'],
  ZodError: ['$ZodError'],
  InvalidTokenError: ['PyJWTError', 'JWTError', 'JOSEError', 'DecodeError', 'InvalidSignatureError'],
  IntegrityError: ['DatabaseError', 'DBAPIError', 'SQLAlchemyError', 'StatementError'],
  NoResultFound: ['InvalidRequestError', 'SQLAlchemyError', 'DoesNotExist'],
  HTTPStatusError: ['HTTPError', 'RequestException'],
  RequestError: [
    'HTTPError',
    'TransportError',
    'ConnectError',
    'RequestException',
    'ConnectionError',
    'ClientError',
    'TimeoutException',
  ],
};

function arithmetic(op: string, left: Value, right: Value): Value {
  if (left.type === 'primitive' && right.type === 'primitive') {
    const a = left.value as number;
    const b = right.value as number;
    switch (op) {
      case '+':
        return primitive(
          typeof left.value === 'string' || typeof right.value === 'string'
            ? String(left.value) + String(right.value)
            : a + b,
        );
      case '-':
        return primitive(a - b);
      case '*':
        return primitive(a * b);
      case '/':
        return primitive(a / b);
      case '%':
        return primitive(a % b);
      case '**':
        return primitive(a ** b);
      case '|':
        return primitive(a | b);
      case '&':
        return primitive(a & b);
      default:
        return operation(op, left, right);
    }
  }
  if (op === '+' && (isText(left) || isText(right))) return operation('template', ...parts(left), ...parts(right));
  return operation(op, left, right);
}

const isText = (value: Value): boolean =>
  (value.type === 'primitive' && typeof value.value === 'string') ||
  (value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === 'template');
const parts = (value: Value): Value[] =>
  value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === 'template'
    ? value.origin.args
    : [value];

export function unary(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'unary' }>,
  scope: Scope,
): Value {
  const { op, of } = expression;
  if (op === 'delete') {
    if (of.kind === 'member' && !removed(interpreter, of, scope)) assignPlace(interpreter, of, undefinedValue, scope);
    return primitive(true);
  }
  const value = evaluate(interpreter, of, scope);
  if (op === 'void') return undefinedValue;
  if (op === 'typeof') return typeOf(value);
  if (value.type !== 'primitive') return op === '+' ? operation('number', value) : operation(op, value);
  const number = Number(value.value);
  return primitive(op === '-' ? -number : op === '+' ? number : op === '~' ? ~number : number);
}

/** `delete users[id]`: a row leaves an object that operations use as a store. */
function removed(interpreter: Interpreter, of: Extract<Expression, { kind: 'member' }>, scope: Scope): boolean {
  const target = evaluate(interpreter, of.of, scope);
  const key = evaluate(interpreter, of.key, scope);
  if (!interpreter.path || target.type !== 'object' || !target.atLoad || key.type === 'primitive') return false;
  interpreter.shared.useAsMap(target);
  interpreter.collection(target, 'delete', [key], of.span);
  return true;
}

function typeOf(value: Value): Value {
  if (value.type === 'primitive') return primitive(value.value === null ? 'object' : typeof value.value);
  if (value.type === 'function' || value.type === 'native' || value.type === 'class') return primitive('function');
  if (value.type !== 'symbolic') return primitive(value.type === 'object' && value.trap?.call ? 'function' : 'object');
  if (value.origin.kind === 'external') return primitive('function');
  return operation('typeof', value);
}
