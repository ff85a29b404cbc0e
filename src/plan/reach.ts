import type { Expr, Guard, Json, JsonSchema, Lookup, Operation, Response, Term } from '../model/index.js';
import { effectOf, inputSample, literal, lookupOf, schemaAt, successOf, writtenFields } from './context.js';
import { exprOf, valueOf } from './matchers.js';
import { absentValue, removeCaller } from './gone.js';
import { otherPrincipal } from './principals.js';
import type { Row, Scene } from './scene.js';
import { bare } from './terms.js';
import { variant } from './sample.js';
import { answerFor, outboundPath } from './upstream.js';
import { verbOf } from './names.js';

/**
 * Changes the scene of a success so that the deciding guard of `response` goes the other way. Gives what stands in the way,
 * or undefined when it is done.
 */
export function reach(scene: Scene, response: Response): string | undefined {
  const guard = response.decidedBy === undefined ? undefined : response.guards[response.decidedBy];
  if (!guard) return 'nothing that a test can set decides it';
  const { predicate } = guard;
  switch (predicate.kind) {
    case 'nil':
    case 'falsy':
      return reachPresence(scene, guard, predicate.of);
    case 'eq':
    case 'in':
      return reachEquality(scene, guard);
    case 'cmp':
      return reachComparison(scene, guard);
    case 'secret':
      return wrongSecret(scene, predicate.input, guard.holds);
    case 'throws':
      return reachFailure(scene, predicate.effect);
    case 'verified':
      return predicate.scheme.startsWith('token:') && !guard.holds
        ? setInput(scene, tokenTerm(predicate.scheme), literal('not.a.token'))
        : 'it is covered by the credential cases';
    default:
      return 'its condition could not be read';
  }
}

/** `token:query.token`: where the token stands that the scheme checks. */
export const tokenTerm = (scheme: string): Extract<Term, { kind: 'input' }> => ({
  kind: 'input',
  part: scheme.startsWith('token:query.') ? 'query' : 'body',
  at: [scheme.split('.').at(-1) ?? ''],
});

function setInput(scene: Scene, term: Extract<Term, { kind: 'input' }>, value: Expr): string | undefined {
  const [name] = term.at;
  if (name === undefined) return 'it is not one field of the request';
  if (term.part === 'path') scene.path[name] = value;
  else if (term.part === 'body') scene.setField(term.at, value);
  else if (term.part === 'query') scene.query[name] = value;
  else return 'it depends on a header';
  return undefined;
}

function reachPresence(scene: Scene, guard: Guard, of: Term): string | undefined {
  if (of.kind === 'row' && !of.at.length)
    return guard.holds ? makeAbsent(scene, of.lookup) : presentBy(scene, of.lookup);
  const inner = bare(of);
  if (inner.kind === 'row') return setColumn(scene, inner, guard.holds ? [null, false, 0, ''] : [true, 1, 'set']);
  if (inner.kind === 'upstream') return setAnswer(scene, inner, guard.holds ? null : 'set');
  return 'its condition could not be set';
}

/** The row exists in the scene of this very response: arranged already if it was asked for. */
const presentBy = (scene: Scene, lookup: string): string | undefined =>
  scene.rows.has(lookup) ? undefined : 'the row that it needs could not be made';

/** The request names a row that is not there. */
function makeAbsent(scene: Scene, lookupId: string): string | undefined {
  const lookup = lookupOf(scene.operation, lookupId);
  if (!lookup) return 'the lookup is not known';
  if (takeBack(scene, lookup)) return undefined;
  for (const [column, term] of Object.entries(lookup.by)) {
    const inner = bare(term);
    if (inner.kind !== 'input') continue;
    const schema = scene.inputSchema(inner);
    const type = scene.context.entity(lookup.entity)?.columns[column]?.schema;
    const value = absentValue(type, schema, inner.at.join(''));
    return setInput(scene, inner, literal(value));
  }
  return removeCaller(scene, lookup);
}

