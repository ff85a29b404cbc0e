import type {
  Guard,
  InputPart,
  JsonSchema,
  Operation,
  Parameter,
  Predicate,
  RequestBody,
  Response,
  Term,
} from '../../model/index.js';
import type { Path } from '../interpreter/path.js';
import { sourceRef } from '../core/language.js';
import { isConditional } from './conditional-bounds.js';
import { inputsOf } from './credentials.js';
import { children, readsOnlyInput, termsOf } from './when.js';

interface Inputs {
  parameters: Parameter[];
  requestBody?: RequestBody;
}

/** Parameters and body: from validators where there are any, else from what the code reads and refuses by hand. */
export function inputsFor(
  operation: Pick<Operation, 'path' | 'effects' | 'lookups'> & { mediaType: string | undefined },
  responses: Response[],
  paths: Path[],
  credentials: Set<string>,
): Inputs {
  const schemas = validatedParts(paths);
  const terms = allTerms(operation, responses);
  const parameters = pathParameters(operation.path, schemas.path);
  for (const part of ['query', 'header', 'cookie'] as const)
    parameters.push(...namedParameters(part, schemas[part], terms, responses, credentials));
  const body = schemas.body ?? handwritten('body', terms, responses);
  return {
    parameters,
    ...(body
      ? { requestBody: { required: true, mediaType: operation.mediaType ?? 'application/json', schema: body } }
      : {}),
  };
}

type Schemas = Partial<Record<InputPart, JsonSchema>>;

