import type { Expr, JsonSchema, Operation, RequestPlan, Response } from '../../model/index.js';
import { literal, type PlanContext } from '../context.js';
import { type Mutation, mutations } from '../invalid.js';
import type { Scene } from '../scene.js';
import { answerExpectations, draft, type DraftCase, type Rule, succeeding, unchanged } from '../rule.js';
import { untaken } from '../untaken.js';
import { termsOf } from '../terms.js';

type Part = 'body' | 'query' | 'path';

/** One field broken at a time, from a request that is proven valid. */
export const invalidInput: Rule = {
  name: 'invalid-input',
  kind: 'invalid-input',
  summary:
    'One broken field at a time: missing, wrong type, each bound just outside, format, pattern, enum, a field not taken.',
  cases(operation, context) {
    const cases = (['body', 'query', 'path'] as const).flatMap((part) => ofPart(operation, context, part));
    return [...cases, ...malformed(operation, context)];
  },
};

function partSchema(operation: Operation, part: Part): JsonSchema | undefined {
  if (part === 'body') return operation.requestBody?.schema;
  const parameters = operation.parameters.filter((one) => one.in === part);
  if (!parameters.length) return undefined;
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map((one) => [one.name, one.schema])),
    required: part === 'query' ? parameters.filter((one) => one.required).map((one) => one.name) : [],
  };
}

function ofPart(operation: Operation, context: PlanContext, part: Part): DraftCase[] {
  const schema = partSchema(operation, part);
  if (!schema) return [];
  unread(operation, context, schema);
  if (part === 'body' && schema.items)
    context.gap(
      'list-body',
      operation,
      'Its body is a list: what is refused about an item has no case.',
      operation.requestBody?.source,
    );
  const breaks = [
    ...mutations(schema, part !== 'body' || isForm(operation)),
    ...(part === 'body' ? untakenColumns(operation, context, schema) : []),
  ];
  return breaks.flatMap((mutation): DraftCase[] => {
    const refusal = refusalOf(operation, part, mutation);
    if (!refusal) return [];
    const scene = succeeding(context, operation)?.scene;
    if (!scene) return [];
    const act = broken(scene, part, mutation);
    if (!act) return [];
    return [
      draft({
        rule: invalidInput,
        operation,
        point: `${part === 'body' ? '' : `${part}-`}${mutation.slug}`,
        title: title(part, mutation, refusal),
        source: mutation.source ?? refusal.source,
        scene,
        act,
        expect: [...answerExpectations(scene, refusal), ...unchanged(operation, context)],
        table: `invalid-${part}-${refusal.status}`,
        refusal,
      }),
    ];
  });
}

/** Columns of the row that a strict body has no field for: refused by name, not only as any unknown field. */
function untakenColumns(operation: Operation, context: PlanContext, schema: JsonSchema): Mutation[] {
  if (schema.additionalProperties !== false) return [];
  return untaken(operation, context).map(({ column, value }) => ({
    at: [column],
    label: `with ${column}, which it does not take`,
    slug: `${column}-not-taken`,
    value: literal(value),
  }));
}

/** All that a form holds is text. */
const isForm = (operation: Operation): boolean => /form/.test(operation.requestBody?.mediaType ?? '');

const title = (part: Part, mutation: Mutation, refusal: Response): string =>
  `refuses ${part === 'body' ? '' : part === 'query' ? 'a query ' : 'a path '}${mutation.label} with ${refusal.status}`;

function unread(operation: Operation, context: PlanContext, schema: JsonSchema): void {
  for (const [name, field] of [['', schema] as const, ...Object.entries(schema.properties ?? {})])
    for (const one of field['x-unread'] ?? [])
      context.gap(
        'condition-not-read',
        operation,
        `A condition on ${name || 'the input'} was not read: ${one.text}. What it refuses has no case.`,
        one.source,
      );
}

/** The answer to this break: the validator of the part, or the check by hand of this very field. */
function refusalOf(operation: Operation, part: Part, mutation: Mutation): Response | undefined {
  const candidates = operation.responses.filter(
    (one) => one.status >= 400 && one.status < 500 && one.decidedBy !== undefined,
  );
  const guardOf = (one: Response): Response['guards'][number] | undefined => one.guards[one.decidedBy ?? -1];
  const validated = candidates.find((one) => {
    const predicate = guardOf(one)?.predicate;
    return (
      predicate?.kind === 'valid' &&
      predicate.part === part &&
      predicate.at.every((name, index) => mutation.at[index] === name)
    );
  });
  if (validated) return validated;
  const byHand = candidates.filter((one) => {
    const guard = guardOf(one);
    if (!guard || one.when !== 'invalid-input' || !fits(guard.predicate.kind, guard.holds, mutation)) return false;
    return termsOf(guard.predicate).some(
      (term) => term.kind === 'input' && term.part === part && term.at.join('.') === mutation.at.join('.'),
    );
  });
  // `!password` is met by no text at all; `password.length < 8` by any that is too short.
  return byHand.find((one) => guardOf(one)?.predicate.kind === 'cmp') ?? byHand[0];
}

