import type { SequenceShape } from '../../core/language.js';
import { getMember, setMember } from '../../interpreter/access.js';
import { arrayMethods } from '../../interpreter/arrays.js';
import { needsVariable } from '../../interpreter/environment.js';
import { iterate } from '../../interpreter/iterate.js';
import { instanceOf } from '../../interpreter/operators.js';
import { plainTruth, truth } from '../../interpreter/truth.js';
import type { Scope } from '../../interpreter/scope.js';
import {
  ArrayValue,
  ClassValue,
  isCallable,
  isNil,
  keyOf,
  type NativeCall,
  NativeValue,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { attributeDecorator } from './attributes.js';
import { messageOf } from './exceptions.js';
import { formatted, plainText, quotedText, rounded } from './formatting.js';
import { inOrder } from './ordering.js';
import { SliceHost } from './subscripts.js';

type Run = (call: NativeCall) => Value;

export function declareBuiltins(scope: Scope): void {
  for (const [name, run] of Object.entries(functions)) scope.declare(name, new NativeValue(name, run));
  for (const [name, run] of Object.entries(types)) scope.declare(name, new NativeValue(name, run));
  for (const [name, kind] of [
    ['property', 'getter'],
    ['classmethod', 'static'],
    ['staticmethod', 'static'],
  ] as const)
    scope.declare(name, attributeDecorator(name, kind));
  const object = new ClassValue('object', undefined, undefined, undefined, () => undefined);
  scope.declare('object', object);
  const ellipsis = new ObjectValue(true);
  ellipsis.label = 'Ellipsis';
  ellipsis.trap = { name: 'ellipsis' };
  scope.declare('Ellipsis', ellipsis);
  scope.declare('NotImplemented', undefinedValue);
  scope.declare('__name__', primitive('__loaded__'));
  scope.declare('__debug__', primitive(true));
}

const first = (call: NativeCall): Value => call.args[0] ?? undefinedValue;

const items = (call: NativeCall, value = first(call)): Value[] => iterate(call.interpreter, value, 'of', call.span);

const list = (call: NativeCall, values: Value[], more?: Value): ArrayValue =>
  new ArrayValue(values, call.interpreter.loading, more);

const moreOf = (value: Value): Value | undefined => (value.type === 'array' ? value.more : undefined);

/** `list(x)`, `tuple(x)`, `set(x)`: lists of unknown length stay what they are. */
const toList =
  (shape?: SequenceShape): Run =>
  (call) => {
    const value = first(call);
    const of = (values: Value[], more?: Value): ArrayValue =>
      new ArrayValue(values, call.interpreter.loading, more, shape);
    if (!call.args.length) return of([]);
    if (value.type === 'symbolic') return value;
    return value.type === 'array' ? of([...value.items], value.more) : of(items(call));
  };

const toNumber =
  (op: 'integer' | 'number', convert: (value: unknown) => number): Run =>
  (call) => {
    const value = first(call);
    if (!call.args.length) return primitive(0);
    const isUnset =
      value.type === 'symbolic' && value.origin.kind === 'environment' && value.origin.fallback === undefined;
    if (isUnset) needsVariable(call.interpreter, value.origin.name, call.span, { type: op });
    if (value.type !== 'primitive') return operation(op, value);
    const number = convert(value.value);
    if (!Number.isNaN(number)) return primitive(number);
    const error = call.interpreter.rules?.exception(call.interpreter, 'ValueError', `invalid literal`, call.span);
    return call.interpreter.loading || !error ? unknown(op, [value]) : call.interpreter.throw(error, call.span);
  };

const types: Record<string, Run> = {
  int: toNumber('integer', (value) => Math.trunc(Number(value))),
  float: toNumber('number', Number),
  str: text,
  bytes: (call) => first(call),
  bytearray: (call) => first(call),
  bool: (call) => {
    const value = first(call);
    return value.type === 'symbolic' ? operation('boolean', value) : primitive(plainTruth(call.interpreter, value));
  },
  list: toList(),
  tuple: toList('tuple'),
  set: toList('set'),
  frozenset: toList('set'),
  dict: dict,
  complex: (call) => first(call),
  type: (call) => {
    const value = first(call);
    return value.type === 'object' && value.cls ? value.cls : unknown('type', [value], call.span);
  },
};

function text(call: NativeCall): Value {
  const value = first(call);
  if (!call.args.length) return primitive('');
  if (value.type === 'primitive') return primitive(plainText(value.value));
  if (value.type === 'object') {
    const own = getMember(call.interpreter, value, '__str__', call.span);
    if (own.type === 'function') return call.interpreter.call(own, value, [], call.span);
    if (value.fields.has('args') && value.fields.has('__cause__')) return text({ ...call, args: [messageOf(value)] });
  }
  if (value.type === 'symbolic' && value.origin.kind === 'op' && ['template', 'string'].includes(value.origin.op))
    return value;
  return operation('string', value);
}

function dict(call: NativeCall): Value {
  const object = new ObjectValue(call.interpreter.loading);
  const source = first(call);
  if (source.type === 'object') for (const [name, value] of source.fields) object.fields.set(name, value);
  if (source.type === 'object') object.open = source.open;
  if (source.type === 'symbolic') object.open = source;
  if (source.type === 'array')
    for (const entry of source.items)
      if (entry.type === 'array' && entry.items[0]?.type === 'primitive')
        object.fields.set(String(entry.items[0].value), entry.items[1] ?? undefinedValue);
      else object.open ??= unknown('entries', [entry]);
  for (const [name, value] of call.keywords ?? [])
    if (name !== '**') object.fields.set(name, value);
    else if (value.type === 'symbolic') object.open = value;
  return object;
}

const functions: Record<string, Run> = {
  print: () => nullValue,
  len: (call) => {
    const value = first(call);
    if (value.type === 'object' && !value.cls)
      return value.open ? operation('length', value) : primitive(value.fields.size);
    return getMember(call.interpreter, value, 'length', call.span);
  },
  isinstance: (call) => isInstance(call),
  issubclass: (call) => operation('question', ...call.args),
  callable: (call) => primitive(isCallable(first(call))),
  hasattr: (call) => {
    const [of = undefinedValue, name] = call.args;
    if (of.type === 'symbolic') return operation('question', ...call.args);
    return primitive(!isNil(getMember(call.interpreter, of, textOf(name) ?? '', call.span)));
  },
  getattr: (call) => {
    const [of = undefinedValue, name, otherwise] = call.args;
    const key = textOf(name);
    if (key === undefined) return unknown('getattr', call.args, call.span);
    const value = getMember(call.interpreter, of, key, call.span);
    return isNil(value) && otherwise ? otherwise : value;
  },
  setattr: (call) => {
    const [of = undefinedValue, name, value = undefinedValue] = call.args;
    if (name?.type === 'primitive') setMember(call.interpreter, of, String(name.value), value, call.span);
    else setMember(call.interpreter, of, '*', entriesBehind(name) ?? value, call.span);
    return nullValue;
  },
  delattr: () => nullValue,
  enumerate: (call) =>
    list(
      call,
      items(call).map((item, index) => list(call, [primitive(index), item])),
    ),
  zip: (call) => {
    const lists = call.args.map((arg) => items(call, arg));
    const shortest = Math.min(...lists.map((one) => one.length));
    return list(
      call,
      Array.from({ length: Number.isFinite(shortest) ? shortest : 0 }, (_, index) =>
        list(
          call,
          lists.map((one) => one[index] ?? undefinedValue),
        ),
      ),
    );
  },
  range: (call) => {
    const numbers = call.args.map((arg) => (arg.type === 'primitive' ? Number(arg.value) : Number.NaN));
    if (numbers.some(Number.isNaN)) return list(call, [], operation('number', ...call.args));
    const [start, stop, step] =
      numbers.length === 1 ? [0, numbers[0] ?? 0, 1] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1];
    const count = Math.max(0, Math.min(100, Math.ceil((stop - start) / (step || 1))));
    return list(
      call,
      Array.from({ length: count }, (_, index) => primitive(start + index * step)),
    );
  },
  map: (call) => {
    const [fn, of = undefinedValue] = call.args;
    return fn
      ? list(
          call,
          items(call, of).map((item) => call.interpreter.call(fn, undefinedValue, [item], call.span)),
        )
      : of;
  },
  filter: (call) => call.args[1] ?? undefinedValue,
  sorted: (call) => list(call, inOrder(call, items(call)), moreOf(first(call))),
  reversed: (call) => list(call, items(call).toReversed(), moreOf(first(call))),
  iter: (call) => first(call),
  next: (call) => {
    const value = first(call);
    if (value.type === 'symbolic' && call.args.length > 1) return operation('find', value);
    return items(call)[0] ?? call.args[1] ?? undefinedValue;
  },
  any: (call) => quantified(call, 'some'),
  all: (call) => quantified(call, 'every'),
  sum: (call) => fold(call, 'sum', (numbers) => numbers.reduce((left, right) => left + right, 0)),
  min: (call) => fold(call, 'min', (numbers) => Math.min(...numbers)),
  max: (call) => fold(call, 'max', (numbers) => Math.max(...numbers)),
  abs: (call) => fold(call, 'abs', ([number = 0]) => Math.abs(number)),
  round: (call) => {
    const digits = call.args[1]?.type === 'primitive' ? Number(call.args[1].value ?? 0) : 0;
    return fold({ ...call, args: call.args.slice(0, 1) }, 'round', ([number = 0]) => rounded(number, digits));
  },
  divmod: (call) => {
    const [left, right] = call.args.map((arg) => (arg.type === 'primitive' ? arg.value : undefined));
    if (typeof left !== 'number' || typeof right !== 'number' || right === 0) return unknown('divmod', call.args);
    const whole = Math.floor(left / right);
    return new ArrayValue(
      [primitive(whole), primitive(left - whole * right)],
      call.interpreter.loading,
      undefined,
      'tuple',
    );
  },
  repr: (call) => {
    const value = first(call);
    return value.type === 'primitive' ? primitive(quotedText(value.value)) : text(call);
  },
  format: (call) => {
    const [value = undefinedValue, specification] = call.args;
    const known = textOf(specification ?? undefinedValue);
    const result = value.type === 'primitive' && known !== undefined ? formatted(value.value, known) : undefined;
    return result === undefined ? text(call) : primitive(result);
  },
  id: (call) => unknown('id', call.args),
  hash: (call) => unknown('hash', call.args),
  vars: (call) => first(call),
  dir: (call) => unknown('dir', call.args),
  slice: (call) => {
    const object = new ObjectValue(call.interpreter.loading);
    object.host = new SliceHost(call.args);
    return object;
  },
  open: (call) => unknown('a file', call.args, call.span),
  __import__: (call) => {
    const name = textOf(first(call));
    return name === undefined
      ? unknown('__import__')
      : call.interpreter.modules.import(name, call.span.source.file, '*');
  },
};

