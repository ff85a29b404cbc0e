import type { Value } from '../interpreter/values.js';

/** Stands for columns that the text does not name: what is set in their place is not known. */
export const anyColumn = 'any column';

/**
 * Text that is put together from parts that are not known, as SQL that can be parsed: a hole is one more value that is not read.
 * The second try, for where a value cannot stand: a list of columns, of places, of assignments. Undefined: it is no such text.
 */
export function partlyKnown(value: Value | undefined): string[] | undefined {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'op' || value.origin.op !== 'template') return undefined;
  const text = value.origin.args.map((part) => (part.type === 'primitive' ? String(part.value) : 'NULL')).join('');
  return [text, repaired(text)];
}

const repaired = (text: string): string =>
  text
    .replace(/[$?:@]NULL\b/g, 'NULL')
    .replace(/\bSET\s+NULL(\s*,\s*NULL)*(?=\s|$|,)/i, `SET "${anyColumn}" = NULL`)
    .replace(/\(\s*NULL\s*\)(\s*VALUES)/i, `("${anyColumn}")$1`)
    .replace(/\bVALUES\s+NULL\b/i, 'VALUES (NULL)')
    .replace(/\b(ORDER\s+BY|LIMIT|OFFSET)\s+NULL(\s+NULL)?/gi, '')
    .replace(/\b(ORDER\s+BY\s+[\w".]+)\s+NULL\b/gi, '$1')
    .replace(/,(\s*(?:WHERE|RETURNING|FROM)\b)/gi, '$1')
    .replace(/(\w"?)\s+NULL\s*(;?\s*)$/i, '$1$2');
