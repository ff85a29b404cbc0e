import type { Effect, Expectation, Expr, Lookup, Matcher, Operation, RequestPlan, Term } from '../model/index.js';
import { isInsert, lookupOf, successOf, writtenFields } from './context.js';
import { exprOf, rowBefore } from './matchers.js';
import type { Scene } from './scene.js';
import { shownColumns } from './shown.js';
import { bare, isOfCaller } from './terms.js';
import { verbOf } from './names.js';

type Read = Extract<Expectation, { kind: 'read' }>;

/** A store that tests cannot reach is seen through the API: what was made can be read, found in a list, or signed in with. */
export function readBacks(
  scene: Scene,
  effects: Effect[],
  fields: (effect: Effect) => Record<string, Matcher>,
): Expectation[] {
  return effects.flatMap((effect): Expectation[] => {
    if (!effect.kind.startsWith('db') || scene.context.readable(effect.target)) return [];
    const read =
      byKey(scene, effect, fields(effect)) ?? inList(scene, effect, fields(effect)) ?? bySignIn(scene, effect);
    return read ? [read] : [];
  });
}

function byKey(scene: Scene, effect: Effect, fields: Record<string, Matcher>): Read | undefined {
  const reader = scene.context.model.operations.find((operation) => readsOne(operation, effect.target));
  const [, parameter = ''] = /\{(\w+)\}/.exec(reader?.path ?? '') ?? [];
  const column = Object.entries((reader && ownLookup(reader, effect.target))?.by ?? {}).find(
    ([, term]) => bare(term).kind === 'input',
  )?.[0];
  if (!reader || column === undefined) return undefined;
  const id = effect.verb === 'insert' ? shownAs(scene, effect, column) : scene.path[parameter];
  const missing = reader.responses.find((response) => response.when === 'not-found');
  const status = effect.verb === 'delete' ? missing?.status : successOf(reader)?.status;
  if (!id || status === undefined) return undefined;
  const isWhole = successOf(reader)?.body?.kind === 'row';
  if (effect.verb === 'update' && (!isWhole || !Object.keys(fields).length)) return undefined;
  return {
    kind: 'read',
    request: { method: 'GET', template: reader.path, path: { [parameter]: id }, as: callerOf(scene, reader) },
    status,
    ...(isWhole && effect.verb === 'insert'
      ? { body: { kind: 'equals', value: { kind: 'ref', name: 'response', at: [] } } as const }
      : {}),
    ...(effect.verb === 'update' ? { body: { kind: 'object', exact: false, fields } as const } : {}),
  };
}

const callerOf = (scene: Scene, reader: Operation): RequestPlan['as'] =>
  scene.principal && reader.security.length ? { kind: 'principal', bind: scene.principal } : { kind: 'anonymous' };

const readsOne = (operation: Operation, entity: string): boolean =>
  operation.method === 'GET' &&
  operation.path.split('{').length === 2 &&
  !!ownLookup(operation, entity) &&
  !!successOf(operation);

/** The only row that an operation looks up besides its caller's. */
function ownLookup(operation: Operation, entity: string): Lookup | undefined {
  const [lookup, ...others] = operation.lookups.filter((one) => !isOfCaller(one));
  return !others.length && lookup?.entity === entity && !lookup.many ? lookup : undefined;
}

/** Where the answer shows a column of what was written. */
function shownAs(scene: Scene, effect: Effect, column: string): Expr | undefined {
  const shown = shownColumns(scene.response.body, effect.id, writtenFields(scene.operation, effect));
  const at = shown === '*' ? [column] : shown.get(column);
  return at && { kind: 'ref', name: 'response', at };
}

/** A list of rows with some value that this row has: `GET /orders?customer=…`. */
function inList(scene: Scene, effect: Effect, fields: Record<string, Matcher>): Read | undefined {
  if (effect.verb === 'delete' || !Object.keys(fields).length) return undefined;
  for (const operation of scene.context.model.operations) {
    const response = operation.method === 'GET' ? successOf(operation) : undefined;
    const at = response && placeOf(response.body, operation, effect.target, []);
    const request = at && listRequest(scene, operation, effect);
    if (!response || !at || !request) continue;
    const list: Matcher = { kind: 'contains', items: [{ kind: 'object', exact: false, fields }] };
    const body = at.reduceRight<Matcher>(
      (inner, name) => ({ kind: 'object', exact: false, fields: { [name]: inner } }),
      list,
    );
    return { kind: 'read', request, status: response.status, body };
  }
  return undefined;
}

