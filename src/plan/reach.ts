import type { Expr, Guard, Json, Lookup, Response, Term } from '../model/index.js';
import { effectOf, literal, lookupOf, successOf } from './context.js';
import { exprOf, valueOf } from './matchers.js';
import { absentValue, removeCaller } from './gone.js';
import { otherPrincipal } from './principals.js';
import type { Scene } from './scene.js';
import { bare } from './terms.js';
import { answerFor, outboundPath } from './upstream.js';
import { setColumn } from './set-column.js';

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

export function setInput(scene: Scene, term: Extract<Term, { kind: 'input' }>, value: Expr): string | undefined {
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
export function reachComparison(scene: Scene, guard: Guard): string | undefined {
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
