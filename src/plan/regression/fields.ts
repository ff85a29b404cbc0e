import type { Incident, Json, JsonSchema, Operation } from '../../model/index.js';

/** The part of a request that a field is in, with what was sent there and what the code says of it. */
export interface SentPart {
  part: 'body' | 'query';
  sent: Record<string, Json>;
  schema: JsonSchema;
}

/** What was sent in the body or, where none was, in the query. A query's numbers come as text and are read as the schema says. */
export function sentPart(operation: Operation, incident: Incident): SentPart | undefined {
  const { body } = incident;
  const { requestBody } = operation;
  if (requestBody && typeof body === 'object' && body !== null && !Array.isArray(body))
    return { part: 'body', sent: body, schema: requestBody.schema };
  const asked = operation.parameters.filter((one) => one.in === 'query');
  const properties = Object.fromEntries(asked.map((one) => [one.name, one.schema]));
  const sent = Object.entries(incident.query).map(([name, value]): [string, Json] => {
    const isNumber = ['integer', 'number'].some((type) => [properties[name]?.type].flat().includes(type as never));
    return [name, isNumber && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value];
  });
  const required = asked.filter((one) => one.required).map((one) => one.name);
  return sent.length ? { part: 'query', sent: Object.fromEntries(sent), schema: { properties, required } } : undefined;
}

/** The fields that make the difference: named by the user, refused by the schema, or out of the ordinary; else all that differ. */
export function chosenFields({ sent, schema }: SentPart, says = '', bound: string[] = []): string[] {
  const names = Object.keys(sent);
  const named = names.filter((name) => new RegExp(`\\b${name.replace(/[^\w]/g, '.')}\\b`, 'i').test(says));
  if (named.length) return named;
  const free = names.filter((name) => !bound.includes(name));
  const unknown = free.filter((name) => schema.properties && !(name in schema.properties));
  const refused = free.filter((name) => breaks(schema.properties?.[name] ?? {}, sent[name] ?? null));
  const odd = free.filter((name) => isOdd(sent[name] ?? null));
  return [refused, odd, unknown, free].find((list) => list.length) ?? [];
}

/** Certainly against the schema, as far as it can be told without a validator: bounds, lengths, choices, types. */
function breaks(schema: JsonSchema, value: Json): boolean {
  const types = [schema.type].flat();
  if (schema.enum && !schema.enum.includes(value)) return true;
  if (typeof value === 'number')
    return (
      types.includes('string') ||
      value < (schema.minimum ?? -Infinity) ||
      value > (schema.maximum ?? Infinity) ||
      value <= (schema.exclusiveMinimum ?? -Infinity) ||
      value >= (schema.exclusiveMaximum ?? Infinity) ||
      (types.includes('integer') && !Number.isInteger(value))
    );
  if (typeof value === 'string')
    return (
      types.includes('integer') ||
      value.length < (schema.minLength ?? 0) ||
      value.length > (schema.maxLength ?? Infinity) ||
      (schema.pattern !== undefined && !new RegExp(schema.pattern.replace(/^\(\?i\)/, '')).test(value))
    );
  return value === null && types.length > 0 && !types.includes('null');
}

const isOdd = (value: Json): boolean =>
  value === null ||
  value === '' ||
  (typeof value === 'number' && (value <= 0 || value > 100_000 || !Number.isInteger(value))) ||
  (typeof value === 'string' && (value.length > 100 || value.trim() !== value)) ||
  (Array.isArray(value) && value.length === 0);

/** A value in a title. */
export function said(value: Json): string {
  if (typeof value === 'string')
    return value === '' ? 'empty' : value.length > 30 ? `${value.length} characters long` : value;
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? `a list of ${value.length}`
      : 'an object'
    : String(value);
}
