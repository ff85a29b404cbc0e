import { parse } from 'yaml';
import type { Json, JsonSchema } from '../../model/index.js';

type Fields = Record<string, Json>;

export interface DocumentOperation {
  /** Parameters by place: `query`, `path`, `header`, `cookie`. */
  parameters: { name: string; in: string; required: boolean; schema: JsonSchema }[];
  body?: { required: boolean; schema: JsonSchema };
  /** Alternatives; each names schemes that are asked for together. */
  security: string[][];
}

/** Enough for what recurs: a schema within itself is open further down. */
const maxDepth = 12;

/** An OpenAPI 3 document, as the service has it: what its operations take and whom they let in. */
export class OpenApiDocument {
  private constructor(private readonly root: Fields) {}

  /** From YAML or JSON; undefined: it is neither, or has no paths. */
  static parse(text: string): OpenApiDocument | undefined {
    try {
      return OpenApiDocument.of(parse(text) as Json);
    } catch {
      return undefined;
    }
  }

  static of(json: Json | undefined): OpenApiDocument | undefined {
    return isFields(json) && isFields(json['paths']) ? new OpenApiDocument(json) : undefined;
  }

  /** `template` as Express has it without its names: `/loaves/{id}` is found whatever the document calls the parameter. */
  operation(method: string, template: string): DocumentOperation | undefined {
    const bases = ['', ...list(this.root['servers']).map(basePath)];
    const wanted = bases.flatMap((base) => (template.startsWith(base) ? [nameless(template.slice(base.length))] : []));
    for (const [path, item] of Object.entries(this.fields(this.root['paths']))) {
      const operation = this.fields(item)[method.toLowerCase()];
      if (wanted.includes(nameless(path)) && isFields(operation)) return this.read(operation, this.fields(item));
    }
    return undefined;
  }

  /** `{ type: apiKey, in: header, name: X-API-Key }` */
  scheme(name: string): Fields {
    return this.fields(this.fields(this.fields(this.root['components'])['securitySchemes'])[name]);
  }

  private read(operation: Fields, item: Fields): DocumentOperation {
    const parameters = [...list(item['parameters']), ...list(operation['parameters'])].map((one) => this.fields(one));
    const body = this.fields(operation['requestBody']);
    const content = this.fields(body['content']);
    const media = Object.entries(content).find(([type]) => /json/.test(type))?.[1];
    return {
      parameters: parameters.map((one) => ({
        name: String(one['name']),
        in: String(one['in']),
        required: one['required'] === true,
        schema: this.schema(one['schema']),
      })),
      ...(media === undefined
        ? {}
        : { body: { required: body['required'] === true, schema: this.schema(this.fields(media)['schema']) } }),
      security: list(operation['security'] ?? this.root['security']).map((one) => Object.keys(this.fields(one))),
    };
  }

  /** An object with its reference followed. */
  private fields(value: Json | undefined): Fields {
    if (!isFields(value)) return {};
    const reference = value['$ref'];
    return typeof reference === 'string' ? this.fields(this.resolve(reference)) : value;
  }

  private resolve(reference: string): Json | undefined {
    if (!reference.startsWith('#/')) return undefined;
    return reference
      .slice(2)
      .split('/')
      .map((part) => decodeURIComponent(part).replace(/~1/g, '/').replace(/~0/g, '~'))
      .reduce<Json | undefined>((value, part) => (isFields(value) ? value[part] : undefined), this.root);
  }

  /** OpenAPI 3.0's own keywords as JSON Schema has them. */
  private schema(value: Json | undefined, depth = 0): JsonSchema {
    const given = this.fields(value);
    if (depth > maxDepth) return {};
    const inner = (one: Json | undefined): JsonSchema => this.schema(one, depth + 1);
    const { nullable, exclusiveMinimum, exclusiveMaximum, allOf, ...rest } = given;
    const schema: Record<string, unknown> = { ...rest };
    if (isFields(given['properties']))
      schema['properties'] = Object.fromEntries(
        Object.entries(given['properties']).map(([name, one]) => [name, inner(one)]),
      );
    if (isFields(given['items'])) schema['items'] = inner(given['items']);
    if (isFields(given['additionalProperties'])) schema['additionalProperties'] = inner(given['additionalProperties']);
    for (const name of ['oneOf', 'anyOf']) if (name in given) schema[name] = list(given[name]).map(inner);
    if (nullable === true && typeof given['type'] === 'string') schema['type'] = [given['type'], 'null'];
    exclusive(schema, 'Minimum', exclusiveMinimum);
    exclusive(schema, 'Maximum', exclusiveMaximum);
    return list(allOf)
      .map(inner)
      .reduce<JsonSchema>((left, right) => combined(left, right), schema);
  }
}

function combined(left: JsonSchema, right: JsonSchema): JsonSchema {
  const required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  return {
    ...left,
    ...right,
    ...(left.properties || right.properties ? { properties: { ...left.properties, ...right.properties } } : {}),
    ...(required.length ? { required } : {}),
  };
}

/** In 3.0 it is a flag beside the bound, in 3.1 a bound by itself. */
function exclusive(schema: Record<string, unknown>, end: 'Minimum' | 'Maximum', given: Json | undefined): void {
  const bound = end.toLowerCase();
  if (typeof given === 'number') schema[`exclusive${end}`] = given;
  if (given !== true) return;
  schema[`exclusive${end}`] = schema[bound];
  delete schema[bound];
}

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

const nameless = (path: string): string => path.replace(/\{[^}]*\}/g, '{}').replace(/(.)\/$/, '$1');

/** `https://bakery.example/v1` and `/v1` → `/v1`. */
function basePath(server: Json): string {
  const url = isFields(server) ? String(server['url'] ?? '') : '';
  return url.replace(/^\w+:\/\/[^/]*/, '').replace(/\/$/, '');
}
