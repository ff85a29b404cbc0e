import { getMember, setMember } from '../../interpreter/access.js';
import { arrayMethods } from '../../interpreter/arrays.js';
import { iterate, keys } from '../../interpreter/iterate.js';
import { same as equal } from '../../interpreter/operators.js';
import {
  ArrayValue,
  entriesOf,
  type NativeCall,
  nullValue,
  ObjectValue,
  operation,
  primitive,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { listMethods } from '../lower-comprehensions.js';

type ListCall = NativeCall & { self: ArrayValue };

const scripted = (call: ListCall, name: string, args = call.args): Value =>
  call.interpreter.collection(call.self, name, args, call.span) ??
  arrayMethods.get(name)?.({ interpreter: call.interpreter, self: call.self, args, span: call.span }) ??
  nullValue;

const comprehensions: Record<string, string> = {
  [listMethods.map]: 'map',
  [listMethods.filter]: 'filter',
  [listMethods.flatMap]: 'flatMap',
};

/** Methods of lists, tuples and sets. */
export function listMethod(call: ListCall, key: string): Value | undefined {
  const { self, args, interpreter, span } = call;
  const comprehension = comprehensions[key];
  if (comprehension !== undefined) return scripted(call, comprehension);
  switch (key) {
    case 'append':
    case 'add':
    case 'appendleft':
      scripted(call, 'push');
      return nullValue;
    case 'extend':
    case 'update':
    case 'union':
      return extended(call, key);
    case 'insert':
      scripted(call, 'unshift', args.slice(1));
      return nullValue;
    case 'pop':
    case 'popleft':
      return scripted(
        call,
        key === 'popleft' || (args[0]?.type === 'primitive' && args[0].value === 0) ? 'shift' : 'pop',
        [],
      );
    case 'remove':
    case 'discard': {
      const index = self.items.findIndex((item) => equal(interpreter, item, args[0] ?? nullValue, span) === true);
      if (index >= 0) scripted(call, 'splice', [primitive(index), primitive(1)]);
      return nullValue;
    }
    case 'sort':
    case 'reverse':
    case 'clear':
      return nullValue;
    case 'copy':
      return new ArrayValue([...self.items], interpreter.loading, self.more);
    case 'index':
      return scripted(call, 'indexOf');
    case 'intersection':
    case 'difference':
      return unknown(key, [self, ...args], span);
    default:
      return undefined;
  }
}

function extended(call: ListCall, key: string): Value {
  const { self, args, interpreter, span } = call;
  const items = args.flatMap((arg) => iterate(interpreter, arg, 'of', span));
  if (key === 'union') return new ArrayValue([...self.items, ...items], interpreter.loading, self.more);
  scripted(call, 'push', items);
  return nullValue;
}

/** Methods of `dict`. */
export function dictMethod(call: NativeCall & { self: ObjectValue }, key: string): Value | undefined {
  const { self, args, interpreter, span } = call;
  const [first, second] = args;
  const stored = storeMethod(call, key);
  if (stored) return stored;
  switch (key) {
    case 'get':
      return first?.type === 'primitive'
        ? found(call, String(first.value), second ?? nullValue)
        : unknown(`${self.label ?? 'dict'}.get`, [self, ...args], span);
    case 'pop': {
      const value = first?.type === 'primitive' ? found(call, String(first.value), second ?? nullValue) : undefined;
      if (value && first?.type === 'primitive' && !self.atLoad) self.fields.delete(String(first.value));
      return value ?? unknown('pop', [self, ...args], span);
    }
    case 'setdefault':
      if (first?.type !== 'primitive') return unknown('setdefault', [self, ...args], span);
      if (!self.fields.has(String(first.value)))
        setMember(interpreter, self, String(first.value), second ?? nullValue, span);
      return self.fields.get(String(first.value)) ?? nullValue;
    case 'update':
      for (const [name, value] of [...(first?.type === 'object' ? entriesOf(first) : []), ...(call.keywords ?? [])])
        setMember(interpreter, self, name, value, span);
      if (first?.type === 'symbolic') self.open = first;
      return nullValue;
    case 'keys':
      return list(
        call,
        keys(self).map((name) => primitive(name)),
      );
    case 'values':
      return list(
        call,
        entriesOf(self).map(([, value]) => value),
      );
    case 'items':
      return new ArrayValue(
        [
          ...entriesOf(self).map(([name, value]) => new ArrayValue([primitive(name), value], interpreter.loading)),
          ...openEntry(call),
        ],
        interpreter.loading,
      );
    case 'copy': {
      const copy = new ObjectValue(interpreter.loading);
      for (const [name, value] of entriesOf(self)) copy.fields.set(name, value);
      copy.open = self.open;
      return copy;
    }
    default:
      return undefined;
  }
}

const list = (call: NativeCall & { self: ObjectValue }, items: Value[]): ArrayValue =>
  new ArrayValue(items, call.interpreter.loading, call.self.open && unknown('further entries', [call.self.open]));

/** An entry of a dict whose keys are not known: `setattr(order, name, value)` for each of them sets them all. */
const openEntry = (call: NativeCall & { self: ObjectValue }): Value[] =>
  call.self.open
    ? [new ArrayValue([operation('key', call.self.open), operation('value', call.self.open)], call.interpreter.loading)]
    : [];

/** A dict that operations change is a store: its libraries know it by the names of a `Map`. */
function storeMethod(
  { interpreter, self, args, span }: NativeCall & { self: ObjectValue },
  key: string,
): Value | undefined {
  if (!interpreter.path || !interpreter.shared.isMap(self)) return undefined;
  const name = { get: 'get', pop: 'delete', values: 'values', items: 'entries', keys: 'keys' }[key];
  return name === undefined ? undefined : interpreter.collection(self, name, args, span);
}

function found({ interpreter, self, span }: NativeCall, name: string, otherwise: Value): Value {
  const value = getMember(interpreter, self, name, span);
  return value.type === 'primitive' && value.value === undefined ? otherwise : value;
}
