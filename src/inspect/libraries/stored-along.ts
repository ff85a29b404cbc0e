import { ObjectValue, type Symbolic, type Value } from '../interpreter/values.js';
import type { Model } from './model.js';
import { columnOf } from './table.js';

/** Rows of other models that are stored with one: `create({ messages: [{ … }] }, { include: [Message] })`, each referring to it. */
export function storedAlong(
  model: Model,
  document: ObjectValue,
  row: Symbolic,
  joined: string[],
): { model: Model; values: ObjectValue }[] {
  return [...model.joins].flatMap(([other, name]) => {
    const given = joined.includes(name) ? document.fields.get(name) : undefined;
    const [column] =
      Object.entries(other.entity.columns).find(([, one]) => one.references?.entity === model.entity.name) ?? [];
    if (!given || column === undefined) return [];
    return (given.type === 'array' ? given.items : [given]).flatMap((item: Value) => {
      if (item.type !== 'object') return [];
      const values = new ObjectValue(false);
      for (const [field, value] of item.fields) values.fields.set(field, value);
      values.fields.set(column, columnOf(row, model.entity.key ?? 'id'));
      return [{ model: other, values }];
    });
  });
}
