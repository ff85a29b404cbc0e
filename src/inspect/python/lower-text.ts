import type { Node } from 'web-tree-sitter';
import type { Expression, Literal } from '../core/language.js';
import { children, type Lowering } from './lower.js';

export function numberOf(text: string): Literal {
  const clean = text.replace(/_/g, '').replace(/[jJlL]$/, '');
  const value = Number(/^0[oO]/.test(clean) ? clean.toLowerCase() : clean);
  return Number.isNaN(value) ? undefined : value;
}

/** Strings: plain, raw, joined by standing side by side, and with holes. */
export function text(lowering: Lowering, node: Node): Expression {
  const texts = [''];
  const values: Expression[] = [];
  for (const string of node.type === 'concatenated_string' ? children(node) : [node]) {
    const start = string.firstChild;
    const isRaw = /r/i.test(start ? lowering.text(start).replace(/["']/g, '') : '');
    const isFormatted = /f/i.test(start ? lowering.text(start).replace(/["']/g, '') : '');
    for (const part of string.namedChildren) {
      if (part?.type === 'interpolation') {
        values.push(hole(lowering, part));
        texts.push('');
      } else if (part?.type === 'string_content') {
        const raw = lowering.text(part);
        const unescaped = isRaw ? raw : unescape(raw);
        texts[texts.length - 1] += isFormatted ? unescaped.replace(/\{\{/g, '{').replace(/\}\}/g, '}') : unescaped;
      }
    }
  }
  if (!values.length) return lowering.literal(texts[0], node);
  return { kind: 'template', texts, values, span: lowering.span(node) };
}

/** `{price:.2f}`, `{name!r}`: what the built-in functions of these names give. */
function hole(lowering: Lowering, node: Node): Expression {
  const value = lowering.field(node, 'expression');
  const parts = node.namedChildren.flatMap((one) => one ?? []);
  const conversion = parts.find((one) => one.type === 'type_conversion');
  const specification = parts.find((one) => one.type === 'format_specifier');
  const builtIn = (name: string, args: Expression[]): Expression =>
    lowering.call({ kind: 'name', name, span: lowering.span(node) }, args, node);
  if (specification?.namedChildCount === 0)
    return builtIn('format', [value, lowering.literal(lowering.text(specification).replace(/^:/, ''), node)]);
  return conversion && lowering.text(conversion) === '!r' ? builtIn('repr', [value]) : value;
}

const letters: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\n': '',
};

const unescape = (raw: string): string =>
  raw.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex?: string, short?: string, long?: string, octal?: string, letter?: string) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return fromCode(parseInt(code, 16), whole);
      if (octal !== undefined) return fromCode(parseInt(octal, 8), whole);
      if (letter === undefined) return whole;
      return letters[letter] ?? (/["'\\]/.test(letter) ? letter : whole);
    },
  );

const fromCode = (code: number, otherwise: string): string =>
  code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