/** Every validator that an operation puts a part through; several on one part are merged. */
function validatedParts(paths: Path[]): Schemas {
  const schemas: Schemas = {};
  const seen = new Set<string>();
  const places = new Map<JsonSchema, Set<string>>();
  for (const path of paths) {
    for (const valid of path.validated) {
      const place = `${valid.part} ${valid.at.join('.')} ${valid.span.start}`;
      const asked = places.get(valid.schema);
      if (asked?.has(place)) continue;
      if (asked) asked.add(place);
      else places.set(valid.schema, new Set([place]));
      const key = `${place} ${JSON.stringify(valid.schema)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const whole = valid.at.reduceRight<JsonSchema>(
        (inner, name) => ({ type: 'object', properties: { [name]: inner }, required: [name] }),
        valid.schema,
      );
      const known = schemas[valid.part];
      schemas[valid.part] = known
        ? merge(known, whole)
        : { ...whole, 'x-source': { ...whole['x-source'], schema: sourceRef(valid.span) } };
    }
  }
  return schemas;
}

export function merge(left: JsonSchema, right: JsonSchema): JsonSchema {
  const properties = { ...left.properties };
  for (const [name, schema] of Object.entries(right.properties ?? {}))
    properties[name] = properties[name] ? merge(properties[name], schema) : schema;
  const required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length ? { properties } : {}),
    ...(required.length ? { required } : {}),
  };
}

function pathParameters(path: string, schema: JsonSchema | undefined): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schema?.properties?.[name] ?? { type: 'string' },
  }));
}

function namedParameters(
  part: 'query' | 'header' | 'cookie',
  schema: JsonSchema | undefined,
  terms: Term[],
  responses: Response[],
  credentials: Set<string>,
): Parameter[] {
  const source = schema ?? handwritten(part, terms, responses);
  return Object.entries(source?.properties ?? {})
    .filter(
      ([name]) => !credentials.has(`${part} ${name.toLowerCase()}`) && !(part === 'header' && name === 'authorization'),
    )
    .map(([name, one]) => ({ name, in: part, required: source?.required?.includes(name) ?? false, schema: one }));
}

function allTerms(operation: Pick<Operation, 'effects' | 'lookups'>, responses: Response[]): Term[] {
  const fromEffects = operation.effects.flatMap((effect) => [
    ...Object.values(effect.values ?? {}),
    ...Object.values(effect.by ?? {}),
    ...(effect.args ?? []),
    ...(effect.request?.body ? [effect.request.body] : []),
  ]);
  const fromLookups = operation.lookups.flatMap((lookup) => Object.values(lookup.by));
  return [
    ...fromEffects,
    ...fromLookups,
    ...responses.flatMap((response) => [
      ...(response.body ? [response.body] : []),
      ...response.guards.flatMap((guard) => termsOf(guard.predicate)),
    ]),
  ];
}

/** A schema from what the handler itself reads and refuses. */
function handwritten(part: InputPart, terms: Term[], responses: Response[]): JsonSchema | undefined {
  const fields = terms.flatMap(inputsOf).filter((term) => term.part === part && term.at.length > 0);
  if (!fields.length) return undefined;
  const schema: JsonSchema = { type: 'object', properties: {}, required: [] };
  for (const field of fields) ensure(schema, field.at);
  for (const response of responses) {
    if (response.status < 400 || response.decidedBy === undefined || isConditional(response, responses)) continue;
    const guard = response.guards[response.decidedBy];
    if (guard && readsOnlyInput(termsOf(guard.predicate))) constrain(schema, part, guard);
  }
  if (!schema.required?.length) delete schema.required;
  return schema;
}

function ensure(schema: JsonSchema, at: string[]): JsonSchema {
  const [name, ...rest] = at;
  if (name === undefined) return schema;
  if (name === '[]' || /^\d+$/.test(name)) {
    schema.type = 'array';
    return ensure((schema.items ??= {}), rest);
  }
  if (rest.length || schema.properties) schema.type = 'object';
  const properties = (schema.properties ??= {});
  if (!schema.type) schema.type = 'object';
  return ensure((properties[name] ??= {}), rest);
}

/** The refusal says what must not be: the schema says the contrary. */
function constrain(schema: JsonSchema, part: InputPart, guard: Guard): void {
  const { predicate, holds } = guard;
  const [field] = termsOf(predicate).flatMap(inputsOf);
  if (field?.part !== part || !field.at.length) return;
  const target = ensure(schema, field.at);
  const parent = ensure(schema, field.at.slice(0, -1));
  const name = field.at.at(-1) ?? '';
  const require = (): void => void ((parent.required ??= []).includes(name) || parent.required.push(name));
  target['x-source'] = { ...target['x-source'], [predicate.kind]: guard.source };
  applyConstraint(target, predicate, holds, require);
}

function applyConstraint(target: JsonSchema, predicate: Predicate, holds: boolean, require: () => void): void {
  if ((predicate.kind === 'nil' || predicate.kind === 'falsy') && holds) {
    require();
    if (predicate.kind === 'falsy' && predicate.of.kind === 'input' && !target.type) target.minLength ??= 1;
    return;
  }
  if (
    predicate.kind === 'type' &&
    !holds &&
    ['string', 'number', 'integer', 'boolean', 'array', 'object'].includes(predicate.is)
  ) {
    target.type = predicate.is as 'string';
    require();
  } else if (predicate.kind === 'matches' && !holds) target.pattern = predicate.pattern;
  else if (predicate.kind === 'in' && !holds && predicate.set.kind === 'array')
    target.enum = predicate.set.items.flatMap((item) => (item.kind === 'const' ? [item.value] : []));
  else if (predicate.kind === 'cmp') compareConstraint(target, predicate, holds);
}

/** `quantity < 1` refused → minimum 1; `name.length > 40` refused → maxLength 40. */
function compareConstraint(target: JsonSchema, predicate: Extract<Predicate, { kind: 'cmp' }>, holds: boolean): void {
  if (!holds) return;
  const { op, left, right } = predicate;
  const length = [left, right].some((term) => term.kind === 'op' && term.op === 'length');
  if (right.kind === 'const' && typeof right.value === 'number') {
    if (length) target.minLength = op === '<' ? right.value : right.value + 1;
    else if (op === '<') target.minimum = right.value;
    else target.exclusiveMinimum = right.value;
  } else if (left.kind === 'const' && typeof left.value === 'number') {
    if (length) target.maxLength = op === '<' ? left.value : left.value - 1;
    else if (op === '<') target.maximum = left.value;
    else target.exclusiveMaximum = left.value;
  }
  const isWhole = [left, right].flatMap(deepInputs).some((term) => term.kind === 'op' && term.op === 'integer');
  if (!target.type) target.type = length ? 'string' : isWhole ? 'integer' : 'number';
}

export const deepInputs = (term: Term): Term[] => [term, ...children(term).flatMap(deepInputs)];
