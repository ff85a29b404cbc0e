import type { Expr, Json, JsonSchema, SourceRef } from '../model/index.js';
import { sample } from './sample.js';

/** One broken field of an otherwise valid part. */
export interface Mutation {
  /** Dotted path; `` for the whole part. */
  at: string[];
  /** Readable: `days below the minimum (0)`. */
  label: string;
  /** Stable: `days-below-minimum`. */
  slug: string;
  /** Absent: the field is left out. */
  value?: Expr;
  source?: SourceRef;
}

const literal = (value: Json): Expr => ({ kind: 'literal', value });
const typeOf = (schema: JsonSchema): string | undefined => [schema.type].flat().find((one) => one !== 'null');

/**
 * All single-field breaks that the schema certainly refuses. `asText`: the part travels as text (query, path), so types
 * other than number, boolean and format cannot be wrong.
 */
export function mutations(schema: JsonSchema, asText = false): Mutation[] {
  const result: Mutation[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (schema.required?.includes(name) && field.default === undefined)
      result.push({ at: [name], label: `without ${name}`, slug: `${name}-missing`, ...from(field, 'required') });
    result.push(...ofField([name], field, asText));
  }
  if (schema.additionalProperties === false)
    result.push({ at: ['unexpected'], label: 'with an unknown field', slug: 'unknown-field', value: literal('value') });
  return result.concat(ofComparisons(schema));
}

const from = (schema: JsonSchema, ...keywords: string[]): { source?: SourceRef } => {
  const sources = schema['x-source'];
  const source = keywords.map((keyword) => sources?.[keyword]).find(Boolean);
  return source ? { source } : {};
};

function ofComparisons(schema: JsonSchema): Mutation[] {
  return (schema['x-compare'] ?? []).flatMap(({ left, op, right, source }): Mutation[] => {
    const [first = ''] = left;
    const [second = ''] = right;
    const value = (sample(schema) as Record<string, Json>)[first];
    const broken = brokenComparison(op, value);
    if (!broken) return [];
    return [
      {
        at: [second],
        label: `${second} ${broken.says} ${first}`,
        slug: `${second}-${broken.says.replaceAll(' ', '-')}-${first}`,
        value: literal(broken.value),
        source,
      },
    ];
  });
}

/** For the right side of a comparison whose left side has this value. */
function brokenComparison(op: string, value: Json | undefined): { says: string; value: Json } | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  if (op === '!=') return { says: 'the same as', value };
  if (op === '==') return { says: 'other than', value: typeof value === 'number' ? value + 1 : otherText(value) };
  if (op !== '<' && op !== '<=') return undefined;
  return { says: 'before', value: typeof value === 'number' ? value - 1 : value.replace('2031', '2030') };
}

/** As long, and of the same letters but the last. */
const otherText = (text: string): string => `${text.slice(0, -1)}${text.endsWith('x') ? 'y' : 'x'}`;

function ofField(at: string[], schema: JsonSchema, asText: boolean): Mutation[] {
  const name = at.join('.');
  const slugName = at.join('-');
  if (schema['x-transform']?.includes('function') || schema.anyOf || schema.oneOf || schema.allOf) return [];
  const make = (label: string, slug: string, value: Expr, ...keywords: string[]): Mutation => ({
    at,
    label: `${name} ${label}`,
    slug: `${slugName}-${slug}`,
    value,
    ...from(schema, ...keywords),
  });
  const list: Mutation[] = [];
  const type = typeOf(schema);
  if (schema.enum) {
    if (schema.enum.every((value) => typeof value === 'string'))
      list.push(make('outside the allowed values', 'not-in-enum', literal('something-else')));
    return list;
  }
  if (!asText || type === 'number' || type === 'integer') list.push(...ofType(schema, type, make));
  if (!asText && (type === 'number' || type === 'integer') && !schema['x-coerce'])
    list.push(make('as a number in quotes', 'numeric-text', literal(String(sample(schema)))));
  if (type === 'integer' || type === 'number') list.push(...ofNumber(schema, type === 'integer', make, asText));
  if (type === 'string') list.push(...ofText(schema, make));
  if (type === 'array') list.push(...ofArray(at, schema, make));
  if (type === 'object') list.push(...nested(at, schema));
  return list;
}

type Make = (label: string, slug: string, value: Expr, ...keywords: string[]) => Mutation;

function ofType(schema: JsonSchema, type: string | undefined, make: Make): Mutation[] {
  switch (type) {
    case 'string':
      return schema['x-coerce'] || schema.const !== undefined ? [] : [make('as a number', 'not-a-string', literal(42))];
    case 'integer':
    case 'number':
      return [make('as text', 'not-a-number', literal('three'))];
    case 'boolean':
      return schema['x-coerce'] ? [] : [make('as text', 'not-a-boolean', literal('perhaps'))];
    case 'array':
      return [make('as text', 'not-an-array', literal('a list'))];
    case 'object':
      return [make('as text', 'not-an-object', literal('an object'))];
    default:
      return [];
  }
}