function placeOf(body: Term | undefined, operation: Operation, entity: string, at: string[]): string[] | undefined {
  if (body?.kind === 'rows')
    return lookupOf(operation, body.lookup)?.entity === entity && (!body.each || body.each.kind === 'row')
      ? at
      : undefined;
  if (body?.kind !== 'object') return undefined;
  for (const [name, field] of Object.entries(body.fields)) {
    const found = placeOf(field, operation, entity, [...at, name]);
    if (found) return found;
  }
  return undefined;
}

/** The request for the list that the row is in, if each of its conditions is known to hold for the row. */
function listRequest(scene: Scene, operation: Operation, effect: Effect): RequestPlan | undefined {
  const lookup = operation.lookups.find((one) => one.many && one.entity === effect.target);
  if (!lookup || lookup.other.length) return undefined;
  const request: RequestPlan = { method: 'GET', template: operation.path, as: callerOf(scene, operation) };
  for (const [column, term] of Object.entries(lookup.by)) {
    const inner = bare(term);
    const value = valueOfColumn(scene, effect, column);
    if (inner.kind !== 'input' || inner.at.length !== 1 || !value) return undefined;
    const [name = ''] = inner.at;
    if (inner.part === 'query') request.query = { ...request.query, [name]: value };
    else if (inner.part === 'path') request.path = { ...request.path, [name]: value };
    else return undefined;
  }
  const needed = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return needed.every((name) => request.path?.[name]) ? request : undefined;
}

function valueOfColumn(scene: Scene, effect: Effect, column: string): Expr | undefined {
  const written = writtenFields(scene.operation, effect)[column];
  if (written) return exprOf(scene, written);
  return effect.verb === 'update' ? rowBefore(scene, effect)?.expr(column) : undefined;
}

/** Somebody who was registered can sign in with what was sent. */
function bySignIn(scene: Scene, effect: Effect): Read | undefined {
  if (!isInsert(effect, effect.target)) return undefined;
  for (const operation of scene.context.model.operations) {
    const response = successOf(operation);
    const secret = response?.guards.find(({ predicate, holds }) => predicate.kind === 'secret' && holds)?.predicate;
    if (operation.id === scene.operation.id || secret?.kind !== 'secret' || secret.stored.kind !== 'row') continue;
    const lookup = lookupOf(operation, secret.stored.lookup);
    if (lookup?.entity !== effect.target || operation.security.length || !response) continue;
    const overrides = credentials(scene, operation, effect, Object.entries(lookup.by), secret);
    if (!overrides) continue;
    const factory = scene.context.factory(operation, false).name;
    return {
      kind: 'read',
      request: {
        method: verbOf(operation),
        template: operation.path,
        body: { kind: 'sample', factory, overrides },
        as: { kind: 'anonymous' },
      },
      status: response.status,
    };
  }
  return undefined;
}

function credentials(
  scene: Scene,
  operation: Operation,
  effect: Effect,
  by: [string, Term][],
  secret: { input: Term; stored: Term },
): Record<string, Expr> | undefined {
  const fields: Record<string, Expr> = {};
  for (const [column, term] of by) {
    const inner = bare(term);
    const value = valueOfColumn(scene, effect, column);
    if (inner.kind !== 'input' || inner.part !== 'body' || inner.at.length !== 1 || !value) return undefined;
    fields[inner.at[0] ?? ''] = value;
  }
  const column = secret.stored.kind === 'row' ? secret.stored.at[0] : undefined;
  const hash = column === undefined ? undefined : writtenFields(scene.operation, effect)[column];
  const plain = hash?.kind === 'generated' ? hash.args[0] : hash;
  const password = plain && exprOf(scene, plain);
  const input = bare(secret.input);
  if (!password || input.kind !== 'input' || !operation.requestBody) return undefined;
  fields[input.at[0] ?? ''] = password;
  return fields;
}
