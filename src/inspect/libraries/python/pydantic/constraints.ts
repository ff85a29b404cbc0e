import type { JsonSchema, SourceRef } from '../../../../model/index.js';
import { sourceRef, spanText } from '../../../core/language.js';
import { externalName } from '../../../interpreter/operators.js';
import { isNil, type Keywords, type Symbolic, textOf, type Value } from '../../../interpreter/values.js';
import { literal, numberArg } from '../../validation.js';

/** A call such as `Field(ge=1)` or `Query(max_length=3)`. */
export interface MarkerCall {
  name: string;
  args: Value[];
  keywords: Keywords;
  value: Symbolic;
  source: SourceRef;
}

/** The call that made the value, if it is one of something outside the service. */
export function markerCall(value: Value | undefined): MarkerCall | undefined {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'call') return undefined;
  const { callee, args, keywords, span } = value.origin;
  const name = externalName(callee);
  return name === undefined
    ? undefined
    : { name, args, keywords: keywords ?? new Map<string, Value>(), value, source: sourceRef(span) };
}

export const isEllipsis = (value: Value | undefined): boolean =>
  value?.type === 'object' && value.trap?.name === 'ellipsis';

/** `true` where the argument is the constant True. */
export const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;

const set = (schema: JsonSchema, keyword: string, change: JsonSchema, source: SourceRef): JsonSchema => ({
  ...schema,
  ...change,
  'x-source': { ...schema['x-source'], [keyword]: source },
});

/** Adds what the keywords of `Field`, `Query`, `constr`, `annotated_types.Ge` … demand. */
export function constrain(schema: JsonSchema, keywords: Keywords, source: SourceRef): JsonSchema {
  let result = schema;
  const isList = [schema.type].flat().includes('array');
  for (const [name, value] of keywords) {
    const number = numberArg(value);
    const text = textOf(value);
    if (number !== undefined) result = byNumber(result, name, number, isList, source);
    if ((name === 'pattern' || name === 'regex') && text !== undefined)
      result = set(result, 'regex', { pattern: patternOf(text) }, source);
    if (name === 'strict' && isTrue(value)) result = { ...result, 'x-coerce': false };
    if ((name === 'strip_whitespace' || name === 'to_lower' || name === 'to_upper') && isTrue(value))
      result = { ...result, 'x-transform': [...(result['x-transform'] ?? []), transforms[name] ?? 'trim'] };
    if (name === 'const' && isTrue(value) && result.default !== undefined)
      result = { ...result, const: result.default };
  }
  return result;
}

const transforms: Record<string, string> = { strip_whitespace: 'trim', to_lower: 'lowercase', to_upper: 'uppercase' };

/** Python's own groups and anchors in JavaScript's words. */
const patternOf = (text: string): string =>
  text
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\[Zz]/g, '$');

function byNumber(schema: JsonSchema, name: string, number: number, isList: boolean, source: SourceRef): JsonSchema {
  switch (name) {
    case 'ge':
      return set(schema, 'minimum', { minimum: number }, source);
    case 'gt':
      return set(schema, 'gt', { exclusiveMinimum: number }, source);
    case 'le':
      return set(schema, 'lte', { maximum: number }, source);
    case 'lt':
      return set(schema, 'lt', { exclusiveMaximum: number }, source);
    case 'multiple_of':
      return set(schema, 'multipleOf', { multipleOf: number }, source);
    case 'min_length':
    case 'min_items':
      return set(schema, 'min', isList ? { minItems: number } : { minLength: number }, source);
    case 'max_length':
    case 'max_items':
      return set(schema, 'max', isList ? { maxItems: number } : { maxLength: number }, source);
    default:
      return schema;
  }
}

/** `annotated_types`' classes, as keywords of `Field`. */
const annotatedTypes: Record<string, string> = {
  Ge: 'ge',
  Gt: 'gt',
  Le: 'le',
  Lt: 'lt',
  MultipleOf: 'multiple_of',
  MinLen: 'min_length',
  MaxLen: 'max_length',
};

const markers = new Set([
  'Field',
  'Query',
  'Path',
  'Header',
  'Cookie',
  'Body',
  'Form',
  'File',
  'Param',
  'StringConstraints',
  'Interval',
  'Len',
  'FieldInfo',
]);
const validators = new Set(['AfterValidator', 'BeforeValidator', 'WrapValidator', 'PlainValidator', 'Predicate']);

/** What one piece of an `Annotated[…]` adds. */
export function withMetadata(schema: JsonSchema, metadata: Value): JsonSchema {
  const call = markerCall(metadata);
  if (!call) return schema;
  if (markers.has(call.name)) return withDefaultOf(constrain(schema, call.keywords, call.source), call);
  const keyword = annotatedTypes[call.name];
  if (keyword !== undefined && call.args[0]) return constrain(schema, new Map([[keyword, call.args[0]]]), call.source);
  if (validators.has(call.name) && call.args[0])
    return {
      ...schema,
      'x-unread': [
        ...(schema['x-unread'] ?? []),
        {
          text: `${call.name} ${call.args[0].type === 'function' ? spanText(call.args[0].node.span).slice(0, 120) : ''}`.trim(),
          source: call.source,
        },
      ],
    };
  return schema;
}

/** `Field(default=…)` inside of `Annotated`. */
function withDefaultOf(schema: JsonSchema, call: MarkerCall): JsonSchema {
  const value = call.keywords.get('default');
  const fallback = value && !isEllipsis(value) && !isNil(value) ? literal(value) : undefined;
  return fallback === undefined ? schema : { ...schema, default: fallback };
}