/** Where what names the row names another one too, which must stay, the row itself is not put there. */
function takeBack(scene: Scene, lookup: Lookup): boolean {
  const own = new Set(Object.values(lookup.by).map((term) => JSON.stringify(bare(term))));
  const isShared = scene.operation.lookups.some(
    (other) =>
      other.id !== lookup.id &&
      other.entity !== lookup.entity &&
      scene.rows.has(other.id) &&
      Object.values(other.by).some((term) => bare(term).kind === 'input' && own.has(JSON.stringify(bare(term)))),
  );
  const index = scene.steps.findLastIndex((step) => step.kind === 'insert' && step.entity === lookup.entity);
  const step = scene.steps[index];
  if (!isShared || step?.kind !== 'insert') return false;
  const rest = JSON.stringify([scene.steps.filter((one) => one !== step), scene.path, scene.query, scene.body]);
  if (step.bind !== undefined && rest.includes(`"name":${JSON.stringify(step.bind)}`)) return false;
  scene.steps.splice(index, 1);
  return true;
}

function reachEquality(scene: Scene, guard: Guard): string | undefined {
  const { predicate, holds } = guard;
  if (predicate.kind !== 'eq' && predicate.kind !== 'in') return undefined;
  const [left, right] =
    predicate.kind === 'eq' ? [bare(predicate.left), bare(predicate.right)] : [bare(predicate.of), predicate.set];
  if (
    !holds &&
    [left, right].some((term) => term.kind === 'principal' || term.kind === 'session') &&
    [left, right].some((term) => term.kind === 'row')
  )
    return callAsOther(scene);
  if (left.kind === 'principal' && left.scheme.startsWith('token:') && right.kind === 'const' && !holds)
    return presentOtherToken(scene, left, right.value);
  const constants: Json[] =
    right.kind === 'const'
      ? [right.value]
      : right.kind === 'array'
        ? right.items.flatMap((item) => (item.kind === 'const' ? [item.value] : []))
        : [];
  if (!constants.length) return reachValue(scene, left, right, holds);
  if (left.kind === 'row') return setColumn(scene, left, holds ? constants : undefined, constants);
  if (left.kind === 'upstream')
    return setAnswer(scene, left, holds ? (constants[0] ?? null) : typeof constants[0] === 'string' ? 'refused' : null);
  if (left.kind === 'input')
    return setInput(
      scene,
      left,
      literal(holds ? (constants[0] ?? null) : typeof constants[0] === 'number' ? 999_999 : 'something-else'),
    );
  return 'its condition could not be set';
}

/** Two values of the request and the state that must (not) be equal. */
function reachValue(scene: Scene, left: Term, right: Term, holds: boolean): string | undefined {
  const [subject, other] = left.kind === 'input' ? [left, right] : [right, left];
  if (subject.kind !== 'input') return 'its condition could not be set';
  // A row's own value (a code, a version) is not the sample's: the sample differs by itself.
  if (!holds && other.kind === 'row' && exprOf(scene, other)?.kind === 'ref') return undefined;
  if (!holds) return 'its condition could not be set';
  const expr = exprOf(scene, other);
  return expr ? setInput(scene, subject, expr) : 'its condition could not be set';
}

/** Where the operation wants one kind of token in its body, another kind that the same sign-in answers with. */
function presentOtherToken(
  scene: Scene,
  claim: Extract<Term, { kind: 'principal' }>,
  wanted: Json,
): string | undefined {
  const term = tokenTerm(claim.scheme);
  const current = scene.body[term.at[0] ?? ''];
  const own = current?.kind === 'ref' ? current.at.at(-1) : undefined;
  for (const operation of scene.context.model.operations) {
    const body = successOf(operation)?.body;
    if (current?.kind !== 'ref' || own === undefined || body?.kind !== 'object' || !(own in body.fields)) continue;
    for (const [name, field] of Object.entries(body.fields)) {
      const claims = field.kind === 'generated' && field.what === 'token' ? field.args[0] : undefined;
      const value = claims?.kind === 'object' ? claims.fields[claim.at.join('.')] : undefined;
      if (name !== own && value?.kind === 'const' && value.value !== wanted)
        return setInput(scene, term, { ...current, at: [...current.at.slice(0, -1), name] });
    }
  }
  return 'no sign-in answers with another kind of token';
}

