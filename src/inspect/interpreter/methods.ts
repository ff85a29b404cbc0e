import type { Span } from '../core/language.js';
import { arrayMethods, symbolicListMethod } from './arrays.js';
import { getMember } from './access.js';
import { MapHost } from './collections.js';
import { RegexHost } from './evaluate.js';
import type { Interpreter } from './interpreter.js';
import { promised, promiseMethod } from './promises.js';
import { stringMethod } from './strings.js';
import {
  ArrayValue,
  entriesOf,
  FunctionValue,
  generated,
  type Keywords,
  type NativeValue,
  type ObjectValue,
  operation,
  primitive,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from './values.js';

/** `self.key(…args)` where the language itself says what it does. Undefined: an ordinary call of a member. */
export function callMethod(
  interpreter: Interpreter,
  self: Value,
  key: string,
  args: Value[],
  span: Span,
  keywords?: Keywords,
): Value | undefined {
  const { rules } = interpreter;
  if (rules) return rules.method({ interpreter, self, args, span, isNew: false, keywords }, key);
  return scriptMethod(interpreter, self, key, args, span);
}

/** JavaScript's own methods. */
export function scriptMethod(
  interpreter: Interpreter,
  self: Value,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  switch (self.type) {
    case 'array':
      return (
        interpreter.collection(self, key, args, span) ?? arrayMethods.get(key)?.({ interpreter, self, args, span })
      );
    case 'primitive':
      if (interpreter.probe) noteMatch(interpreter, self.value, key, args[0], span);
      return typeof self.value === 'string' || typeof self.value === 'number'
        ? stringMethod(self, key, args)
        : undefined;
    case 'object':
      return objectMethod(interpreter, self, key, args, span);
    case 'promise':
      return promiseMethod(interpreter, self, key, args, span);
    case 'function':
    case 'native':
    case 'class':
      return functionMethod(interpreter, self, key, args, span);
    case 'symbolic':
      return symbolicMethod(interpreter, self, key, args, span);
  }
}

function objectMethod(
  interpreter: Interpreter,
  self: ObjectValue,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  if (self.host instanceof RegexHost && (key === 'test' || key === 'exec'))
    return regex(interpreter, self.host, args[0] ?? undefinedValue, key, span);
  if (self.host instanceof MapHost)
    return interpreter.collection(self, key, args, span) ?? mapMethod(interpreter, self, self.host, key, args, span);
  return key === 'hasOwnProperty' ? hasField(interpreter, self, args[0], span) : undefined;
}

/** `of.hasOwnProperty(name)`: a field of a request is there unless it is absent. */
export function hasField(interpreter: Interpreter, of: Value, name: Value | undefined, span: Span): Value {
  if (name?.type !== 'primitive') return operation('question', of, ...(name ? [name] : []));
  const isOpen =
    of.type === 'object' ? !!of.trap?.get || !!of.open : of.type === 'symbolic' && of.origin.kind === 'input';
  if (!isOpen)
    return of.type === 'object' ? primitive(of.fields.has(String(name.value))) : operation('question', of, name);
  const member = getMember(interpreter, of, String(name.value), span);
  return member.type === 'symbolic'
    ? operation('!', operation('===', member, undefinedValue))
    : primitive(member.type !== 'primitive' || member.value !== undefined);
}

function regex(interpreter: Interpreter, host: RegexHost, subject: Value, key: string, span: Span): Value {
  if (subject.type === 'primitive') {
    const match = new RegExp(host.pattern, host.flags).exec(String(subject.value));
    interpreter.probe?.matched(span, host.pattern, String(subject.value), !!match);
    return key === 'test'
      ? primitive(!!match)
      : match
        ? new ArrayValue(
            match.map((part) => primitive(part)),
            false,
          )
        : primitive(null);
  }
  return operation('matches', subject, primitive(host.flags.includes('i') ? `(?i)${host.pattern}` : host.pattern));
}

const patterns: Record<string, (text: string) => string> = {
  startsWith: (text) => `^${text}`,
  endsWith: (text) => `${text}$`,
  includes: (text) => text,
  indexOf: (text) => text,
  split: (text) => text,
};

/** What a text is asked for is a pattern, whatever the method is called. */
function noteMatch(
  interpreter: Interpreter,
  subject: unknown,
  key: string,
  wanted: Value | undefined,
  span: Span,
): void {
  if (typeof subject !== 'string' || !wanted) return;
  if (key === 'match' && wanted.type === 'object' && wanted.host instanceof RegexHost)
    interpreter.probe?.matched(
      span,
      wanted.host.pattern,
      subject,
      new RegExp(wanted.host.pattern, wanted.host.flags).test(subject),
    );
  const text = textOf(wanted);
  const pattern = text ? patterns[key]?.(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : undefined;
  if (pattern !== undefined) interpreter.probe?.matched(span, pattern, subject, new RegExp(pattern).test(subject));
}

function mapMethod(
  interpreter: Interpreter,
  self: ObjectValue,
  host: MapHost,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  const [first = undefinedValue, second = undefinedValue] = args;
  const list = (items: Value[]): Value => new ArrayValue(items, interpreter.loading);
  switch (key) {
    case 'get':
      return (
        host.get(first) ?? (first.type === 'symbolic' && host.size ? operation('pick', self, first) : undefinedValue)
      );
    case 'has':
      if (first.type === 'symbolic' && host.size)
        return operation('in', first, list(host.entries().map(([name]) => name)));
      return primitive(host.has(first));
    case 'set':
    case 'add':
      changed(interpreter, self, host);
      host.set(first, host.isSet ? first : second);
      return self;
    case 'delete':
      changed(interpreter, self, host);
      return primitive(host.delete(first));
    case 'clear':
      changed(interpreter, self, host);
      host.clear();
      return undefinedValue;
    case 'values':
      return list(host.entries().map(([, value]) => value));
    case 'keys':
      return list(host.entries().map(([name]) => name));
    case 'entries':
      return list(host.entries().map(([name, value]) => list([name, value])));
    case 'forEach':
      for (const [name, value] of host.entries()) interpreter.call(first, undefinedValue, [value, name], span);
      return undefinedValue;
    default:
      return undefined;
  }
}

function changed(interpreter: Interpreter, self: ObjectValue, host: MapHost): void {
  if (!interpreter.path || !self.atLoad) return;
  interpreter.shared.change(self);
  const before = host.entries();
  interpreter.path.undo.push(() => {
    host.clear();
    for (const [name, value] of before) host.set(name, value);
  });
}

function functionMethod(
  interpreter: Interpreter,
  self: FunctionValue | NativeValue | Extract<Value, { type: 'class' }>,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  if (self.fields.has(key)) return undefined;
  const [receiver = undefinedValue, ...rest] = args;
  if (key === 'call') return interpreter.call(self, receiver, rest, span);
  if (key === 'apply') return interpreter.call(self, receiver, rest[0]?.type === 'array' ? rest[0].items : [], span);
  if (key === 'bind') {
    if (self.type !== 'function') return self;
    if (rest.length) return undefined;
    const bound = new FunctionValue(self.node, self.scope, receiver, interpreter.loading);
    bound.home = self.home;
    bound.label = self.label;
    return bound;
  }
  return undefined;
}

const dataKinds = new Set([
  'input',
  'op',
  'row',
  'rows',
  'count',
  'written',
  'upstream',
  'principal',
  'session',
  'generated',
  'failure',
  'environment',
]);

/**
 * `rights[user.role].includes('publish')`: where each entry of a known table answers for itself, the question is which keys
 * say yes.
 */
function ofEach(interpreter: Interpreter, self: Symbolic, key: string, args: Value[], span: Span): Value | undefined {
  if (self.origin.kind !== 'op' || !['includes', 'has', 'startsWith', 'endsWith'].includes(key)) return undefined;
  const [table, by] = self.origin.args;
  if (table?.type !== 'object' || !by || args.some((arg) => arg.type === 'symbolic')) return undefined;
  const entries: [Value, Value][] =
    table.host instanceof MapHost
      ? table.host.entries()
      : entriesOf(table).map(([name, value]): [Value, Value] => [primitive(name), value]);
  const answers = entries.map(([name, value]) => [name, callMethod(interpreter, value, key, args, span)] as const);
  if (!answers.length || answers.some(([, answer]) => answer?.type !== 'primitive')) return undefined;
  const yes = answers.filter(([, answer]) => answer?.type === 'primitive' && answer.value === true);
  return operation(
    'in',
    by,
    new ArrayValue(
      yes.map(([name]) => name),
      false,
    ),
  );
}

function symbolicMethod(
  interpreter: Interpreter,
  self: Symbolic,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  const isData = dataKinds.has(self.origin.kind);
  const chosen =
    self.origin.kind === 'op' && self.origin.op === 'pick' ? ofEach(interpreter, self, key, args, span) : undefined;
  if (chosen) return chosen;
  if (key === 'then' || key === 'catch' || key === 'finally') return thenable(interpreter, self, key, args, span);
  if (!isData) return undefined;
  if (self.origin.kind === 'rows' && key === 'at' && args[0]?.type === 'primitive')
    return symbolicListMethod(interpreter, self, 'find', [], span);
  const takesFunction = args[0]?.type === 'function' || args[0]?.type === 'native';
  if (takesFunction || key === 'sort' || key === 'reverse') {
    const result = symbolicListMethod(interpreter, self, key, args, span);
    if (result) return result;
  }
  if (key === 'hasOwnProperty') return hasField(interpreter, self, args[0], span);
  if (key === 'getTime' || key === 'valueOf') return operation('time', self);
  if (key === 'toISOString' || key === 'toJSON') return operation('iso', self);
  if (['getFullYear', 'getMonth', 'getDate', 'getDay', 'getHours'].includes(key)) return generatedPart(self, key);
  return stringMethod(self, key, args);
}

const generatedPart = (self: Symbolic, key: string): Value =>
  self.origin.kind === 'generated' ? generated('clock', { type: 'integer' }, [self]) : operation(key, self);

/** A thenable from outside: it settles, and is a promise from there on. */
function thenable(interpreter: Interpreter, self: Symbolic, key: string, args: Value[], span: Span): Value {
  if (key === 'catch') interpreter.catching++;
  let promise: Value;
  try {
    promise = promised(interpreter, span, () => interpreter.settle(self, span));
  } finally {
    if (key === 'catch') interpreter.catching--;
  }
  return promise.type === 'promise' ? (promiseMethod(interpreter, promise, key, args, span) ?? promise) : promise;
}
