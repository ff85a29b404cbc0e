import type { JsonSchema } from '../../../model/index.js';
import { type Span, sourceRef } from '../../core/language.js';
import { RegexHost } from '../../interpreter/evaluate.js';
import { isCallable, type Value } from '../../interpreter/values.js';
import { field } from '../table.js';
import { literal } from '../validation.js';

const formats: Record<string, JsonSchema> = {
  isEmail: { format: 'email' },
  isUUID: { format: 'uuid' },
  isUrl: { format: 'uri' },
  isIPv4: { format: 'ipv4' },
  isIP: { format: 'ipv4' },
  isDate: { format: 'date-time' },
  isAlpha: { pattern: '^[a-zA-Z]+$' },
  isAlphanumeric: { pattern: '^[a-zA-Z0-9]+$' },
  isNumeric: { pattern: '^\\d+$' },
  isLowercase: { pattern: '^[^A-Z]+$' },
  notEmpty: { minLength: 1 },
};

/** What `validate: { isEmail: true, len: [2, 40], checked(value) { … } }` asks of a column's values. Functions are not looked into. */
export function validated(rules: Value | undefined, span: Span): JsonSchema {
  const schema: JsonSchema = {};
  for (const [name, given] of rules?.type === 'object' ? rules.fields : []) {
    if (isCallable(given)) {
      schema['x-unread'] = [...(schema['x-unread'] ?? []), { text: `validate: ${name}`, source: sourceRef(span) }];
      continue;
    }
    const value = field(given, 'args') ?? given;
    if (value.type === 'primitive' && value.value === false) continue;
    Object.assign(schema, formats[name] ?? bounds(name, value));
  }
  return schema;
}

function bounds(name: string, value: Value): JsonSchema {
  const known = literal(value);
  const [first, second] = Array.isArray(known) ? known : [known];
  const number = typeof first === 'number' ? first : undefined;
  switch (name) {
    case 'min':
      return number === undefined ? {} : { minimum: number };
    case 'max':
      return number === undefined ? {} : { maximum: number };
    case 'len':
      return {
        ...(number === undefined ? {} : { minLength: number }),
        ...(typeof second === 'number' ? { maxLength: second } : {}),
      };
    case 'isIn':
      return Array.isArray(first) ? { enum: first } : Array.isArray(known) ? { enum: known } : {};
    case 'is': {
      const regex = value.type === 'array' ? value.items[0] : value;
      return regex?.type === 'object' && regex.host instanceof RegexHost ? { pattern: regex.host.pattern } : {};
    }
    default:
      return {};
  }
}