function callAsOther(scene: Scene): string | undefined {
  const other = otherPrincipal(scene.context, scene.operation);
  if (!other) return 'no other caller can be made';
  scene.signIn(other);
  scene.principal = other;
  return undefined;
}

/** Gives a row's column one of these values (or any other than `not`): by an operation that does so, else in the store. */
export function setColumn(
  scene: Scene,
  term: Extract<Term, { kind: 'row' }>,
  wanted: Json[] | undefined,
  not: Json[] = [],
): string | undefined {
  const row = scene.rows.get(term.lookup);
  return row ? setColumnOf(scene, row, term.at[0] ?? '', wanted, not) : 'the row that it needs could not be made';
}

export function setColumnOf(
  scene: Scene,
  row: Row,
  column: string,
  wanted: Json[] | undefined,
  not: Json[] = [],
): string | undefined {
  const current = row.value(column);
  if (current !== undefined && (wanted ? wanted.includes(current) : !not.includes(current))) return undefined;
  const found = scene.context.model.operations.flatMap((operation) =>
    updaterOf(operation, row.entity, column, (value) => (wanted ? wanted.includes(value) : !not.includes(value))),
  );
  for (const { operation, response, body } of found)
    if (operation.id !== scene.operation.id || !response.decidedBy)
      if (requestOn(scene, operation, response, row, body)) return undefined;
  return alter(scene, row, column, wanted, not);
}

interface Updater {
  operation: Operation;
  response: Response;
  /** Fields of its body that give the column the wanted value. */
  body: Record<string, Expr>;
}

function updaterOf(operation: Operation, entity: string, column: string, fits: (value: Json) => boolean): Updater[] {
  const response = successOf(operation);
  if (!response) return [];
  for (const id of response.effects) {
    const effect = effectOf(operation, id);
    const term =
      effect?.verb === 'update' && effect.target === entity ? writtenFields(operation, effect)[column] : undefined;
    if (term?.kind === 'const' && fits(term.value)) return [{ operation, response, body: {} }];
    if (term?.kind !== 'input' || term.part !== 'body' || term.at.length !== 1) continue;
    const schema = schemaAt(operation.requestBody?.schema, term.at);
    const usual = (inputSample(operation) as Record<string, Json>)[term.at[0] ?? ''];
    const value = [...(schema?.enum ?? []), ...(usual === undefined ? [] : [usual])].find((one) => fits(one as Json));
    if (value !== undefined) return [{ operation, response, body: { [term.at[0] ?? '']: literal(value as Json) } }];
  }
  return [];
}

/** Sends the request of another operation on the same row, as its creator or whoever may. */
function requestOn(
  scene: Scene,
  operation: Operation,
  response: Response,
  row: { expr(column: string): Expr | undefined; entity: string },
  overrides: Record<string, Expr>,
): boolean {
  const [parameter, ...others] = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (parameter === undefined || others.length) return false;
  if (operation.requestBody && !Object.keys(overrides).length) return false;
  const lookup = operation.lookups.find((one) => one.entity === row.entity);
  const column =
    Object.entries(lookup?.by ?? {}).find(([, term]) => bare(term).kind === 'input')?.[0] ??
    scene.context.entity(row.entity)?.key ??
    'id';
  const id = row.expr(column);
  if (!id) return false;
  const roles = operation.security[0]?.roles ?? [];
  const mine = scene.principal ? scene.context.principals.get(scene.principal) : undefined;
  const as =
    operation.security.length === 0
      ? undefined
      : mine && (!roles.length || roles.includes(mine.role ?? ''))
        ? mine.name
        : scene.principalOf(operation);
  if (operation.security.length && (!as || scene.context.unmade.has(as))) return false;
  if (as) scene.signIn(as);
  scene.steps.push({
    kind: 'request',
    status: response.status,
    request: {
      method: verbOf(operation),
      template: operation.path,
      path: { [parameter]: id },
      ...(operation.requestBody
        ? { body: { kind: 'sample' as const, factory: scene.context.factory(operation, false).name, overrides } }
        : {}),
      as: as ? { kind: 'principal', bind: as } : { kind: 'anonymous' },
    },
  });
  return true;
}

