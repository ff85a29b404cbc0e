import type { Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { symbolicElement } from './iterate.js';
import { same } from './operators.js';
import { truth } from './truth.js';
import {
  ArrayValue,
  operation,
  primitive,
  type Symbolic,
  symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';

interface ArrayCall {
  interpreter: Interpreter;
  self: ArrayValue;
  args: Value[];
  span: Span;
}

type Method = (call: ArrayCall) => Value;

const each = ({ interpreter, args, span }: ArrayCall, item: Value, index: number): Value =>
  args[0] ? interpreter.call(args[0], undefinedValue, [item, primitive(index)], span) : undefinedValue;

const make = (call: ArrayCall, items: Value[], more?: Value): ArrayValue =>
  new ArrayValue(items, call.interpreter.loading, more);

function grow(call: ArrayCall, change: (items: Value[]) => void): Value {
  const { interpreter, self } = call;
  if (interpreter.path && self.atLoad) {
    const before = [...self.items];
    interpreter.path.undo.push(() => (self.items = before));
    interpreter.shared.change(self);
  }
  change(self.items);
  return primitive(self.items.length);
}

function find(call: ArrayCall): { index: number; item: Value } | undefined {
  for (const [index, item] of call.self.items.entries())
    if (truth(call.interpreter, each(call, item, index), call.span)) return { index, item };
  return undefined;
}

/** In a loop that runs any number of times, what depends on the turn is added any number of times. */
function push(call: ArrayCall): Value {
  const { interpreter, self, args } = call;
  const [added] = args;
  if (interpreter.path && interpreter.uncounted && added?.type === 'symbolic' && !self.atLoad && !self.items.length) {
    self.more ??= added;
    return unknown('push', [self], call.span);
  }
  return grow(call, (items) => items.push(...args));
}

/** Methods of arrays whose items are known. */
export const arrayMethods = new Map<string, Method>([
  ['push', push],
  ['unshift', (call) => grow(call, (items) => items.unshift(...call.args))],
  [
    'pop',
    (call) => {
      const last = call.self.items.at(-1) ?? undefinedValue;
      grow(call, (items) => items.pop());
      return last;
    },
  ],
  [
    'shift',
    (call) => {
      const first = call.self.items[0] ?? undefinedValue;
      grow(call, (items) => items.shift());
      return first;
    },
  ],
  [
    'splice',
    (call) => {
      const [from, count] = call.args;
      let gone: Value[] = [];
      grow(call, (items) => {
        if (from?.type === 'primitive')
          gone = items.splice(
            Number(from.value),
            count?.type === 'primitive' ? Number(count.value) : items.length,
            ...call.args.slice(2),
          );
      });
      return make(call, gone);
    },
  ],
  [
    'map',
    (call) =>
      make(
        call,
        call.self.items.map((item, index) => each(call, item, index)),
        call.self.more && each(call, call.self.more, call.self.items.length),
      ),
  ],
  [
    'flatMap',
    (call) =>
      make(
        call,
        call.self.items.flatMap((item, index) => {
          const value = each(call, item, index);
          return value.type === 'array' ? value.items : [value];
        }),
      ),
  ],
  [
    'forEach',
    (call) => {
      call.self.items.forEach((item, index) => each(call, item, index));
      if (call.self.more) each(call, call.self.more, 0);
      return undefinedValue;
    },
  ],
  [
    'filter',
    (call) =>
      make(
        call,
        call.self.items.filter((item, index) => kept(call, item, index)),
        call.self.more,
      ),
  ],
  ['find', (call) => find(call)?.item ?? undefinedValue],
  ['findIndex', (call) => primitive(find(call)?.index ?? -1)],
  ['some', (call) => some(call)],
  ['every', (call) => every(call)],
  ['includes', (call) => includes(call)],
  ['indexOf', (call) => indexOf(call)],
  [
    'concat',
    (call) =>
      make(
        call,
        [...call.self.items, ...call.args.flatMap((arg) => (arg.type === 'array' ? arg.items : [arg]))],
        call.args.map(openTail).find(Boolean) ?? call.self.more,
      ),
  ],
  [
    'slice',
    (call) => {
      const [from, to] = call.args;
      const bound = (value: Value | undefined): number | undefined =>
        value?.type === 'primitive' && typeof value.value === 'number' ? value.value : undefined;
      return make(call, call.self.items.slice(bound(from), bound(to)), call.self.more);
    },
  ],
  ['join', (call) => join(call)],
  ['reverse', (call) => make(call, [...call.self.items].reverse(), call.self.more)],
  ['sort', (call) => sorted(call, call.self.items, true)],
  ['toSorted', (call) => sorted(call, [...call.self.items], false)],
  [
    'flat',
    (call) =>
      make(
        call,
        call.self.items.flatMap((item) => (item.type === 'array' ? item.items : [item])),
        call.self.more,
      ),
  ],
  [
    'at',
    (call) =>
      call.args[0]?.type === 'primitive'
        ? (call.self.items.at(Number(call.args[0].value)) ?? undefinedValue)
        : unknown('at', [call.self]),
  ],
  ['reduce', (call) => reduce(call)],
  [
    'entries',
    (call) =>
      make(
        call,
        call.self.items.map((item, index) => make(call, [primitive(index), item])),
      ),
  ],
  ['values', (call) => call.self],
  [
    'keys',
    (call) =>
      make(
        call,
        call.self.items.map((_, index) => primitive(index)),
      ),
  ],
  [
    'fill',
    (call) =>
      make(
        call,
        call.self.items.map(() => call.args[0] ?? undefinedValue),
      ),
  ],
]);

const openTail = (value: Value): Value | undefined =>
  value.type === 'array' ? value.more : value.type === 'symbolic' ? symbolicElement(value) : undefined;

/** While loading, an item stays unless it is certainly out. */
const kept = (call: ArrayCall, item: Value, index: number): boolean =>
  truth(call.interpreter, each(call, item, index), call.span) !== false;

/** By the callback where its answers are known, else as it was: order is then the store's business. */
function sorted(call: ArrayCall, items: Value[], inPlace: boolean): Value {
  const { interpreter, self, args, span } = call;
  const same = inPlace ? self : make(call, items, self.more);
  if (self.more || items.some((item) => item.type === 'symbolic') || (inPlace && self.atLoad && interpreter.path))
    return same;
  const [compare] = args;
  const order = (left: Value, right: Value): number => {
    if (!compare) return String(valueIn(left)) < String(valueIn(right)) ? -1 : 1;
    const answer = interpreter.call(compare, undefinedValue, [left, right], span);
    return answer.type === 'primitive' ? Number(answer.value) : 0;
  };
  const result = [...items].sort(order);
  if (!inPlace) return make(call, result);
  self.items = result;
  return self;
}

const valueIn = (value: Value): unknown => (value.type === 'primitive' ? value.value : value.type);

function some(call: ArrayCall): Value {
  const known = call.self.items.map((item, index) => each(call, item, index));
  if (known.every((value) => value.type !== 'symbolic'))
    return primitive(known.some((value) => value.type !== 'primitive' || !!value.value));
  const compared = known.map((value) =>
    value.type === 'symbolic' && value.origin.kind === 'op' && value.origin.op === '==='
      ? value.origin.args
      : undefined,
  );
  const subject = compared[0]?.find((arg) => arg.type === 'symbolic');
  if (subject && compared.every((pair) => pair?.includes(subject) ?? false))
    return operation(
      'in',
      subject,
      make(
        call,
        compared.map((pair) => pair?.find((arg) => arg !== subject) ?? undefinedValue),
      ),
    );
  return known.some((value) => truth(call.interpreter, value, call.span)) ? primitive(true) : primitive(false);
}

function every(call: ArrayCall): Value {
  return primitive(
    call.self.items.every((item, index) => truth(call.interpreter, each(call, item, index), call.span) !== false),
  );
}

function includes(call: ArrayCall): Value {
  const wanted = call.args[0] ?? undefinedValue;
  if (wanted.type !== 'symbolic' && !call.self.more && call.self.items.every((item) => item.type !== 'symbolic'))
    return primitive(call.self.items.some((item) => same(call.interpreter, item, wanted, call.span) === true));
  if (call.self.items.length === 1 && !call.self.more && call.self.items[0])
    return operation('===', wanted, call.self.items[0]);
  return operation('in', wanted, call.self);
}

function indexOf(call: ArrayCall): Value {
  const wanted = call.args[0];
  if (wanted?.type === 'primitive')
    return primitive(call.self.items.findIndex((item) => item.type === 'primitive' && item.value === wanted.value));
  return operation('indexOf', call.self, wanted ?? undefinedValue);
}

function join(call: ArrayCall): Value {
  const separator = textOf(call.args[0]) ?? ',';
  if (call.self.items.every((item) => item.type === 'primitive') && !call.self.more)
    return primitive(
      call.self.items.map((item) => (item.type === 'primitive' ? String(item.value ?? '') : '')).join(separator),
    );
  return operation(
    'template',
    ...call.self.items.flatMap((item, index) => (index ? [primitive(separator), item] : [item])),
  );
}

function reduce(call: ArrayCall): Value {
  const [fn, first] = call.args;
  if (!fn) return undefinedValue;
  const items = first ? call.self.items : call.self.items.slice(1);
  let result = first ?? call.self.items[0] ?? undefinedValue;
  const from = call.self.items.length - items.length;
  for (const [index, item] of items.entries())
    result = call.interpreter.call(fn, undefinedValue, [result, item, primitive(from + index), call.self], call.span);
  return call.self.more ? unknown('reduce', [call.self, result], call.span) : result;
}

/** Methods of symbolic lists: rows of a store, arrays in a body. The callback runs once, on the item that stands for all. */
export function symbolicListMethod(
  interpreter: Interpreter,
  self: Symbolic,
  key: string,
  args: Value[],
  span: Span,
): Value | undefined {
  for (const library of self.origin.kind === 'rows' ? interpreter.having('rows') : []) {
    const value = library.rows?.(self, key, { interpreter, self, args, span, isNew: false });
    if (value) return value;
  }
  const item = symbolicElement(self);
  const run = (): Value =>
    args[0]
      ? interpreter.call(args[0], undefinedValue, [item, symbolic({ kind: 'unknown', text: 'index', reads: [] })], span)
      : undefinedValue;
  switch (key) {
    case 'map':
    case 'flatMap':
      return self.origin.kind === 'rows'
        ? symbolic({ kind: 'rows', lookup: self.origin.lookup, each: run() })
        : operation('map', self, run());
    case 'forEach':
      run();
      return undefinedValue;
    case 'reduce':
      return operation(
        'reduce',
        self,
        args[0] ? interpreter.call(args[0], undefinedValue, [args[1] ?? undefinedValue, item], span) : undefinedValue,
      );
    case 'sort':
    case 'reverse':
    case 'toSorted':
      return self;
    case 'find':
      return operation('find', self, item, quietly(interpreter, run));
    case 'some':
    case 'every':
    case 'filter':
    case 'findIndex':
      return operation(key, self, quietly(interpreter, run));
    default:
      return undefined;
  }
}

/** A predicate over an unknown item asks no question of the path. */
function quietly(interpreter: Interpreter, run: () => Value): Value {
  void interpreter;
  return run();
}