/** The dict that an unknown key is taken from. */
const entriesBehind = (name: Value | undefined): Value | undefined =>
  name?.type === 'symbolic' && name.origin.kind === 'op' && name.origin.op === 'key' ? name.origin.args[0] : undefined;

/** `any(…)` and `all(…)` of a list, whose items are conditions already. */
function quantified(call: NativeCall, method: 'some' | 'every'): Value {
  const value = first(call);
  if (value.type === 'array') {
    const itself = new NativeValue('itself', ({ args }) => args[0] ?? undefinedValue);
    const { interpreter, span } = call;
    return arrayMethods.get(method)?.({ interpreter, self: value, args: [itself], span }) ?? primitive(false);
  }
  if (value.type === 'symbolic') return operation(method, value);
  const known = items(call).map((item) => truth(call.interpreter, item, call.span));
  return primitive(method === 'some' ? known.some(Boolean) : known.every(Boolean));
}

function fold(call: NativeCall, op: string, compute: (numbers: number[]) => number): Value {
  const single = call.args.length === 1 ? first(call) : undefined;
  const values = single && single.type === 'array' ? single.items : call.args;
  const numbers = values.map((value) =>
    value.type === 'primitive' && typeof value.value === 'number' ? value.value : undefined,
  );
  if (numbers.every((number) => number !== undefined) && !(single && moreOf(single)))
    return primitive(compute(numbers));
  return operation(op, ...call.args);
}

