import type { Entity, Json, JsonSchema } from '../model/index.js';

/** What a read of the column gives after this value was written to it: stores turn values into the column's type. */
export function storedAs(entity: Entity | undefined, column: string, value: Json): Json {
  const schema = entity?.columns[column]?.schema;
  return schema ? ofType(schema, value) : value;
}

function ofType({ type, format }: JsonSchema, value: Json): Json {
  if (type === 'string' && format === undefined && typeof value === 'number') return String(value);
  const isNumber = type === 'integer' || type === 'number';
  if (isNumber && typeof value === 'boolean') return Number(value);
  if (isNumber && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  return value;
}
