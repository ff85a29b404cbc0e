import type { Json, JsonSchema } from '../model/index.js';

/** Values that read well where a field's name says what it holds. */
const byName: [RegExp, string][] = [
  [/e-?mail/i, 'ada@example.com'],
  [/^(first_?name|given_?name)$/i, 'Ada'],
  [/^(last_?name|surname|family_?name)$/i, 'Lovelace'],
  [/(user|login)_?name|handle|nick/i, 'adalovelace'],
  [/password|passphrase/i, 'correct-horse-9Battery'],
  [/phone|mobile/i, '+4930123456'],
  [/url|link|website/i, 'https://example.test/page'],
  [/city|town/i, 'Berlin'],
  [/country/i, 'DE'],
  [/currency/i, 'EUR'],
  [/title|subject/i, 'A first title'],
  [/name/i, 'Sample name'],
  [/description|notes?|comment|content|text|message|body|reason/i, 'Some words to read'],
];

/** Numbers with a check digit: no other value will do, so each has a few. */
const checked: [RegExp, string[]][] = [
  [/^cpf$/i, ['52998224725', '11144477735', '39053344705']],
  [/^cnpj$/i, ['11222333000181', '11444777000161', '45997418000153']],
  [/^iban$/i, ['DE89370400440532013000', 'GB82WEST12345698765432', 'NL91ABNA0417164300']],
  [/^isbn(_?13)?$/i, ['9780306406157', '9783161484100', '9781861972712']],
  [/^(credit_?)?card(_?number)?$/i, ['4242424242424242', '4000056655665556', '5555555555554444']],
];

const byFormat: Record<string, string> = {
  email: 'ada@example.com',
  uuid: '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b',
  'date-time': '2031-05-14T09:30:00.000Z',
  date: '2031-05-14',
  time: '09:30:00',
  uri: 'https://example.test/page',
  ipv4: '192.0.2.10',
  hostname: 'example.test',
  cuid: 'cjld2cjxh0000qzrmn831i7rn',
  cuid2: 'tz4a98xxat96iws9zmbrgj3a',
  ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  nanoid: 'V1StGXR8_Z5jdHi6B-myT',
  objectid: '507f1f77bcf86cd799439011',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
};

/** A deterministic value that satisfies the schema, with its optional fields too. `name` is the field's name. */
export function sample(schema: JsonSchema, name = ''): Json {
  const value = usual(schema, name);
  const seed = schema['x-seed'];
  return seed === undefined ? value : other(schema, value, seed);
}

/** The n-th other value that satisfies the schema too; the same value where there is none, or where a default stands. */
function other(schema: JsonSchema, value: Json, seed: number): Json {
  if (schema.const !== undefined || schema.default !== undefined) return value;
  if (schema.enum?.length) return schema.enum[seed % schema.enum.length] ?? value;
  if (typeof value === 'string') return schema.format === 'jwt' ? value : variant(schema, value, seed);
  if (typeof value !== 'number' || schema.multipleOf !== undefined) return value;
  const { minimum, maximum } = schema;
  if (minimum === undefined || maximum === undefined)
    return value + (schema.maximum === undefined && schema.exclusiveMaximum === undefined ? seed : 0);
  return minimum + ((value - minimum + seed) % (Math.floor(maximum - minimum) + 1));
}

function usual(schema: JsonSchema, name: string): Json {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0] ?? null;
  if (schema.default !== undefined && schema.default !== null) return besideDefault(schema, schema.default);
  const branch = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (branch) return sample(branch, name);
  if (schema.allOf) return sampleAll(schema.allOf, name);
  const type = [schema.type].flat().find((one) => one !== 'null') ?? guessType(schema);
  switch (type) {
    case 'object':
      return sampleObject(schema);
    case 'array':
      return sampleArray(schema, name);
    case 'integer':
    case 'number':
      return sampleNumber(schema, type === 'integer');
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(schema, name);
  }
}