const scripted: Record<string, string> = {
  str: 'string',
  int: 'integer',
  float: 'number',
  bool: 'boolean',
  list: 'array',
  dict: 'object',
};

function isInstance(call: NativeCall): Value {
  const [value = undefinedValue, cls = undefinedValue] = call.args;
  if (cls.type === 'array') {
    const each = cls.items.map((item) => isInstance({ ...call, args: [value, item] }));
    return (
      each.find((one) => one.type === 'primitive' && one.value === true) ??
      each.find((one) => one.type === 'symbolic') ??
      primitive(false)
    );
  }
  if (cls.type !== 'native') return instanceOf(call.interpreter, value, cls, call.span);
  const kind = scripted[cls.name];
  switch (value.type) {
    case 'primitive':
      return primitive(
        kind === 'string'
          ? typeof value.value === 'string'
          : kind === 'boolean'
            ? typeof value.value === 'boolean'
            : (kind === 'integer' || kind === 'number') && typeof value.value === 'number',
      );
    case 'array':
      return primitive(['list', 'tuple', 'set'].includes(cls.name));
    case 'object':
      return primitive(kind === 'object' && !value.cls);
    case 'symbolic':
      return kind ? operation('type', value, primitive(kind)) : operation('question', value, primitive(keyOf(cls)));
    default:
      return primitive(false);
  }
}
