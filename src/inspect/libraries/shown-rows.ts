import { type Symbolic, textOf, unknown, type Value } from '../interpreter/values.js';
import { field, spelledOut } from './table.js';
import { type Model } from './model.js';

/** Columns that a read shows. */
export const shownColumns = (model: Model): string[] =>
  Object.keys(model.entity.columns).filter((name) => !model.hidden.has(name));

/** A row as a read shows it: all columns, those that are chosen, or all but some; what is joined is not looked into. */
export function shown(model: Model, row: Symbolic, options: Value | undefined): Value {
  const chosen = chosenColumns(model, options);
  const joined = joinedNames(model, options);
  if (!chosen && !joined.length) return model.hidden.size ? visible(model, row) : row;
  const result = spelledOut(row, chosen ?? shownColumns(model));
  for (const name of joined) result.fields.set(name, unknown(name, [row]));
  return result;
}

/** The row itself; where some columns are left out, the others. */
const visible = (model: Model, row: Symbolic): Value => spelledOut(row, shownColumns(model));

function chosenColumns(model: Model, options: Value | undefined): string[] | undefined {
  const all = Object.keys(model.entity.columns);
  const attributes = field(options, 'attributes') ?? field(options, 'select') ?? field(options, 'columns');
  const omitted = field(options, 'omit');
  if (omitted?.type === 'object') return all.filter((name) => !omitted.fields.has(name));
  if (attributes?.type === 'array') return attributes.items.flatMap((item) => textOf(item) ?? []);
  if (attributes?.type === 'object') {
    const excluded = field(attributes, 'exclude');
    if (excluded?.type === 'array') return all.filter((name) => !excluded.items.some((item) => textOf(item) === name));
    if (field(attributes, 'include')) return undefined;
    return [...attributes.fields.keys()];
  }
  return undefined;
}

export function joinedNames(model: Model, options: Value | undefined): string[] {
  const include = field(options, 'include') ?? field(options, 'relations') ?? field(options, 'populate');
  if (include?.type === 'object' && !field(include, 'model') && !field(include, 'association') && !model.modelOf)
    return [...include.fields.keys()];
  const items = include?.type === 'array' ? include.items : include ? [include] : [];
  return items.flatMap((item) => {
    const other = model.modelOf?.(field(item, 'model') ?? item);
    return textOf(item) ?? textOf(field(item, 'as')) ?? (other && model.joins.get(other)) ?? [];
  });
}
