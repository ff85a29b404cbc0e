import type {
  Expectation,
  Expr,
  Incident,
  Json,
  JsonSchema,
  Operation,
  RequestPlan,
  Step,
  TestCase,
  Triage,
} from '../model/index.js';
import { literal, type PlanContext, successOf } from './context.js';
import { slug, testFileName } from './names.js';
import { lesserPrincipals, otherPrincipal } from './principals.js';
import { draft, type DraftCase, type Rule, unchanged } from './rule.js';
import { acceptedInput } from './rules/accepted-input.js';
import { invalidInput } from './rules/invalid-input.js';
import { Scene } from './scene.js';

/** How the proven-valid request is changed into the one that went wrong, in as few places as the code allows. */
interface Change {
  /** `quantity is -1`. */
  when: string;
  act: RequestPlan;
  arrange: Step[];
  /** Fields of the body that were changed. */
  fields: string[];
}

const rule: Rule = {
  name: 'regression',
  kind: 'rule',
  summary: 'A request that went wrong once.',
  cases: () => [],
};

/** The operation that a request reaches; leading segments that a proxy adds may be missing from the template. */
export function operationFor(
  operations: Operation[],
  { method, path }: Pick<Incident, 'method' | 'path'>,
): Operation | undefined {
  const segments = path.split('/').filter(Boolean);
  for (let start = 0; start <= segments.length; start++) {
    const found = operations
      .filter((one) => (one.method === method || one.method === 'ALL') && parametersIn(one, segments.slice(start)))
      .sort((left, right) => left.path.split('{').length - right.path.split('{').length)[0];
    if (found) return found;
  }
  return undefined;
}

/** Values of the path's parameters; undefined: it is another path. */
function parametersIn(operation: Operation, segments: string[]): Record<string, string> | undefined {
  const template = operation.path.split('/').filter(Boolean);
  if (template.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, piece] of template.entries()) {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (name !== undefined) values[name] = segments[index] ?? '';
    else if (piece !== segments[index]) return undefined;
  }
  return values;
}

/**
 * The case of an incident, first, and the neighbours of its field that the code states. A text: why it cannot be arranged.
 */
export function regressionCases(
  context: PlanContext,
  operation: Operation,
  incident: Incident,
  triage: Triage,
): TestCase[] | string {
  const success = successOf(operation);
  if (!success) return `No success of ${operation.id} was read, which the test would start from`;
  const scene = new Scene(context, operation, success).arrange();
  if (scene.problem !== undefined) return scene.problem;
  const change = changed(scene, incident);
  const expect: Expectation[] = [
    { kind: 'status', equals: incident.expected },
    ...(incident.expected >= 400 ? unchanged(operation) : []),
  ];
  const made = draft({
    rule,
    operation,
    point: incident.issue,
    title: `answers ${incident.expected} when ${change.when} (${incident.issue})`,
    source: operation.handler ?? operation.source,
    scene,
    act: change.act,
    expect,
  });
  const file = `${triage.testFolder.value}/${testFileName(`regression-${slug(incident.issue)}`, triage)}`;
  const placed = (one: DraftCase, id: string): TestCase => ({ ...one, id, file, layer: 'regression' });
  const { certainty: _guess, ...stated } = { certainty: undefined, ...made, arrange: change.arrange };
  void _guess;
  return [
    placed(stated, `regression.${slug(incident.issue)}`),
    ...neighbours(context, operation, change.fields, incident).map((one, index) =>
      placed(one, `regression.${slug(incident.issue)}.neighbour-${index + 1}`),
    ),
  ];
}

function changed(scene: Scene, incident: Incident): Change {
  const request = scene.request();
  const plain = { arrange: scene.steps, fields: [] as string[] };
  if (incident.expected === 401 && !scene.operation.path.includes('login'))
    return { ...plain, ...uncredited(scene, incident, request) };
  if (incident.expected === 403) {
    const other = lesserPrincipals(scene.context, scene.operation)[0] ?? otherPrincipal(scene.context, scene.operation);
    if (other !== undefined) {
      scene.signIn(other);
      return { ...plain, when: `${words(other)} asks`, act: { ...request, as: { kind: 'principal', bind: other } } };
    }
  }
  if (incident.expected === 404) {
    const absent = absentPath(scene.operation, incident);
    if (absent) return { ...plain, when: absent.when, act: { ...request, path: { ...request.path, ...absent.path } } };
  }
  if (incident.expected === 409) {
    const status = scene.response.status;
    return {
      ...plain,
      when: 'the same was sent before',
      act: request,
      arrange: [...scene.steps, { kind: 'request', request, status }],
    };
  }
  return minimized(scene, incident, request);
}

function uncredited(scene: Scene, { headers }: Incident, request: RequestPlan): Pick<Change, 'when' | 'act'> {
  const scheme = scene.context.principals.get(scene.principal ?? '')?.scheme ?? '';
  const presents = headers['authorization'] !== undefined || headers['cookie'] !== undefined;
  if (!presents || !scheme) return { when: 'nobody is signed in', act: { ...request, as: { kind: 'anonymous' } } };
  return {
    when: 'the credential is malformed',
    act: { ...request, as: { kind: 'bad', scheme, variant: 'malformed', principal: scene.principal ?? '' } },
  };
}

function absentPath(
  operation: Operation,
  incident: Incident,
): { when: string; path: Record<string, Expr> } | undefined {
  const segments = incident.path.split('/').filter(Boolean);
  const length = operation.path.split('/').filter(Boolean).length;
  const values = parametersIn(operation, segments.slice(-length));
  const [name, value] = Object.entries(values ?? {}).at(-1) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return {
    when: `there is no ${name} ${value}`,
    path: { [name]: literal(/^\d+$/.test(value) ? Number(value) : value) },
  };
}