/** A number that is sent tells itself from the one that the code would take by itself; other defaults often switch behaviour. */
function besideDefault(schema: JsonSchema, value: Json): Json {
  if (typeof value !== 'number') return value;
  const next = value + (schema.multipleOf ?? 1);
  const fits = next <= (schema.maximum ?? Infinity) && next < (schema.exclusiveMaximum ?? Infinity);
  return fits ? next : value;
}

function sampleAll(parts: JsonSchema[], name: string): Json {
  const values = parts.map((part) => sample(part, name));
  return values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
    ? Object.assign({}, ...values)
    : (values[0] ?? null);
}

function guessType(schema: JsonSchema): string {
  if (schema.properties) return 'object';
  if (schema.items) return 'array';
  return schema.minimum !== undefined || schema.maximum !== undefined || schema.exclusiveMinimum !== undefined
    ? 'number'
    : 'string';
}

function sampleObject(schema: JsonSchema): Json {
  const value: Record<string, Json> = {};
  for (const [key, field] of Object.entries(schema.properties ?? {})) value[key] = sample(field, key);
  for (const compare of schema['x-compare'] ?? [])
    settleComparison(value, compare.left[0] ?? '', compare.op, compare.right[0] ?? '');
  return value;
}

/** `startsAt < endsAt`: the greater one is moved up. */
function settleComparison(value: Record<string, Json>, left: string, op: string, right: string): void {
  const a = value[left];
  if (op === '==') value[right] = a ?? null;
  else if ((op === '<' || op === '<=') && typeof a === 'number') value[right] = Math.max(Number(value[right]), a + 1);
  else if ((op === '<' || op === '<=') && typeof a === 'string') value[right] = a.replace('2031', '2032');
  else if (op === '!=' && typeof a === 'string') value[right] = `${a}2`;
}

function sampleArray(schema: JsonSchema, name: string): Json {
  if (schema.prefixItems) return schema.prefixItems.map((item) => sample(item, name));
  const count = Math.max(schema.minItems ?? 1, 1);
  const item = sample(schema.items ?? {}, name.replace(/s$/, ''));
  return Array.from({ length: Math.min(count, schema.maxItems ?? count) }, (_, index) =>
    schema.uniqueItems && index && typeof item === 'string' ? `${item}${index}` : item,
  );
}

function sampleNumber(schema: JsonSchema, integer: boolean): number {
  const least = schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + (integer ? 1 : 0.5) : schema.minimum;
  const most = schema.exclusiveMaximum !== undefined ? schema.exclusiveMaximum - (integer ? 1 : 0.5) : schema.maximum;
  let value = Math.max(least ?? 3, Math.min(3, most ?? 3));
  if (least !== undefined && most !== undefined && least < most) value = Math.min(most, least + (integer ? 2 : 1));
  else if (least !== undefined) value = least + 2;
  if (most !== undefined) value = Math.min(value, most);
  if (integer) value = Math.ceil(value);
  const { multipleOf } = schema;
  return multipleOf ? Math.ceil(value / multipleOf) * multipleOf : value;
}

function sampleText(schema: JsonSchema, name: string): string {
  const { pattern, format } = schema;
  if (pattern !== undefined) return fitLength(schema, sampleOfPattern(pattern));
  const formatted = format ? byFormat[format] : undefined;
  if (formatted) return formatted;
  const named =
    checked.find(([test]) => test.test(name))?.[1][0] ??
    byName.find(([test]) => test.test(name))?.[1] ??
    (/(^|_)id$|Id$/.test(name) ? '1' : name ? `sample ${name.replace(/([A-Z])/g, ' $1').toLowerCase()}` : 'sample');
  return fitLength(schema, named);
}

function fitLength(schema: JsonSchema, text: string): string {
  const { minLength = 0, maxLength } = schema;
  if (text.length < minLength) return text.padEnd(minLength, text.at(-1) === ' ' ? 'x' : 'abcdefghij');
  return maxLength !== undefined && text.length > maxLength
    ? text.slice(0, maxLength).trimEnd().padEnd(Math.max(minLength, 1), 'x')
    : text;
}

