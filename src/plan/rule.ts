import type { CaseKind, Expectation, Operation, Predicate, Response, SourceRef, TestCase } from '../model/index.js';
import { lookupOf, type PlanContext, successOf } from './context.js';
import { matcher } from './matchers.js';
import { slug } from './names.js';
import { needed } from './needed.js';
import { Scene } from './scene.js';
import { termsOf } from './terms.js';

/** A case before the planner gives it a file. */
export type DraftCase = Omit<TestCase, 'file'>;

/** Makes the cases of one kind for an operation. One file, one page in references/, one line in the list. */
export interface Rule {
  name: string;
  kind: CaseKind;
  /** One sentence for the reference. */
  summary: string;
  cases(operation: Operation, context: PlanContext): DraftCase[];
}

export interface Succeeding {
  response: Response;
  scene: Scene;
}

/** The state and the request in which the operation succeeds. Absent: tests cannot arrange it; the rule `success` says why. */
export function succeeding(context: PlanContext, operation: Operation, principal?: string): Succeeding | undefined {
  const response = successOf(operation);
  const scene = response && new Scene(context, operation, response).arrange(principal);
  return scene && !scene.problem ? { response, scene } : undefined;
}

interface Draft {
  rule: Rule;
  operation: Operation;
  /** Stable within operation and rule. */
  point: string;
  title: string;
  source: SourceRef;
  scene: Scene;
  expect: Expectation[];
  act?: DraftCase['act'];
  kind?: CaseKind;
  table?: string;
  /** The case is of this refusal: what is arranged is no more than leads to it. */
  refusal?: Response;
}

export function draft({
  rule,
  operation,
  point,
  title,
  source,
  scene,
  expect,
  act,
  kind = rule.kind,
  table,
  refusal,
}: Draft): DraftCase {
  const request = act ?? scene.request();
  return {
    id: `${slug(operation.id)}.${rule.name}.${slug(point)}`,
    operation: operation.id,
    kind,
    layer: kind === 'unauthenticated' || kind === 'forbidden' ? 'auth' : 'integration',
    title,
    source,
    rule: rule.name,
    state: 'active',
    ...(isInferred(operation, scene) ? { certainty: 'inferred' as const } : {}),
    ...(table === undefined ? {} : { table }),
    arrange: refusal ? needed(operation, refusal, scene.steps, { act: request, expect }) : scene.steps,
    act: request,
    expect,
  };
}

/** A condition on the way was not understood: a failure may be our misreading. */
function isInferred(operation: Operation, scene: Scene): boolean {
  const schemas = [operation.requestBody?.schema, ...operation.parameters.map((parameter) => parameter.schema)];
  if (schemas.some((schema) => JSON.stringify(schema ?? {}).includes('"x-unread"'))) return true;
  return scene.response.guards.some(
    (guard) =>
      asksListed(operation, scene, guard.predicate) ||
      guard.predicate.kind === 'opaque' ||
      (guard.predicate.kind === 'falsy' && guard.predicate.of.kind === 'unknown'),
  );
}

/** A condition on a row out of several, or found by conditions that were not all read: nothing says that it is met. */
function asksListed(operation: Operation, scene: Scene, predicate: Predicate): boolean {
  if (predicate.kind !== 'eq' && predicate.kind !== 'in' && predicate.kind !== 'cmp') return false;
  return termsOf(predicate).some((term) => {
    const lookup = term.kind === 'row' ? lookupOf(operation, term.lookup) : undefined;
    return !!lookup && (lookup.many || lookup.other.length > 0) && !scene.rows.has(lookup.id);
  });
}

/** Status and body of a response. */
export function answerExpectations(scene: Scene, response: Response): Expectation[] {
  const body: Expectation[] = response.body
    ? [{ kind: 'body', matches: matcher(scene, response.body) }]
    : response.status === 204
      ? [{ kind: 'no-body' }]
      : [];
  return [{ kind: 'status', equals: response.status }, ...headers(scene, response), ...body];
}

/** A refusal leaves everything as it was; worth saying where the operation could have changed something that tests see. */
export function unchanged(operation: Operation, context: PlanContext): Expectation[] {
  const isSeen = operation.effects.some(({ kind, target }) =>
    kind.startsWith('db') ? context.readable(target) : kind !== 'session',
  );
  return isSeen ? [{ kind: 'unchanged' }] : [];
}

/** Headers that the code sets to something known: a location, a cache rule. Cookies are the session's business. */
function headers(scene: Scene, response: Response): Expectation[] {
  return Object.entries(response.headers ?? {}).flatMap(([name, term]): Expectation[] => {
    const found = name === 'set-cookie' || name === 'content-type' ? undefined : matcher(scene, term);
    return found?.kind === 'equals' ? [{ kind: 'header', name, matches: found }] : [];
  });
}
