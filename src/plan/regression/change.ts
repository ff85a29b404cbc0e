import type { Expr, Incident, Json, RequestPlan, Step } from '../../model/index.js';
import { literal } from '../context.js';
import type { Scene } from '../scene.js';
import { callerWords, issuesCredential, refusedCaller } from './callers.js';
import { chosenFields, said, sentPart } from './fields.js';
import { absentPath } from './reached.js';

/** How the proven-valid request is changed into the one that went wrong, in as few places as the code allows. */
export interface Change {
  /** `quantity is -1`. */
  when: string;
  act: RequestPlan;
  arrange: Step[];
  /** Fields of the body, else of the query, that were changed. */
  fields: string[];
  /** Who asks instead of the one who may. */
  caller?: string;
}

export function changed(scene: Scene, incident: Incident): Change {
  const { context, operation } = scene;
  const request = scene.request();
  const plain = { arrange: scene.steps, fields: [] as string[] };
  if (incident.expected === 401 && !issuesCredential(context, operation))
    return { ...plain, ...uncredited(scene, incident, request) };
  if (incident.expected === 403) {
    const other = refusedCaller(scene, incident);
    if (other !== undefined) {
      scene.signIn(other);
      const act: RequestPlan = { ...request, as: { kind: 'principal', bind: other } };
      return { ...plain, when: `${callerWords(context, other)} asks`, act, caller: other };
    }
    if (scene.principal === undefined)
      return { ...plain, when: 'nobody is signed in', act: { ...request, as: { kind: 'anonymous' } } };
  }
  if (incident.expected === 404) {
    const absent = absentPath(operation, incident);
    if (absent) return { ...plain, when: absent.when, act: { ...request, path: { ...request.path, ...absent.path } } };
  }
  if (incident.expected === 409) {
    const twice: Step = { kind: 'request', request, status: scene.response.status };
    return { ...plain, when: 'the same was sent before', act: request, arrange: [...scene.steps, twice] };
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

function minimized(scene: Scene, incident: Incident, request: RequestPlan): Change {
  const found = sentPart(scene.operation, incident);
  const arrange = scene.steps;
  if (!found || (found.part === 'body' && request.body?.kind !== 'sample'))
    return { when: 'it is asked for', arrange, fields: [], act: request };
  const { sent, schema, part } = found;
  const given = request.body?.kind === 'sample' && part === 'body' ? request.body : undefined;
  const fields = chosenFields(found, incident.says, Object.keys(given?.overrides ?? {}));
  const missing =
    fields.length || !given
      ? []
      : (schema.required ?? Object.keys(schema.properties ?? {})).filter((name) => !(name in sent));
  const values = Object.fromEntries(fields.map((name): [string, Expr] => [name, valueExpr(sent[name] ?? null)]));
  const when = [
    ...fields.map((name) => `${name} is ${said(sent[name] ?? null)}`),
    ...missing.map((name) => `${name} is missing`),
  ].join(' and ');
  return {
    when: when || 'the usual is sent',
    arrange,
    fields,
    act: given ? withBody(request, values, missing) : { ...request, query: { ...request.query, ...values } },
  };
}

/** The request with these fields of its body replaced, and those left out. */
export function withBody(request: RequestPlan, values: Record<string, Expr>, missing: string[] = []): RequestPlan {
  if (request.body?.kind !== 'sample') return request;
  const overrides = { ...request.body.overrides, ...values };
  const body = {
    ...request.body,
    ...(Object.keys(overrides).length ? { overrides } : {}),
    ...(missing.length ? { omit: missing } : {}),
  };
  return { ...request, body };
}

const valueExpr = (value: Json): Expr =>
  typeof value === 'string' && value.length > 60 && new Set(value).size === 1
    ? { kind: 'repeat', text: value[0] ?? 'x', length: value.length }
    : literal(value);