/** Another value of the same schema, for columns that must be unique. */
export function variant(schema: JsonSchema, value: Json, number: number): Json {
  if (typeof value === 'number') return value + number;
  if (typeof value !== 'string') return value;
  const others = checked.find(([, values]) => values.includes(value))?.[1];
  if (others) return others[(others.indexOf(value) + number) % others.length] ?? value;
  if (schema.format === 'email' || /^[^\s@]+@[^\s@]+\.\w+$/.test(value)) return value.replace('@', `+${number}@`);
  const digits = value.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + number) % 10));
  const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern);
  if (digits !== value && (!pattern || pattern.test(digits))) return digits;
  const letters = value.replace(
    /[a-z]$/i,
    (letter) => (letter === letter.toUpperCase() ? 'BCDEFG' : 'bcdefg')[number % 6] ?? 'b',
  );
  if (pattern) return pattern.test(letters) ? letters : value;
  if (schema.enum) return schema.enum[number] ?? value;
  const room = schema.maxLength ?? 1000;
  const ending = ` ${number + 1}`.slice(-room);
  return value.slice(0, room - ending.length) + ending;
}

/** The shortest plain text of a simple pattern: classes, groups, counts and alternatives; look-arounds are not read. */
export function sampleOfPattern(pattern: string): string {
  const regex = new RegExp(pattern);
  const text = new PatternReader(pattern.replace(/^\(\?i\)/, '')).alternatives();
  return regex.test(text) ? text : pattern.replace(/[\^$\\]/g, '');
}

/** Recursive descent over ECMAScript patterns. */
class PatternReader {
  private at = 0;
  constructor(private readonly source: string) {}

  alternatives(): string {
    const first = this.sequence();
    while (this.source[this.at] === '|') {
      this.at++;
      this.sequence();
    }
    return first;
  }

  private sequence(): string {
    let text = '';
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')') {
      const piece = this.atom();
      text += piece.repeat(this.count(piece));
    }
    return text;
  }

  private count(piece: string): number {
    const rest = this.source.slice(this.at);
    const counted = /^\{(\d+)(,(\d*))?\}\??/.exec(rest);
    if (counted) {
      this.at += counted[0].length;
      return Number(counted[1]);
    }
    const sign = /^[*+?]\??/.exec(rest);
    if (!sign) return 1;
    this.at += sign[0].length;
    return sign[0].startsWith('+') ? (piece.length === 1 ? 3 : 1) : sign[0].startsWith('*') ? 1 : 0;
  }

  private atom(): string {
    const letter = this.source[this.at++] ?? '';
    if (letter === '^' || letter === '$') return '';
    if (letter === '.') return 'a';
    if (letter === '[') return this.characterClass();
    if (letter === '\\') return this.escape(this.source[this.at++] ?? '');
    if (letter !== '(') return letter;
    const prefix = /^\?(:|<\w+>|=|!|<=|<!)/.exec(this.source.slice(this.at));
    if (prefix) this.at += prefix[0].length;
    const inner = this.alternatives();
    this.at++;
    return prefix && /[=!]/.test(prefix[0]) ? '' : inner;
  }

  private escape(letter: string): string {
    return { d: '4', w: 'a', s: ' ', b: '', B: '', D: 'a', W: '-', S: 'a', n: '\n', t: '\t' }[letter] ?? letter;
  }

  private characterClass(): string {
    const end = this.closing();
    const body = this.source.slice(this.at, end);
    this.at = end + 1;
    if (body.startsWith('^'))
      return ['a', '4', '-', ' '].find((one) => !new RegExp(`[${body.slice(1)}]`).test(one)) ?? 'z';
    const preferred = new RegExp(`[${body}]`);
    return (
      ['a', 'A', '4', '-'].find((one) => preferred.test(one)) ??
      (body.startsWith('\\') ? (body[1] ?? '') : (body[0] ?? ''))
    );
  }

  private closing(): number {
    let index = this.at;
    while (index < this.source.length && this.source[index] !== ']') index += this.source[index] === '\\' ? 2 : 1;
    return index;
  }
}