function ofNumber(schema: JsonSchema, integer: boolean, make: Make, asText: boolean): Mutation[] {
  const list: Mutation[] = [];
  const step = integer ? 1 : 0.01;
  if (schema.minimum !== undefined)
    list.push(
      make(
        `below the minimum (${schema.minimum - step})`,
        'below-minimum',
        literal(schema.minimum - step),
        'min',
        'gte',
        'minimum',
        'cmp',
      ),
    );
  if (schema.exclusiveMinimum !== undefined)
    list.push(
      make(`not above ${schema.exclusiveMinimum}`, 'below-minimum', literal(schema.exclusiveMinimum), 'positive', 'gt'),
    );
  if (schema.maximum !== undefined)
    list.push(
      make(
        `above the maximum (${schema.maximum + step})`,
        'above-maximum',
        literal(schema.maximum + step),
        'max',
        'lte',
        'cmp',
      ),
    );
  if (schema.exclusiveMaximum !== undefined)
    list.push(make(`not below ${schema.exclusiveMaximum}`, 'above-maximum', literal(schema.exclusiveMaximum), 'lt'));
  if (integer && (asText || !schema['x-truncate']))
    list.push(make('with a fraction', 'not-an-integer', literal((sample(schema) as number) + 0.5), 'int', 'integer'));
  return list;
}

const refusedByFormat: Record<string, string> = {
  email: 'not-an-email',
  uuid: 'not-a-uuid',
  'date-time': 'not-a-date',
  date: '14.05.2031',
  uri: 'not a url',
  ipv4: '999.1.1.1',
  time: 'noon',
};

function ofText(schema: JsonSchema, make: Make): Mutation[] {
  const list: Mutation[] = [];
  const { minLength = 0, maxLength, format, pattern } = schema;
  if (minLength > 0)
    list.push(
      make(
        minLength === 1 ? 'empty' : `shorter than ${minLength}`,
        'too-short',
        minLength === 1 ? literal('') : shorter(schema, minLength - 1),
        'min',
        'nonempty',
        'length',
        'falsy',
      ),
    );
  if (maxLength !== undefined)
    list.push(make(`longer than ${maxLength}`, 'too-long', longer(maxLength + 1), 'max', 'length'));
  const broken = format ? refusedByFormat[format] : undefined;
  if (broken !== undefined)
    list.push(make(`not a valid ${format ?? 'value'}`, 'wrong-format', literal(broken), format ?? ''));
  if (pattern !== undefined) {
    const wrong = ['?', '', 'not matching!', '0'].find(
      (text) => !new RegExp(pattern.replace(/^\(\?i\)/, '')).test(text),
    );
    if (wrong !== undefined)
      list.push(make('not matching its pattern', 'wrong-pattern', literal(wrong), 'regex', 'matches'));
    list.push(...beyondAnchors(schema, pattern, make));
  }
  return list;
}

/** A pattern that holds from `^` to `$` takes nothing before and nothing after. */
function beyondAnchors(schema: JsonSchema, pattern: string, make: Make): Mutation[] {
  const regex = new RegExp(pattern.replace(/^\(\?i\)/, ''));
  const valid = sample(schema);
  if (typeof valid !== 'string' || !regex.test(valid)) return [];
  const fits = (text: string): boolean => text.length <= (schema.maxLength ?? Infinity);
  const around: [string, string, string][] = [
    ['with something after it', 'more-after-pattern', `${valid}!`],
    ['with something before it', 'more-before-pattern', `!${valid}`],
  ];
  return around
    .filter(([, , text]) => fits(text) && !regex.test(text))
    .map(([label, slug, text]) => make(label, slug, literal(text), 'regex', 'matches'));
}

const shorter = (schema: JsonSchema, length: number): Expr =>
  literal(String(sample(schema)).slice(0, length).replace(/\s$/, 'x').padEnd(length, 'x'));
const longer = (length: number): Expr => ({ kind: 'repeat', text: 'x', length });

function ofArray(at: string[], schema: JsonSchema, make: Make): Mutation[] {
  const list: Mutation[] = [];
  if (schema.minItems) list.push(make(`with fewer than ${schema.minItems} items`, 'too-few', literal([])));
  if (schema.maxItems !== undefined && schema.maxItems < 50) {
    const item = sample(schema.items ?? {});
    list.push(
      make(
        `with more than ${schema.maxItems} items`,
        'too-many',
        literal(Array.from({ length: schema.maxItems + 1 }, () => item)),
      ),
    );
  }
  if (schema.items && typeOf(schema.items) === 'object') {
    for (const inner of mutations(schema.items)) {
      const item = { ...(sample(schema.items) as Record<string, Json>) };
      const [key = ''] = inner.at;
      if (inner.at.length !== 1 || (inner.value && inner.value.kind !== 'literal')) continue;
      if (inner.value) item[key] = inner.value.value;
      else delete item[key];
      list.push({
        at,
        label: `${at.join('.')} with an item ${inner.label.startsWith('with') ? inner.label : `whose ${inner.label} is refused`}`,
        slug: `${at.join('-')}-item-${inner.slug}`,
        value: literal([item]),
        ...(inner.source ? { source: inner.source } : {}),
      });
    }
  }
  return list;
}

function nested(at: string[], schema: JsonSchema): Mutation[] {
  return mutations(schema).map((inner) => ({
    ...inner,
    at: [...at, ...inner.at],
    label: inner.label.startsWith('without')
      ? `without ${at.join('.')}.${inner.at.join('.')}`
      : `${at.join('.')}.${inner.label}`,
    slug: `${at.join('-')}-${inner.slug}`,
  }));
}