export function alter(
  scene: Scene,
  row: { entity: string; expr(column: string): Expr | undefined },
  column: string,
  wanted: Json[] | undefined,
  not: Json[],
): string | undefined {
  const entity = scene.context.entity(row.entity);
  const key = entity?.key ?? 'id';
  const id = row.expr(key);
  if (!scene.context.reachable(row.entity) || !id)
    return `no operation sets ${row.entity}.${column}, and tests cannot reach the store`;
  const schema = entity?.columns[column]?.schema;
  const takesNull = entity?.columns[column]?.nullable !== false;
  const fitting =
    wanted?.find((value) =>
      value === null ? takesNull : schema?.type === undefined || typeof value === jsType(schema.type),
    ) ?? wanted?.[0];
  const value = wanted
    ? fitting
    : typeof not[0] === 'boolean'
      ? !not[0]
      : typeof not[0] === 'number'
        ? not[0] + 1
        : 'other';
  scene.steps.push({ kind: 'alter', entity: row.entity, by: { [key]: id }, set: { [column]: literal(value ?? null) } });
  return undefined;
}

const jsType = (type: unknown): string => (type === 'integer' ? 'number' : String([type].flat()[0]));

/** What another service answers from now on. */
function setAnswer(scene: Scene, term: Extract<Term, { kind: 'upstream' }>, value: Json): string | undefined {
  const effect = effectOf(scene.operation, term.effect);
  const [name = ''] = term.at;
  if (effect?.kind !== 'http') return 'the answer of this dependency cannot be set';
  const path = outboundPath(effect) ?? '*';
  const usual = answerFor(scene.context, scene.operation, effect);
  const isStatus = name === '$status';
  if (isStatus && (typeof value !== 'number' || value < 200))
    return 'no status of the other service was found that leads to it';
  scene.steps.push({
    kind: 'upstream',
    sink: effect.target,
    method: `${effect.request?.method ?? 'GET'} ${path}`,
    ...(isStatus ? { status: Number(value) } : {}),
    answer: literal(isStatus ? usual : { ...usual, [name]: value }),
  });
  return undefined;
}

function reachFailure(scene: Scene, effectId: string | undefined): string | undefined {
  const effect = effectId === undefined ? undefined : effectOf(scene.operation, effectId);
  if (!effect || effect.kind.startsWith('db')) return 'a failing store cannot be staged';
  scene.steps.push({
    kind: 'upstream',
    sink: effect.target,
    ...(effect.kind === 'http'
      ? { method: `${effect.request?.method ?? 'GET'} ${outboundPath(effect) ?? '*'}` }
      : { method: effect.method ?? '' }),
    fails: true,
  });
  return undefined;
}

function wrongSecret(scene: Scene, input: Term, holds: boolean): string | undefined {
  const inner = bare(input);
  if (inner.kind !== 'input' || holds) return 'its condition could not be set';
  return setInput(scene, inner, literal('wrong-horse-7Battery'));
}

/** `stock < quantity`: one side is the request's, the other is known or can be set. */
function reachComparison(scene: Scene, guard: Guard): string | undefined {
  const { predicate, holds } = guard;
  if (predicate.kind !== 'cmp') return undefined;
  const strict = predicate.op === '<';
  const [left, right] = [bare(predicate.left), bare(predicate.right)];
  const clock = [left, right].find((term) => term.kind === 'generated' && term.what === 'clock');
  if (clock) return reachMoment(scene, clock === left ? right : left, clock === left ? holds : !holds);
  const bound = (value: number, up: boolean): number =>
    up ? value + (strict === holds ? 1 : 0) : value - (strict === holds ? 1 : 0);
  const leftValue = valueOf(scene, predicate.left);
  const rightValue = valueOf(scene, predicate.right);
  if (left.kind === 'input' && typeof rightValue === 'number')
    return setInput(scene, left, literal(bound(rightValue, !holds)));
  if (right.kind === 'input' && typeof leftValue === 'number')
    return setInput(scene, right, literal(bound(leftValue, holds)));
  if (left.kind === 'row' && typeof rightValue === 'number') return setColumn(scene, left, [bound(rightValue, !holds)]);
  if (right.kind === 'row' && typeof leftValue === 'number') return setColumn(scene, right, [bound(leftValue, holds)]);
  if (left.kind === 'upstream' && left.at[0] === '$status') return 'upstream-status';
  return 'its comparison could not be solved';
}

