import type { Expr, Incident, Json, JsonSchema, Operation } from '../../model/index.js';
import { literal, type PlanContext } from '../context.js';
import { sample } from '../sample.js';
import type { Scene } from '../scene.js';
import { draft, type DraftCase, type Rule, succeeding, unchanged } from '../rule.js';
import { acceptedInput } from '../rules/accepted-input.js';
import { invalidInput } from '../rules/invalid-input.js';
import { withBody } from './change.js';
import { sentPart, type SentPart } from './fields.js';

interface Bounds {
  minimum?: number;
  maximum?: number;
}

/** What stands next to the value that went wrong. */
export interface Neighbours {
  cases: DraftCase[];
  /** Values on the side of the bug where neither the code nor the user says what should be. */
  open?: string;
}

/**
 * What the code states of the same field at its bounds, just inside and just outside; and what the user's words state, which the bug
 * may break too, so that `regression` cases settle as the bug itself does.
 */
export function neighbours(
  context: PlanContext,
  operation: Operation,
  fields: string[],
  incident: Incident,
  rule: Rule,
): Neighbours {
  const [field] = fields;
  const found = sentPart(operation, incident);
  if (fields.length !== 1 || field === undefined || !found) return { cases: [] };
  const given = found.sent[field] ?? null;
  const stated = [...invalidInput.cases(operation, context), ...acceptedInput.cases(operation, context)].filter(
    ({ act }) => {
      const value = valueIn(act, found.part, field);
      return value && isAlike(value, given) && JSON.stringify(value) !== JSON.stringify(literal(given));
    },
  );
  const bounds = toldBounds(incident.says);
  const known = new Set(stated.map(({ act }) => JSON.stringify(valueIn(act, found.part, field))));
  const told = typeof given === 'number' ? toldCases({ context, operation, incident, rule, found, field, bounds }) : [];
  const open = openSide(field, found.schema.properties?.[field] ?? {}, given, bounds);
  return {
    cases: [...told.filter(({ act }) => !known.has(JSON.stringify(valueIn(act, found.part, field)))), ...stated],
    ...(open === undefined ? {} : { open }),
  };
}

function valueIn(act: DraftCase['act'], part: SentPart['part'], field: string): Expr | undefined {
  if (part === 'query') return act.query?.[field];
  return act.body?.kind === 'sample' && !act.body.omit?.length ? act.body.overrides?.[field] : undefined;
}

const isAlike = (value: Expr, given: Json): boolean =>
  typeof given === 'number'
    ? value.kind === 'literal' && typeof value.value === 'number'
    : value.kind === 'repeat' || (value.kind === 'literal' && typeof given === 'string');

const number = String.raw`(-?\d+(?:\.\d+)?)`;
const least = new RegExp(
  `(?:at least|minimum(?: of| is)?|(?:not|never) (?:be )?(?:less|lower) than|>=|≥)\\s*${number}`,
  'i',
);
const most = new RegExp(
  `(?:at most|maximum(?: of| is)?|(?:not?|never) (?:be )?(?:more|greater|higher) than|up to|<=|≤)\\s*${number}`,
  'i',
);
const both = new RegExp(`between\\s*${number}\\s*and\\s*${number}`, 'i');

/** Bounds that a sentence states: `at least 1`, `not more than 30`, `between 1 and 30`, `not negative`. */
export function toldBounds(says = ''): Bounds {
  const [, low, high] = both.exec(says) ?? [];
  const minimum = low ?? (/\b(?:non-?|not (?:be )?)negative\b/i.test(says) ? '0' : least.exec(says)?.[1]);
  const maximum = high ?? most.exec(says)?.[1];
  return {
    ...(minimum === undefined ? {} : { minimum: Number(minimum) }),
    ...(maximum === undefined ? {} : { maximum: Number(maximum) }),
  };
}

interface Told {
  context: PlanContext;
  operation: Operation;
  incident: Incident;
  rule: Rule;
  found: SentPart;
  field: string;
  bounds: Bounds;
}

/** The told bounds themselves are taken, one beyond is refused as the bug should have been. */
function toldCases({ context, operation, incident, rule, found, field, bounds }: Told): DraftCase[] {
  const { minimum, maximum } = bounds;
  const inside = [minimum, maximum].flatMap((value) => value ?? []);
  const outside = [minimum === undefined ? [] : minimum - 1, maximum === undefined ? [] : maximum + 1].flat();
  const make = (value: number, isTaken: boolean): DraftCase[] => {
    const success = succeeding(context, operation);
    if (!success || value === found.sent[field]) return [];
    const { scene, response } = success;
    return [
      draft({
        rule: isTaken ? acceptedInput : rule,
        operation,
        point: `${field} ${value}`,
        title: isTaken
          ? `accepts ${field} of ${value}`
          : `answers ${incident.expected} when ${field} is ${value} (${incident.issue})`,
        source: operation.handler ?? operation.source,
        scene,
        act: withValue(scene, found.part, field, value),
        expect: [
          { kind: 'status', equals: isTaken ? response.status : incident.expected },
          ...(isTaken ? [] : unchanged(operation, context)),
        ],
      }),
    ];
  };
  return [...outside.flatMap((value) => make(value, false)), ...inside.flatMap((value) => make(value, true))];
}

function withValue(scene: Scene, part: SentPart['part'], field: string, value: number): DraftCase['act'] {
  const request = scene.request();
  return part === 'body'
    ? withBody(request, { [field]: literal(value) })
    : { ...request, query: { ...request.query, [field]: literal(value) } };
}

/** Where the bug lies, the code as it is states no bound: what should be at the usual ones is decided by whoever mends it. */
function openSide(field: string, schema: JsonSchema, given: Json, bounds: Bounds): string | undefined {
  if (typeof given !== 'number') return undefined;
  const usual = sample(schema, field);
  const isLow = given <= (typeof usual === 'number' ? usual : 1);
  const isStated = isLow
    ? (schema.minimum ?? schema.exclusiveMinimum ?? bounds.minimum) !== undefined
    : (schema.maximum ?? schema.exclusiveMaximum ?? bounds.maximum) !== undefined;
  if (isStated) return undefined;
  const near = isLow ? [-1, 0, 1].filter((value) => value > given) : [];
  return `The code states no ${isLow ? 'minimum' : 'maximum'} of ${field}${near.length ? `, so what is right for ${near.join(' and ')} is open` : ''}: say it (--says '${field} must be at ${isLow ? 'least 1' : 'most 30'}'), or mend the bug and --release, which writes the cases of the new bound.`;
}
