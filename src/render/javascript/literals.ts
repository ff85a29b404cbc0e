import type { Json } from '../../model/index.js';

/** A JSON value as a JavaScript literal: the same value whatever it holds, never code. The only way for values into templates. */
export function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, field]) => `${keyLiteral(key)}: ${literal(field)}`)
      .join(', ')} }`;
  if (typeof value === 'number' && Object.is(value, -0)) return '-0';
  return typeof value === 'string' ? text(value) : JSON.stringify(value);
}

/** Single quotes: the formatter turns them where the repo likes others. */
export function text(value: string): string {
  const escaped = JSON.stringify(value)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/'/g, "\\'")
    .replace(/[\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`);
  return `'${escaped}'`;
}

const isName = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key);

/** `__proto__` as a plain key would set the prototype. */
export const keyLiteral = (key: string): string =>
  key === '__proto__' ? "['__proto__']" : isName(key) ? key : text(key);

export const access = (of: string, key: string): string =>
  isName(key) ? `${of}.${key}` : /^\d+$/.test(key) ? `${of}[${key}]` : `${of}[${text(key)}]`;
