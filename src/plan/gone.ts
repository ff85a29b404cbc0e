import type { Guard, Json, JsonSchema, Lookup, Operation, Response, Term } from '../model/index.js';
import { lookupOf, type PlanContext } from './context.js';
import { bare } from './scene.js';
import { termsOf } from './terms.js';

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
    if (response.guards.slice(0, response.decidedBy).some((guard) => dependsOnCaller(operation, guard, lookup))) continue;
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

function isByCaller(lookup: Lookup, scheme: string): boolean {
  const terms = Object.values(lookup.by).map(bare);
  return (
    terms.length > 0 &&
    terms.every((term) => (term.kind === 'principal' ? term.scheme === scheme : term.kind === 'session'))
  );
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
