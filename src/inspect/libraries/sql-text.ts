import type { Expr } from 'pgsql-ast-parser';

/** SQLite's and PostgreSQL's text as the parser takes it: numbered parameters, no SQLite-only words. */
export function normalized(text: string): { text: string; names: string[] } {
  const names: string[] = [];
  let count = 0;
  const numbered = text.replace(
    /'(?:[^']|'')*'|\?\d*|[:@$]([A-Za-z_]\w*)|\$(\d+)/g,
    (match, name: string | undefined, number: string | undefined) => {
      if (match.startsWith("'")) return match;
      if (number !== undefined) return match;
      if (name !== undefined) {
        if (!names.includes(name)) names.push(name);
        return `$${names.indexOf(name) + 1}`;
      }
      return match.startsWith('?') ? `$${++count}` : match;
    },
  );
  return {
    text: numbered
      .replace(/^(\s*BEGIN)\s+(DEFERRED|IMMEDIATE|EXCLUSIVE)\b/i, '$1')
      .replace(/\bAUTOINCREMENT\b/gi, '')
      .replace(/\bINSERT\s+OR\s+\w+\s+INTO\b/gi, 'INSERT INTO')
      .replace(/DEFAULT\s*\(\s*(datetime|strftime)[^)]*\)\s*\)/gi, 'DEFAULT now()')
      .replace(/\bWITHOUT\s+ROWID\b|\bSTRICT\b/gi, ''),
    names,
  };
}

/** The value of a literal. */
export function constant(expression: Expr): string | number | boolean | null | undefined {
  switch (expression.type) {
    case 'string':
    case 'integer':
    case 'numeric':
    case 'boolean':
      return expression.value;
    case 'null':
      return null;
    default:
      return undefined;
  }
}
