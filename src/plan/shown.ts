import type { Term } from '../model/index.js';

/** Which columns of a written row an answer shows, and where; `*`: the answer is the row. */
export function shownColumns(
  body: Term | undefined,
  effect: string,
  written: Record<string, Term>,
): '*' | Map<string, string[]> {
  const shown = new Map<string, string[]>();
  const visit = (term: Term, at: string[]): void => {
    if (term.kind === 'written' && term.effect === effect) {
      // A field of what a column holds, or of a related row, is no column.
      const [column] = term.at;
      if (column && term.at.length === 1) shown.set(column, at);
      else if (column) return;
      else shown.set('*', at);
    } else if (term.kind === 'array') term.items.forEach((item, index) => visit(item, [...at, String(index)]));
    else if (term.kind === 'object')
      spreadOut(term, written).forEach(([name, field]) => visit(field, [...at, ...name]));
    const column = Object.entries(written).find(([, value]) => JSON.stringify(value) === JSON.stringify(term))?.[0];
    if (column && at.length && !shown.has(column)) shown.set(column, at);
  };
  if (body) visit(body, []);
  const whole = shown.get('*');
  if (whole?.length === 0) return '*';
  if (whole)
    return new Proxy(shown, {
      get: (target, key) =>
        key === 'get' ? (column: string) => target.get(column) ?? [...whole, column] : Reflect.get(target, key),
    });
  return shown;
}

/** Fields of an object and of what is spread into it; the empty path is the thing itself. */
function spreadOut(term: Extract<Term, { kind: 'object' }>, written: Record<string, Term>): [string[], Term][] {
  const own = Object.entries(term.fields).map(([name, field]): [string[], Term] => [[name], field]);
  const { rest } = term;
  if (rest?.kind === 'written') return [[[], rest], ...own];
  const isPart = (field: Term): boolean =>
    rest?.kind === 'input' &&
    field.kind === 'input' &&
    field.part === rest.part &&
    field.at.length === rest.at.length + 1;
  const spread = Object.entries(written).flatMap(([, field]): [string[], Term][] =>
    isPart(field) && field.kind === 'input' ? [[field.at.slice(-1), field]] : [],
  );
  return [...spread, ...own];
}
