import type { Literal } from '../../core/language.js';

/** Python's own text of a known value: `True`, `None`, `1.5`. */
export function plainText(value: Literal): string {
  if (value === null || value === undefined) return 'None';
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

/** `repr`: texts stand in quotes. */
export function quotedText(value: Literal): string {
  if (typeof value !== 'string') return plainText(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t').replace(/\r/g, '\\r');
  return `${quote}${quote === "'" ? escaped.replace(/'/g, "\\'") : escaped}${quote}`;
}

/**
 * A known value by a format specification; undefined: one that is not read.
 * https://docs.python.org/3/library/string.html#format-specification-mini-language
 */
export function formatted(value: Literal, specification: string): string | undefined {
  const [, fill = ' ', align, sign = '', zero, width = '', comma, digits, type] =
    /^(?:(.)?([<>^]))?([+-])?(0)?(\d+)?(,)?(?:\.(\d+))?([dfs%])?$/.exec(specification) ?? [];
  if (!/^(?:(.)?([<>^]))?([+-])?(0)?(\d+)?(,)?(?:\.(\d+))?([dfs%])?$/.test(specification)) return undefined;
  const isNumber = typeof value === 'number';
  if (!isNumber && typeof value !== 'string') return undefined;
  if (digits !== undefined && type !== 'f' && type !== '%' && isNumber) return undefined;
  const text = isNumber
    ? numberText(value, { comma: comma !== undefined, digits, type, sign })
    : value.slice(0, digits === undefined ? undefined : Number(digits));
  const missing = Math.max(0, Number(width) - text.length);
  if (zero && isNumber) return text.replace(/^([+-]?)/, `$1${'0'.repeat(missing)}`);
  const side = align ?? (isNumber ? '>' : '<');
  const left = side === '>' ? missing : side === '^' ? Math.floor(missing / 2) : 0;
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

interface NumberForm {
  comma: boolean;
  digits: string | undefined;
  type: string | undefined;
  sign: string;
}

function numberText(value: number, { comma, digits, type, sign }: NumberForm): string {
  const scaled = type === '%' ? value * 100 : value;
  const isFixed = type === 'f' || type === '%' || digits !== undefined;
  const plain = isFixed ? scaled.toFixed(Number(digits ?? 6)) : String(scaled);
  const grouped = comma ? plain.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',') : plain;
  return `${sign === '+' && value >= 0 ? '+' : ''}${grouped}${type === '%' ? '%' : ''}`;
}

/** Halves go to the even neighbour. */
export function rounded(value: number, digits = 0): number {
  if (digits) return Number(value.toFixed(Math.max(0, digits)));
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
