import type { Json } from '../../model/index.js';

/** Longer ones are written in pieces: no formatter breaks a string. */
const LONGEST = 60;

/** A JSON value as a Python literal: the same value whatever it holds, never code. The only way for values into templates. */
export function literal(value: Json): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return numeral(value);
    case 'string':
      return text(value);
    default:
      return `{${Object.entries(value)
        .map(([key, field]) => `${text(key)}: ${literal(field)}`)
        .join(', ')}}`;
  }
}

/** JSON writes 1e21 and -0, which Python reads as floats; whole numbers stay whole. */
function numeral(value: number): string {
  if (Number.isInteger(value) && !Object.is(value, -0)) return BigInt(value).toString();
  return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
}

export function text(value: string): string {
  if (value.length <= LONGEST) return `"${escaped(value)}"`;
  const pieces = value.match(new RegExp(`[^]{1,${LONGEST}}`, 'gu')) ?? [];
  return `(${pieces.map((piece) => `"${escaped(piece)}"`).join(' ')})`;
}

/** In one piece, however long: for decorators and f-strings. */
export const escaped = (value: string): string =>
  [...value]
    .map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      if (letter === '"' || letter === '\\') return `\\${letter}`;
      if (letter === '\n') return '\\n';
      if (letter === '\r') return '\\r';
      if (letter === '\t') return '\\t';
      if (code < 32 || (code > 126 && code < 160)) return `\\x${code.toString(16).padStart(2, '0')}`;
      if (code === 0x2028 || code === 0x2029 || code === 0xfeff || (code >= 0xd800 && code <= 0xdfff))
        return `\\u${code.toString(16).padStart(4, '0')}`;
      return letter;
    })
    .join('');

/** Plain text inside an f-string in double quotes. */
export const formatText = (value: string): string => escaped(value).replace(/[{}]/g, '$&$&');

export const isName = (key: string): boolean => /^[A-Za-z_]\w*$/.test(key) && !keywords.has(key);

/** `place["id"]`, `places[0]`. */
export const item = (of: string, key: string): string => `${of}[${/^\d+$/.test(key) ? key : text(key)}]`;

/** Arguments by name where they can be, else unpacked: `a=1, **{"x-y": 2}`. `taken`: the callee's other parameters. */
export function keywordArguments(fields: [string, string][], taken: string[] = []): string[] {
  const named = fields.filter(([key]) => isName(key) && !taken.includes(key)).map(([key, code]) => `${key}=${code}`);
  const others = fields.filter(([key]) => !isName(key) || taken.includes(key));
  if (!others.length) return named;
  return [...named, `**{${others.map(([key, code]) => `${text(key)}: ${code}`).join(', ')}}`];
}

export const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if import in ' +
    'is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);
