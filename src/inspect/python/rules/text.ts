import { arrayMethods } from '../../interpreter/arrays.js';
import { stringMethod } from '../../interpreter/strings.js';
import {
  ArrayValue,
  type NativeCall,
  operation,
  primitive,
  type Primitive,
  type Symbolic,
  textOf,
  type Value,
} from '../../interpreter/values.js';

/** Python's name → the name under which the interpreter knows the same method. */
const same: Record<string, string> = {
  lower: 'toLowerCase',
  casefold: 'toLowerCase',
  upper: 'toUpperCase',
  strip: 'trim',
  lstrip: 'trimStart',
  rstrip: 'trimEnd',
  split: 'split',
  startswith: 'startsWith',
  endswith: 'endsWith',
  replace: 'replaceAll',
  find: 'indexOf',
  index: 'indexOf',
  rfind: 'lastIndexOf',
  zfill: 'padStart',
};

const patterns: Record<string, string> = {
  isdigit: '^\\d+$',
  isnumeric: '^\\d+$',
  isdecimal: '^\\d+$',
  isalpha: '^[A-Za-z]+$',
  isalnum: '^[A-Za-z0-9]+$',
  isspace: '^\\s+$',
  islower: '^[^A-Z]*[a-z][^A-Z]*$',
  isupper: '^[^a-z]*[A-Z][^a-z]*$',
};

/** Methods of `str` and `bytes`, on known text and on values that a request gives. */
export function textMethod(call: NativeCall & { self: Primitive | Symbolic }, key: string): Value | undefined {
  const { self, args } = call;
  switch (key) {
    case 'encode':
    case 'decode':
    case 'expandtabs':
    case 'get_secret_value':
      return self;
    case 'format':
      return format(call);
    case 'join':
      return join(call);
    case 'title':
    case 'capitalize':
      return self.type === 'primitive' ? primitive(capitalized(String(self.value), key)) : operation(key, self);
    case 'removeprefix':
    case 'removesuffix':
      return removed(self, args[0], key);
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return args.length ? stripped(self, args[0], key) : stringMethod(self, same[key] ?? key, []);
    case 'split':
    case 'rsplit':
      return split(self, args);
    case 'partition':
    case 'rpartition':
      return partition(self, args[0]);
    case 'startswith':
    case 'endswith':
      if (args[0]?.type === 'array') return operation('question', self, args[0]);
      break;
    default:
  }
  const pattern = patterns[key];
  if (pattern !== undefined)
    return self.type === 'primitive'
      ? primitive(new RegExp(pattern).test(String(self.value)))
      : operation('matches', self, primitive(pattern));
  const name = same[key];
  return name === undefined ? undefined : stringMethod(self, name, args);
}

const capitalized = (text: string, key: string): string =>
  key === 'title'
    ? text.toLowerCase().replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
    : text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();

function split(self: Primitive | Symbolic, args: Value[]): Value {
  const separator = args[0];
  if (self.type === 'primitive' && (!separator || textOf(separator) !== undefined)) {
    const text = String(self.value);
    const parts = separator ? text.split(textOf(separator) ?? ' ') : text.trim().split(/\s+/);
    return new ArrayValue(
      parts.map((part) => primitive(part)),
      true,
    );
  }
  return operation('split', self, separator ?? primitive(' '));
}

function partition(self: Primitive | Symbolic, separator: Value | undefined): Value {
  const mark = textOf(separator);
  if (self.type === 'primitive' && mark !== undefined) {
    const text = String(self.value);
    const at = text.indexOf(mark);
    const parts = at < 0 ? [text, '', ''] : [text.slice(0, at), mark, text.slice(at + mark.length)];
    return new ArrayValue(
      parts.map((part) => primitive(part)),
      true,
    );
  }
  const parts = operation('split', self, separator ?? primitive(' '));
  return new ArrayValue(
    [operation('item', parts, primitive(0)), separator ?? primitive(' '), operation('item', parts, primitive(1))],
    false,
  );
}

function removed(self: Primitive | Symbolic, part: Value | undefined, key: string): Value {
  const text = textOf(part);
  if (self.type !== 'primitive' || text === undefined) return operation(key, self, ...(part ? [part] : []));
  const whole = String(self.value);
  if (key === 'removeprefix') return primitive(whole.startsWith(text) ? whole.slice(text.length) : whole);
  return primitive(whole.endsWith(text) && text ? whole.slice(0, -text.length) : whole);
}

function stripped(self: Primitive | Symbolic, letters: Value | undefined, key: string): Value {
  const set = textOf(letters);
  if (self.type !== 'primitive' || set === undefined) return operation('trim', self);
  let text = String(self.value);
  if (key !== 'rstrip') while (text && set.includes(text[0] ?? '')) text = text.slice(1);
  if (key !== 'lstrip') while (text && set.includes(text.at(-1) ?? '')) text = text.slice(0, -1);
  return primitive(text);
}

/** `", ".join(names)` */
function join({ interpreter, self, args: [list], span }: NativeCall): Value {
  if (list?.type === 'array')
    return arrayMethods.get('join')?.({ interpreter, self: list, args: [self], span }) ?? self;
  return operation('join', list ?? self, self);
}

/** `"/{}/{name}".format(kind, name=…)` as a template. */
function format({ self, args, keywords }: NativeCall): Value | undefined {
  const text = textOf(self);
  if (text === undefined) return undefined;
  let next = 0;
  const parts = text.split(/(\{[^{}]*\})/).flatMap((part): Value[] => {
    if (!/^\{[^{}]*\}$/.test(part)) return part ? [primitive(part)] : [];
    const name = part.slice(1, -1).split(/[!:.[]/)[0] ?? '';
    const value = name === '' ? args[next++] : /^\d+$/.test(name) ? args[Number(name)] : keywords?.get(name);
    return value ? [value] : [primitive(part)];
  });
  return joined(parts);
}

/** Parts of a text: one text where all are known. */
export function joined(parts: Value[]): Value {
  if (parts.every((part) => part.type === 'primitive'))
    return primitive(parts.map((part) => (part.type === 'primitive' ? String(part.value) : '')).join(''));
  return operation('template', ...parts);
}

/** `"%s of %d" % (name, count)` */
export function percent(text: string, values: Value): Value {
  const items = values.type === 'array' ? [...values.items] : [values];
  const fields = values.type === 'object' ? values.fields : undefined;
  const parts = text.split(/(%(?:\(\w+\))?[-+0 #]?\d*(?:\.\d+)?[sdifrxXeg%])/).flatMap((part): Value[] => {
    if (part === '%%') return [primitive('%')];
    const hole = /^%(?:\((\w+)\))?.*[a-zA-Z]$/.exec(part);
    if (!hole) return part ? [primitive(part)] : [];
    const value = hole[1] === undefined ? items.shift() : fields?.get(hole[1]);
    return value ? [value] : [primitive(part)];
  });
  return joined(parts);
}