/** The request must hold what a row holds (a pickup code, a version), or who the caller is: it says what that was answered with. */
export function settleEquality(scene: Scene, left: Term, right: Term): void {
  const sides = [bare(left), bare(right)];
  const input = sides.find((side) => side.kind === 'input');
  const row = sides.find((side) => (side.kind === 'row' || side.kind === 'principal') && side.at.length > 0);
  const expr = input && row && exprOf(scene, row);
  if (input?.kind === 'input' && (expr?.kind === 'ref' || expr?.kind === 'text')) setInput(scene, input, expr);
  const constant = sides.find((side) => side.kind === 'const');
  if (input?.kind !== 'input' || !input.at.length || constant?.kind !== 'const') return;
  if (scene.inputFixed(input) || scene.inputValue(input) === constant.value) return;
  setInput(scene, input, literal(constant.value));
}

/** A constant that a field of the request must not be, and that its sample is: the field takes a neighbour that the schema allows. */
export function avoidConstant(scene: Scene, left: Term, right: Term): void {
  const sides = [bare(left), bare(right)];
  const input = sides.find((side) => side.kind === 'input');
  const constant = sides.find((side) => side.kind === 'const');
  if (input?.kind !== 'input' || constant?.kind !== 'const' || scene.inputValue(input) !== constant.value) return;
  const schema = scene.inputSchema(input);
  const { value } = constant;
  const candidates: Json[] =
    typeof value === 'boolean'
      ? [!value]
      : typeof value === 'number'
        ? [value + 1, value - 1]
        : [...((schema?.enum ?? []) as Json[]), ...(schema?.enum || !schema ? [] : [variant(schema, value, 1)])];
  const other = candidates.find((one) => one !== value && isWithin(schema, one));
  if (other !== undefined) setInput(scene, input, literal(other));
}

const isWithin = (schema: JsonSchema | undefined, value: Json): boolean =>
  typeof value !== 'number' ||
  (value >= (schema?.minimum ?? value) &&
    value <= (schema?.maximum ?? value) &&
    value > (schema?.exclusiveMinimum ?? -Infinity) &&
    value < (schema?.exclusiveMaximum ?? Infinity));

/** A comparison between a stored row and the request (`stock < quantity`) that the samples do not meet: the request gives way. */
export function settleComparison(scene: Scene, guard: Guard): void {
  const { predicate, holds } = guard;
  if (predicate.kind !== 'cmp') return;
  const sides = [bare(predicate.left), bare(predicate.right)];
  if (!sides.some((side) => side.kind === 'row') || !sides.some((side) => side.kind === 'input')) return;
  const left = valueOf(scene, predicate.left);
  const right = valueOf(scene, predicate.right);
  if (typeof left !== 'number' || typeof right !== 'number') return;
  const isMet = (predicate.op === '<' ? left < right : left <= right) === holds;
  if (!isMet) reachComparison(scene, guard);
}

/** A date of the request before or after now. */
function reachMoment(scene: Scene, term: Term, future: boolean): string | undefined {
  const inner = bare(term.kind === 'op' && term.op === 'time' && term.args[0] ? term.args[0] : term);
  const offsetSeconds = future ? 86_400 * 30 : -86_400 * 30;
  if (inner.kind === 'input') {
    const isDate = scene.inputSchema(inner)?.format === 'date';
    return setInput(scene, inner, { kind: 'moment', offsetSeconds, as: isDate ? 'date' : 'date-time' });
  }
  return 'a stored moment cannot be set';
}
