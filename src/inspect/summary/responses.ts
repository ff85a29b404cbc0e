import type { Effect, Guard, Lookup, Response, Term } from '../../model/index.js';
import { sourceRef } from '../core/language.js';
import type { Decision, Path, RecordedEffect, RecordedLookup } from '../interpreter/path.js';
import type { Value } from '../interpreter/values.js';
import { predicate, term } from '../terms.js';
import type { Explored } from './explore.js';
import { markConditional } from './conditional-bounds.js';
import { children, whenOf } from './when.js';

export interface Summary {
  responses: Response[];
  /** Every path to a success, also those that a caller cannot tell apart: by a role, by owning. */
  successes: Response[];
  effects: Effect[];
  lookups: Lookup[];
}

/** The rows of an operation's table: one for each way to be answered that a caller can tell from the others. */
export function responsesOf(explored: Explored, normalize: (guard: Guard) => Guard): Summary {
  const guardOf = guards(normalize);
  const effects = new Map<string, Effect>();
  const lookups = new Map<string, Lookup>();
  const rows = new Map<string, Response>();
  const paths: Response[] = [];
  const told = new Map<string, number>();
  for (const { answer, path } of explored.answers) {
    for (const lookup of path.lookups) if (!lookups.has(lookup.id)) lookups.set(lookup.id, modelLookup(lookup));
    const response = responseOf(answer, path, guardOf);
    const key = rowKey(response);
    const known = rows.get(key);
    if (!known || rank(response) < rank(known)) rows.set(key, response);
    // What an effect writes is told by the plainest success that has it.
    const plainness = response.status < 400 ? rank(response) : Infinity;
    for (const effect of path.effects) {
      if (plainness >= (told.get(effect.id) ?? Infinity) && effects.has(effect.id)) continue;
      effects.set(effect.id, modelEffect(effect));
      told.set(effect.id, plainness);
    }
    if (response.status < 400) paths.push(response);
  }
  const responses = markConditional([...rows.values()].sort(byValue));
  return { responses, successes: paths, effects: [...effects.values()], lookups: [...lookups.values()] };
}

/** Paths that forked share the decisions before: each becomes a guard once. */
function guards(normalize: (guard: Guard) => Guard): (decision: Decision) => Guard {
  const made = new Map<Decision, Guard>();
  return (decision) => {
    let guard = made.get(decision);
    if (!guard) {
      const { question, holds, span } = decision;
      guard = normalize({ predicate: predicate(question), holds, source: sourceRef(span) });
      made.set(decision, guard);
    }
    return guard;
  };
}

function responseOf(
  answer: Explored['answers'][number]['answer'],
  path: Path,
  guardOf: (decision: Decision) => Guard,
): Response {
  const guards = path.decisions.map(guardOf);
  const decided = answer.status >= 400 && answer.decisions > 0 ? answer.decisions - 1 : undefined;
  const headers = [...answer.headers];
  return {
    status: answer.status,
    when: whenOf(answer.status, decided === undefined ? undefined : guards[decided]),
    source: sourceRef(answer.span),
    guards,
    ...(decided === undefined ? {} : { decidedBy: decided }),
    ...(answer.body ? { body: term(answer.body) } : {}),
    ...(answer.schema ? { schema: answer.schema } : {}),
    ...(headers.length ? { headers: Object.fromEntries(headers.map(([name, value]) => [name, term(value)])) } : {}),
    effects: [...new Set(path.effects.map((effect) => effect.id))],
  };
}

/** The plainest of the ways that look the same from outside: no special role, all fields of the body sent, few conditions. */
const rank = (response: Response): number =>
  response.guards.length +
  10 * response.guards.filter((guard) => guard.holds && isLeftOut(guard)).length +
  100 * response.guards.filter((guard) => guard.holds && asksRole(guard)).length;

/** A field of the body that the caller did not send. */
const isLeftOut = ({ predicate }: Guard): boolean =>
  (predicate.kind === 'nil' || predicate.kind === 'falsy') &&
  predicate.of.kind === 'input' &&
  predicate.of.part === 'body' &&
  predicate.of.at.length > 0;

const asksRole = ({ predicate }: Guard): boolean =>
  predicate.kind === 'eq' &&
  predicate.right.kind === 'const' &&
  (predicate.left.kind === 'principal' || predicate.left.kind === 'session' || predicate.left.kind === 'row') &&
  /role|admin|permission|scope/i.test(predicate.left.at.at(-1) ?? '');

/** Refusals are told apart by what decides them, successes by where they are answered and what they do. */
function rowKey(response: Response): string {
  const { status, source } = response;
  if (status < 400) return `${status} ${source.start} ${response.effects.join()} ${listsOf(response.body).join()}`;
  const guard = response.decidedBy === undefined ? undefined : response.guards[response.decidedBy];
  return `${status} ${guard ? `${JSON.stringify(guard.predicate)} ${guard.holds}` : source.start}`;
}

/** Lists of different rows are different answers: all for one role, one's own for another. */
const listsOf = (term: Term | undefined): string[] =>
  !term ? [] : term.kind === 'rows' ? [term.lookup] : children(term).flatMap(listsOf);

const order = [
  'success',
  'unauthenticated',
  'forbidden',
  'invalid-input',
  'not-found',
  'conflict',
  'rule',
  'upstream-failure',
];
const byValue = (left: Response, right: Response): number =>
  order.indexOf(left.when) - order.indexOf(right.when) ||
  left.status - right.status ||
  left.guards.length - right.guards.length;

const terms = (values: Map<string, Value> | undefined): Record<string, Term> | undefined =>
  values &&
  Object.fromEntries(
    [...values]
      .filter(([, value]) => !(value.type === 'primitive' && value.value === undefined))
      .map(([name, value]) => [name, term(value)]),
  );

function modelEffect(effect: RecordedEffect): Effect {
  const { values, by, args, request, ...rest } = effect;
  const valueTerms = terms(values);
  const byTerms = terms(by);
  return {
    ...rest,
    ...(valueTerms ? { values: valueTerms } : {}),
    ...(byTerms ? { by: byTerms } : {}),
    ...(args ? { args: args.map((arg) => term(arg)) } : {}),
    ...(request ? { request: requestTerms(request) } : {}),
  };
}

function requestTerms(request: NonNullable<RecordedEffect['request']>): NonNullable<Effect['request']> {
  const headers = request.headers ? term(request.headers) : undefined;
  return {
    method: request.method,
    url: term(request.url),
    ...(headers?.kind === 'object' ? { headers: headers.fields } : {}),
    ...(request.body ? { body: term(request.body) } : {}),
  };
}

const modelLookup = (lookup: RecordedLookup): Lookup => ({ ...lookup, by: terms(lookup.by) ?? {} });
