import type { Guard, Json, JsonSchema, Lookup, Operation, Response, Step, Term } from '../model/index.js';
import { effectOf, lookupOf, type PlanContext, successOf } from './context.js';
import type { Scene } from './scene.js';
import { bare, isOfCaller, termsOf } from './terms.js';

/** A refusal of a credential that verifies, because nobody is behind it any more. */
export interface Gone {
  response: Response;
  lookup: Lookup;
}

/** The refusal that an operation has for a caller whose row is gone. */
export function goneCaller(operation: Operation, scheme: string): Gone | undefined {
  for (const response of operation.responses) {
    if (response.status < 400 || response.status >= 500 || response.decidedBy === undefined) continue;
    const predicate = response.guards[response.decidedBy]?.predicate;
    if (predicate?.kind !== 'nil' || predicate.of.kind !== 'row' || predicate.of.at.length) continue;
    const lookup = lookupOf(operation, predicate.of.lookup);
    if (!lookup || lookup.many || lookup.other.length || !isByCaller(lookup, scheme)) continue;
    if (response.guards.slice(0, response.decidedBy).some((guard) => dependsOnCaller(operation, guard, lookup)))
      continue;
    return { response, lookup };
  }
  return undefined;
}

/** Claims with which a token names a caller who is not there. Undefined: the claim is nested, or more than one decides. */
export function goneClaims(context: PlanContext, { lookup }: Gone): Record<string, Json> | undefined {
  const [[column, term] = [], ...others] = Object.entries(lookup.by);
  const inner = term && bare(term);
  if (column === undefined || others.length || inner?.kind !== 'principal' || inner.at.length !== 1) return undefined;
  const [claim = ''] = inner.at;
  const absent = absentValue(context.entity(lookup.entity)?.columns[column]?.schema, undefined, claim);
  return { [claim]: claim === 'sub' ? String(absent) : absent };
}

/** A value of the field's type that no row has. */
export function absentValue(column: JsonSchema | undefined, input: JsonSchema | undefined, name: string): Json {
  const is = (format: string): boolean => input?.format === format || column?.format === format;
  if (is('uuid')) return '00000000-0000-4000-8000-000000000000';
  if (is('objectid')) return '000000000000000000000000';
  if (input?.format === 'email' || /e-?mail/i.test(name)) return 'nobody@example.com';
  return [input?.type, column?.type].some((type) => type === 'integer' || type === 'number') ? 999_999 : 'unknown';
}

/** Takes the caller's own row out of the store, after sign-in. Gives what stands in the way. */
export function removeCaller(scene: Scene, lookup: Lookup): string | undefined {
  const { context } = scene;
  const row = scene.rows.get(lookup.id) ?? scene.principalRow(lookup);
  const key = context.entity(lookup.entity)?.key ?? 'id';
  const id = row?.expr(key);
  if (!id) return 'it is not the request that names the row';
  if (!context.reachable(lookup.entity)) return `tests cannot reach the store of ${lookup.entity}`;
  const referring = madeBy(scene).find((name) => refersTo(context, name, lookup.entity));
  if (referring !== undefined) return `rows of ${referring} refer to the one that would have to be gone`;
  scene.steps.push({ kind: 'remove', entity: lookup.entity, by: { [key]: id } });
  return undefined;
}

const refersTo = (context: PlanContext, name: string, entity: string): boolean =>
  Object.values(context.entity(name)?.columns ?? {}).some((column) => column.references?.entity === entity);

/** The entities that get rows while the scene is arranged. */
function madeBy({ context, steps }: Scene): string[] {
  const made = (step: Step): string[] => {
    if (step.kind === 'insert') return [step.entity];
    if (step.kind === 'create')
      return insertedBy(context, [...context.factories.values()].find((one) => one.name === step.factory)?.operation);
    if (step.kind === 'request') return insertedBy(context, `${step.request.method} ${step.request.template}`);
    if (step.kind !== 'principal') return [];
    const principal = context.principals.get(step.principal);
    const signIn = principal?.signIn;
    return [
      ...(principal?.arrange ?? []).flatMap(made),
      ...(signIn ? insertedBy(context, `${signIn.method} ${signIn.template}`) : []),
    ];
  };
  return steps.flatMap(made);
}

function insertedBy(context: PlanContext, id: string | undefined): string[] {
  const operation = context.model.operations.find((one) => one.id === id);
  const effects = (operation && successOf(operation)?.effects) ?? [];
  return effects.flatMap((effect) => {
    const found = operation && effectOf(operation, effect);
    return found?.verb === 'insert' ? [found.target] : [];
  });
}

function isByCaller(lookup: Lookup, scheme: string): boolean {
  const terms = Object.values(lookup.by).map(bare);
  return isOfCaller(lookup) && terms.every((term) => term.kind !== 'principal' || term.scheme === scheme);
}

/** An earlier condition on who calls: another caller would be refused there. The credential itself verifies. */
function dependsOnCaller(operation: Operation, { predicate }: Guard, gone: Lookup): boolean {
  if (predicate.kind === 'credential' || predicate.kind === 'verified') return false;
  return termsOf(predicate).some((term) => isCallers(operation, term, gone));
}

function isCallers(operation: Operation, term: Term, gone: Lookup): boolean {
  if (term.kind !== 'row') return isSameClaim(term, gone);
  const lookup = lookupOf(operation, term.lookup);
  return !!lookup && lookup.id !== gone.id && Object.values(lookup.by).some((by) => isSameClaim(bare(by), gone));
}

const isSameClaim = (term: Term, gone: Lookup): boolean =>
  Object.values(gone.by).some((by) => JSON.stringify(bare(by)) === JSON.stringify(term));
