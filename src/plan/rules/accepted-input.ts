import type { Expr, JsonSchema, Operation } from '../../model/index.js';
import { literal, type PlanContext } from '../context.js';
import { sample } from '../sample.js';
import { draft, type DraftCase, type Rule, succeeding } from '../rule.js';
import { bare, termsOf } from '../terms.js';

/** What the schema takes besides the sample: each choice, each bound itself, the required fields alone. */
export const acceptedInput: Rule = {
  name: 'accepted-input',
  kind: 'success',
  summary: 'Each choice of an enum, each bound itself, the required fields alone: taken.',
  cases(operation, context) {
    const schema = operation.requestBody?.schema;
    const scene = succeeding(context, operation)?.scene;
    if (!scene || !schema?.properties) return [];
    const free = Object.entries(schema.properties).filter(
      ([name]) => !scene.body[name] && !isDecisive(operation, schema, name),
    );
    const values = free.flatMap(([name, field]) => accepted(name, field));
    const cases = values.map((value) =>
      taken(operation, context, value.label, (body) => ({
        ...body,
        overrides: { ...body.overrides, [value.field]: value.value },
      })),
    );
    const optional = free.map(([name]) => name).filter((name) => !schema.required?.includes(name));
    if (optional.length && schema.required?.length)
      cases.push(
        taken(operation, context, 'the required fields alone', (body) => ({
          ...body,
          omit: [...(body.omit ?? []), ...optional],
        })),
      );
    return cases.flatMap((one) => one ?? []);
  },
};

type SampleBody = Extract<Expr, { kind: 'sample' }>;

function taken(
  operation: Operation,
  context: PlanContext,
  label: string,
  change: (body: SampleBody) => SampleBody,
): DraftCase | undefined {
  const found = succeeding(context, operation);
  if (!found) return undefined;
  const { response, scene } = found;
  const request = scene.request();
  if (request.body?.kind !== 'sample') return undefined;
  return {
    ...draft({
      rule: acceptedInput,
      operation,
      point: label,
      title: `accepts ${label}`,
      source: operation.requestBody?.source ?? response.source,
      scene,
      act: { ...request, body: change(request.body) },
      expect: [{ kind: 'status', equals: response.status }],
      table: 'accepted',
    }),
    // What lies behind the validator may still refuse it.
    certainty: 'inferred',
  };
}

/** The field takes part in a decision or a comparison of its own: other values lead elsewhere. */
function isDecisive(operation: Operation, schema: JsonSchema, name: string): boolean {
  if (schema['x-compare']?.some((one) => one.left[0] === name || one.right[0] === name)) return true;
  return operation.responses.some((response) =>
    response.guards.some((guard) =>
      termsOf(guard.predicate)
        .map(bare)
        .some((term) => term.kind === 'input' && term.part === 'body' && term.at[0] === name),
    ),
  );
}

interface Accepted {
  field: string;
  label: string;
  value: Expr;
}

/** More choices than this are tested by the first and the last ones. */
const mostChoices = 8;

function accepted(field: string, schema: JsonSchema): Accepted[] {
  if (schema['x-transform'] || schema['x-unread'] || schema.anyOf || schema.oneOf || schema.allOf) return [];
  const make = (label: string, value: Expr): Accepted => ({ field, label: `${field} ${label}`, value });
  const usual = sample(schema, field);
  if (schema.enum) {
    const others = schema.enum.filter((one) => one !== usual && one !== null);
    const chosen = others.length > mostChoices ? [...others.slice(0, mostChoices - 1), ...others.slice(-1)] : others;
    return chosen.map((one) => make(JSON.stringify(one).replace(/^"|"$/g, ''), literal(one)));
  }
  const type = [schema.type].flat().find((one) => one !== 'null');
  if (type === 'boolean') return [make(String(!usual), literal(!usual))];
  if (type === 'integer' || type === 'number') {
    return bounds(schema, type === 'integer')
      .filter((value) => value !== usual && (!schema.multipleOf || value % schema.multipleOf === 0))
      .map((value) => make(`of ${value}`, literal(value)));
  }
  if (type !== 'string' || schema.format || schema.pattern !== undefined || schema.const !== undefined) return [];
  const letters = (length: number): Expr =>
    length > 20 ? { kind: 'repeat', text: 'x', length } : literal('x'.repeat(length));
  return [schema.minLength, schema.maxLength]
    .filter((length): length is number => length !== undefined && length > 0)
    .map((length) => make(`of ${length} ${length === 1 ? 'character' : 'characters'}`, letters(length)));
}

/** The least and the greatest number taken; exclusive bounds have a neighbour only among integers. */
function bounds(schema: JsonSchema, isInteger: boolean): number[] {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const least = minimum ?? (above !== undefined && isInteger ? above + 1 : undefined);
  const most = maximum ?? (below !== undefined && isInteger ? below - 1 : undefined);
  return [least, most].filter((value) => value !== undefined);
}