/** The fields that make the difference: named by the user, refused by the schema, or out of the ordinary; else all that differ. */
function minimized(scene: Scene, incident: Incident, request: RequestPlan): Change {
  const { arrange, fields: none } = { arrange: scene.steps, fields: [] as string[] };
  const query = Object.entries(incident.query);
  const body = incident.body;
  if (request.body?.kind !== 'sample' || typeof body !== 'object' || body === null || Array.isArray(body)) {
    const when = query.map(([name, value]) => `${name} is ${said(value)}`).join(' and ') || 'it is asked for';
    const asked = Object.fromEntries(query.map(([name, value]): [string, Expr] => [name, literal(value)]));
    return {
      when,
      arrange,
      fields: none,
      act: query.length ? { ...request, query: { ...request.query, ...asked } } : request,
    };
  }
  const sent = request.body;
  const schema = scene.operation.requestBody?.schema ?? {};
  const fields = chosenFields(schema, body, incident, Object.keys(sent.overrides ?? {}));
  const missing = fields.length
    ? []
    : (schema.required ?? Object.keys(schema.properties ?? {})).filter((name) => !(name in body));
  const overrides = {
    ...sent.overrides,
    ...Object.fromEntries(fields.map((name): [string, Expr] => [name, valueExpr(body[name] ?? null)])),
  };
  const when = [
    ...fields.map((name) => `${name} is ${said(body[name] ?? null)}`),
    ...missing.map((name) => `${name} is missing`),
  ].join(' and ');
  return {
    when: when || 'the usual is sent',
    arrange,
    fields,
    act: {
      ...request,
      body: {
        ...sent,
        ...(Object.keys(overrides).length ? { overrides } : {}),
        ...(missing.length ? { omit: missing } : {}),
      },
    },
  };
}

function chosenFields(
  schema: JsonSchema,
  body: Record<string, Json>,
  { says = '' }: Incident,
  bound: string[],
): string[] {
  const names = Object.keys(body);
  const named = names.filter((name) => new RegExp(`\\b${name.replace(/[^\w]/g, '.')}\\b`, 'i').test(says));
  if (named.length) return named;
  const free = names.filter((name) => !bound.includes(name));
  const unknown = free.filter((name) => schema.properties && !(name in schema.properties));
  const refused = free.filter((name) => breaks(schema.properties?.[name] ?? {}, body[name] ?? null));
  const odd = free.filter((name) => isOdd(body[name] ?? null));
  return [refused, odd, unknown, free].find((list) => list.length) ?? [];
}

/** Certainly against the schema, as far as it can be told without a validator: bounds, lengths, choices, types. */
function breaks(schema: JsonSchema, value: Json): boolean {
  const types = [schema.type].flat();
  if (schema.enum && !schema.enum.includes(value)) return true;
  if (typeof value === 'number')
    return (
      types.includes('string') ||
      value < (schema.minimum ?? -Infinity) ||
      value > (schema.maximum ?? Infinity) ||
      value <= (schema.exclusiveMinimum ?? -Infinity) ||
      (types.includes('integer') && !Number.isInteger(value))
    );
  if (typeof value === 'string')
    return (
      types.includes('integer') ||
      value.length < (schema.minLength ?? 0) ||
      value.length > (schema.maxLength ?? Infinity) ||
      (schema.pattern !== undefined && !new RegExp(schema.pattern.replace(/^\(\?i\)/, '')).test(value))
    );
  return value === null && types.length > 0 && !types.includes('null');
}

const isOdd = (value: Json): boolean =>
  value === null ||
  value === '' ||
  (typeof value === 'number' && (value <= 0 || value > 100_000 || !Number.isInteger(value))) ||
  (typeof value === 'string' && (value.length > 100 || value.trim() !== value)) ||
  (Array.isArray(value) && value.length === 0);

const valueExpr = (value: Json): Expr =>
  typeof value === 'string' && value.length > 60 && new Set(value).size === 1
    ? { kind: 'repeat', text: value[0] ?? 'x', length: value.length }
    : literal(value);

function said(value: Json): string {
  if (typeof value === 'string')
    return value === '' ? 'empty' : value.length > 30 ? `${value.length} characters long` : value;
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? `a list of ${value.length}`
      : 'an object'
    : String(value);
}

/** `a customer`, `another customer`. */
function words(name: string): string {
  const plain = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  if (plain.startsWith('other ')) return `an${plain}`;
  return plain === 'other' ? 'somebody else' : `${/^[aeiou]/.test(plain) ? 'an' : 'a'} ${plain}`;
}

/** What the code states of the same field next to its bounds: just inside, just outside. */
function neighbours(context: PlanContext, operation: Operation, fields: string[], incident: Incident): DraftCase[] {
  if (fields.length !== 1 || incident.body === undefined) return [];
  const [field = ''] = fields;
  const given = (incident.body as Record<string, Json>)[field];
  return [...invalidInput.cases(operation, context), ...acceptedInput.cases(operation, context)].filter(({ act }) => {
    if (act.body?.kind !== 'sample' || act.body.omit?.length) return false;
    const value = act.body.overrides?.[field];
    const isNumber = value?.kind === 'literal' && typeof value.value === 'number';
    const isLength = value?.kind === 'repeat' || (value?.kind === 'literal' && typeof given === 'string');
    if (!(typeof given === 'number' ? isNumber : isLength)) return false;
    return JSON.stringify(value) !== JSON.stringify(literal(given ?? null));
  });
}
