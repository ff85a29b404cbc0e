import type { Json, SourceRef } from './source.js';

/**
 * JSON Schema 2020-12, the part that validators of services use, and three `x-` keywords of ours.
 * `{}` accepts everything.
 */
export interface JsonSchema {
  type?: SchemaType | SchemaType[];
  enum?: Json[];
  const?: Json;
  default?: Json;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  /** `false`: unknown fields are refused. Absent: they pass or are stripped, either way not refused. */
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minLength?: number;
  maxLength?: number;
  /** ECMAScript source, without slashes. */
  pattern?: string;
  /** JSON Schema's names: `email`, `uuid`, `date-time`, `date`, `uri`, `ipv4`, … */
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  not?: JsonSchema;
  /** The validator converts from string first (`z.coerce`, Joi's `convert`, express-validator `toInt`): `"5"` is valid for an integer. */
  'x-coerce'?: boolean;
  /** A number with a fraction is cut off rather than refused, unless it travels as text. */
  'x-truncate'?: boolean;
  /** Transforms applied before or after validation, e.g. `trim`, `lowercase`: an echoed value differs from what was sent. */
  'x-transform'?: string[];
  /** Conditions that could not be turned into keywords (refinements, checksums). A sample may not satisfy them. */
  'x-unread'?: { text: string; source: SourceRef }[];
  /** Cross-field conditions that could be read: each must hold between two fields of this object. */
  'x-compare'?: { left: string[]; op: '<' | '<=' | '>' | '>=' | '==' | '!='; right: string[]; source: SourceRef }[];
  /** Samples of this schema are the n-th other ones (`--seed`); absent: the usual. Only in the planner's copy of a model. */
  'x-seed'?: number;
  /** Where each keyword was written, keyed by keyword: the place that a fault in this constraint would be planted. */
  'x-source'?: Record<string, SourceRef>;
}

export type SchemaType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null';
