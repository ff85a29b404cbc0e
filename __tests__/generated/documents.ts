import { execFileSync } from 'node:child_process';
import { cli } from './suite.js';

/** An OpenAPI document, as far as it is compared. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: unknown }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { content?: Record<string, { schema?: unknown }> }>;
}
type Flat = Map<string, unknown>;

/** The document that a program of the service prints. */
export const runForDocument = (folder: string, program: string, args: string[], env = {}): Document =>
  JSON.parse(
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } }),
  ) as Document;

/** What is read of the service, as a document. */
export const openapiOf = (folder: string): Document =>
  runForDocument(folder, process.execPath, [cli, 'inspect', '--openapi', '.']);

/**
 * Where two documents say different things of the same service: paths, methods, parameters, bodies, and the answers that the second one
 * declares, as `POST /orders body lotId`. Only the spelling of a schema is evened out, never what it accepts.
 */
export function differences(ours: Document, theirs: Document): string[] {
  const [a, b] = [flat(ours, ours), flat(theirs, theirs)];
  for (const key of a.keys()) {
    const answer = /^(.*) answers [45]\d\d\b/.exec(key);
    if (answer && !b.has(key)) a.delete(key);
  }
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => JSON.stringify(a.get(key)) !== JSON.stringify(b.get(key)))
    .sort();
}

/** Every statement by its name; what is refused that nobody declared is not among them. */
function flat(document: Document, root: Document): Flat {
  const said: Flat = new Map();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path.replace(/(.)\/$/, '$1')}`;
      said.set(name, true);
      for (const one of operation.parameters ?? [])
        said.set(`${name} ${one.in} ${one.name}`, [one.required ?? false, evened(one.schema, root)]);
      for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {}))
        said.set(`${name} takes ${type}`, evened(schema, root));
      for (const [status, { content }] of Object.entries(operation.responses))
        said.set(`${name} answers ${status}`, evened(content?.['application/json']?.schema ?? null, root));
    }
  return said;
}

const notes = new Set(['title', 'description', '$id', 'examples']);

/** References resolved, notes dropped, keys in order, and one spelling for what can be spelled in several ways. */
function evened(schema: unknown, root: Document): unknown {
  if (Array.isArray(schema)) return schema.map((one) => evened(one, root));
  if (typeof schema !== 'object' || schema === null) return schema;
  const given = schema as Record<string, unknown>;
  if (typeof given.$ref === 'string') return evened(at(given.$ref, root), root);
  const made: Record<string, unknown> = {};
  for (const key of Object.keys(given).sort()) {
    if (key === 'properties') {
      const fields = Object.entries(given.properties as object).sort(([one], [other]) => (one < other ? -1 : 1));
      made.properties = Object.fromEntries(fields.map(([name, field]) => [name, evened(field, root)]));
    } else if (key === 'required') made.required = [...(given.required as string[])].sort();
    else if (!notes.has(key)) made[key] = evened(given[key], root);
  }
  return merged(made);
}

const at = (reference: string, root: Document): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce((value: unknown, name) => (value as Record<string, unknown>)[name], root);

/** `anyOf` of one type's constants → `enum`; `anyOf` of a type and null → `type: [it, 'null']`. */
function merged({ anyOf, ...rest }: Record<string, unknown>): unknown {
  if (!Array.isArray(anyOf)) return { ...rest, ...(anyOf === undefined ? {} : { anyOf }) };
  const parts = anyOf as Record<string, unknown>[];
  const [first = {}, ...others] = parts;
  if (parts.every((one) => Array.isArray(one.enum) && one.type === first.type))
    return sorted({ ...rest, type: first.type, enum: parts.flatMap((one) => one.enum as unknown[]) });
  if (others.length !== 1 || others[0]?.type !== 'null') return { ...rest, anyOf };
  const values = Array.isArray(first.enum) ? { enum: [...(first.enum as unknown[]), null] } : {};
  return sorted({ ...rest, ...first, ...values, type: [first.type, 'null'].flat() });
}

const sorted = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
