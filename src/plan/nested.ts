import type { Expr, Json } from '../model/index.js';

/** The object `usual` with one field of it, however deep, replaced; what was replaced in it before stays. */
export function withField(current: Expr | undefined, usual: Json | undefined, at: string[], value: Expr): Expr {
  const [name, ...rest] = at;
  if (name === undefined) return value;
  const fields = fieldsOf(current) ?? literalFields(usual);
  const inner = isRecord(usual) ? usual[name] : undefined;
  return { kind: 'object', fields: { ...fields, [name]: withField(fields[name], inner, rest, value) } };
}

const fieldsOf = (expr: Expr | undefined): Record<string, Expr> | undefined =>
  expr?.kind === 'object' ? expr.fields : expr?.kind === 'literal' ? literalFields(expr.value) : undefined;

const isRecord = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const literalFields = (value: Json | undefined): Record<string, Expr> =>
  isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, field]) => [key, { kind: 'literal', value: field }]))
    : {};
