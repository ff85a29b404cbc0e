import type { JsonSchema, Operation, ServiceModel, Term } from '../model/index.js';

/**
 * JSON Schema of what a symbolic value can be: a response's body as a document can state it.
 * `{}` where nothing is known. Never narrower than the term.
 */
export function termSchema(term: Term, operation: Operation, model: ServiceModel): JsonSchema {
  const inner = (each: Term): JsonSchema => termSchema(each, operation, model);
  switch (term.kind) {
    case 'const':
      return { const: term.value };
    case 'input':
      return at(inputSchema(term.part, operation), term.at);
    case 'principal':
      return claimSchema(model.schemes.find(({ id }) => id === term.scheme)?.claims ?? {}, term.at);
    case 'session':
      return {};
    case 'row':
      return rowSchema(model, entityOf(operation, term.lookup), term.at);
    case 'rows':
      return {
        type: 'array',
        items: term.each === undefined ? rowSchema(model, entityOf(operation, term.lookup), []) : inner(term.each),
      };
    case 'count':
      return { type: 'integer', minimum: 0 };
    case 'written':
      return rowSchema(model, operation.effects.find(({ id }) => id === term.effect)?.target, term.at);
    case 'upstream':
      return {};
    case 'generated':
      return term.schema;
    case 'object': {
      const own = objectSchema(term, inner);
      return term.rest ? { allOf: [inner(term.rest)], ...own, additionalProperties: true } : own;
    }
    case 'array':
      return {
        type: 'array',
        prefixItems: term.items.map(inner),
        minItems: term.items.length,
        maxItems: term.items.length,
      };
    case 'op':
      return RESULTS[term.op] ?? {};
    case 'unknown':
      return term.schema;
  }
}

const RESULTS: Record<string, JsonSchema> = {
  '-': { type: 'number' },
  '*': { type: 'number' },
  '/': { type: 'number' },
  '%': { type: 'number' },
  round: { type: 'number' },
  floor: { type: 'number' },
  ceil: { type: 'number' },
  number: { type: 'number' },
  length: { type: 'integer', minimum: 0 },
  lowercase: { type: 'string' },
  uppercase: { type: 'string' },
  trim: { type: 'string' },
  template: { type: 'string' },
  string: { type: 'string' },
  '!': { type: 'boolean' },
};

function objectSchema({ fields, open }: Term & { kind: 'object' }, inner: (term: Term) => JsonSchema): JsonSchema {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, inner(field)]));
  const always = Object.entries(fields)
    .filter(([, field]) => isAlwaysThere(field))
    .map(([name]) => name);
  return {
    type: 'object',
    properties,
    ...(always.length > 0 ? { required: always } : {}),
    ...(open ? {} : { additionalProperties: false }),
  };
}

// JSON leaves out a field whose value is undefined: an optional input, or anything we can't follow.
function isAlwaysThere(term: Term): boolean {
  return !['input', 'principal', 'session', 'upstream', 'unknown', 'op'].includes(term.kind);
}

function inputSchema(part: string, operation: Operation): JsonSchema {
  if (part === 'body') return operation.requestBody?.schema ?? {};
  const named = operation.parameters.filter((parameter) => parameter.in === part);
  return { type: 'object', properties: Object.fromEntries(named.map(({ name, schema }) => [name, schema])) };
}

function claimSchema(claims: Record<string, JsonSchema>, path: string[]): JsonSchema {
  return claims[path.join('.')] ?? {};
}

function entityOf(operation: Operation, lookup: string): string | undefined {
  return operation.lookups.find(({ id }) => id === lookup)?.entity;
}

function rowSchema(model: ServiceModel, name: string | undefined, path: string[]): JsonSchema {
  const columns = model.entities.find((entity) => entity.name === name)?.columns;
  if (columns === undefined) return {};
  const [column, ...rest] = path;
  if (column === undefined) {
    const properties = Object.fromEntries(Object.entries(columns).map(([key, each]) => [key, columnSchema(each)]));
    const always = Object.keys(columns).filter((key) => columns[key]?.nullable === false);
    return { type: 'object', properties, ...(always.length ? { required: always } : {}) };
  }
  const found = columns[column];
  return found === undefined ? {} : at(columnSchema(found), rest);
}

function columnSchema({ schema, nullable }: { schema: JsonSchema; nullable: boolean }): JsonSchema {
  return nullable ? orNull(schema) : schema;
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Object.keys(schema).length === 0 || [schema.type ?? []].flat().includes('null')) return schema;
  return { anyOf: [schema, { type: 'null' }] };
}

function at(schema: JsonSchema, path: string[]): JsonSchema {
  const [field, ...rest] = path;
  if (field === undefined) return schema;
  const next = schema.properties?.[field] ?? (/^\d+$/.test(field) ? schema.items : undefined);
  return next === undefined ? {} : at(next, rest);
}