/** Which check by hand a break runs into. */
function fits(kind: string, holds: boolean, mutation: Mutation): boolean {
  if (/-missing$/.test(mutation.slug)) return (kind === 'nil' || kind === 'falsy') && holds;
  if (/-too-short$/.test(mutation.slug)) return kind === 'falsy' || kind === 'cmp';
  if (/-not-a|-not-an/.test(mutation.slug)) return kind === 'type' && !holds;
  if (/-in-enum$/.test(mutation.slug)) return (kind === 'in' || kind === 'eq') && !holds;
  if (/pattern$/.test(mutation.slug)) return kind === 'matches' && !holds;
  if (/-numeric-text$|-not-taken$/.test(mutation.slug)) return false;
  return kind === 'cmp' && /minimum|maximum|too-long/.test(mutation.slug);
}

/** An empty segment is another path. */
const isEmpty = (value: Expr): boolean => value.kind === 'literal' && value.value === '';

function broken(scene: Scene, part: Part, mutation: Mutation): RequestPlan | undefined {
  const request = scene.request();
  const [name = '', ...rest] = mutation.at;
  if (part === 'path')
    return mutation.value && !isEmpty(mutation.value)
      ? { ...request, path: { ...request.path, [name]: mutation.value } }
      : undefined;
  if (part === 'query') {
    const query = { ...request.query };
    if (mutation.value) query[name] = mutation.value;
    else delete query[name];
    return { ...request, query };
  }
  if (request.body?.kind !== 'sample') return undefined;
  const body = request.body;
  if (rest.length) {
    const nested = nestedOverride(scene, name, rest, mutation.value);
    return nested ? { ...request, body: { ...body, overrides: { ...body.overrides, [name]: nested } } } : undefined;
  }
  const overrides: Record<string, Expr> = { ...body.overrides };
  if (mutation.value) return { ...request, body: { ...body, overrides: { ...overrides, [name]: mutation.value } } };
  delete overrides[name];
  const { overrides: _given, ...plain } = body;
  void _given;
  return { ...request, body: { ...plain, ...(Object.keys(overrides).length ? { overrides } : {}), omit: [name] } };
}

function nestedOverride(scene: Scene, name: string, rest: string[], value: Expr | undefined): Expr | undefined {
  const whole = scene.inputValue({ kind: 'input', part: 'body', at: [name] });
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return undefined;
  const copy = structuredClone(whole);
  let target = copy;
  for (const key of rest.slice(0, -1)) {
    const next = target[key];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) return undefined;
    target = next;
  }
  const last = rest.at(-1) ?? '';
  if (!value) delete target[last];
  else if (value.kind === 'literal') target[last] = value.value;
  else if (value.kind === 'repeat') target[last] = value.text.repeat(value.length);
  else return undefined;
  return literal(copy);
}

/** JSON that does not parse. */
function malformed(operation: Operation, context: PlanContext): DraftCase[] {
  const refusal = operation.responses.find(
    (one) => one.status >= 400 && one.status < 500 && one.decidedBy !== undefined && isJsonGuard(one),
  );
  if (!refusal || !operation.requestBody) return [];
  const scene = succeeding(context, operation)?.scene;
  if (!scene) return [];
  const { body: _body, ...request } = scene.request();
  void _body;
  return [
    draft({
      rule: invalidInput,
      operation,
      point: 'malformed-json',
      title: `refuses malformed JSON with ${refusal.status}`,
      source: refusal.source,
      scene,
      act: { ...request, rawBody: '{"unfinished": ' },
      expect: [...answerExpectations(scene, refusal), ...unchanged(operation, context)],
      refusal,
    }),
  ];
}

function isJsonGuard(response: Response): boolean {
  const guard = response.guards[response.decidedBy ?? -1];
  return guard?.predicate.kind === 'type' && guard.predicate.is === 'json' && !guard.holds;
}
