import type { Json, JsonSchema, SecurityScheme, Term } from '../../model/index.js';
import type { Catalog, SchemeEntry } from '../catalog.js';
import type { Decision, Path } from '../interpreter/path.js';
import { sourceRef } from '../core/language.js';
import { symbolsIn, term } from '../terms.js';
import type { Builder } from './build.js';
import type { Explored } from './explore.js';
import { signatures } from './signatures.js';
import { keyOf, type Origin, type Value } from '../interpreter/values.js';

const roleName = /^(role|roles|permission|permissions|type|is_?admin|isAdmin|scope|scopes)$/i;

/** Schemes with what operations ask of their callers: claims read, roles known, claims required. */
export function schemesOf(catalog: Catalog, builder: Builder, explored: Explored[]): SecurityScheme[] {
  const decisions = new Set(explored.flatMap((one) => one.answers.map(({ path }) => path.decisions)).flat());
  signatures(catalog, decisions);
  apiKeys(catalog, decisions);
  for (const one of explored) unknownCredentials(catalog, one.answers);
  return [...catalog.schemes.values()].map((entry) => scheme(entry, catalog, builder, explored, decisions));
}

function scheme(
  entry: SchemeEntry,
  catalog: Catalog,
  builder: Builder,
  explored: Explored[],
  decisions: Set<Decision>,
): SecurityScheme {
  const { keyValue, acceptedValue, jwt, ...rest } = entry;
  const required = jwt ? requiredClaims(entry.id, explored) : {};
  const role = roleOf(entry, decisions, required);
  return {
    ...rest,
    claims: { ...claimsOf(entry.id, explored), ...entry.claims },
    otherTokens: otherTokens(catalog, entry, builder, required),
    ...(jwt && keyValue ? { jwt: { ...jwt, key: builder.build(keyValue), required } } : {}),
    ...(acceptedValue ? { accepted: builder.build(acceptedValue) } : {}),
    ...(role ? { role } : {}),
    ...(userOf(entry.id, explored) ?? {}),
  };
}

/** A request header held against a constant or an environment variable, with a refusal as 401 or 403: an API key. */
function apiKeys(catalog: Catalog, decisions: Set<Decision>): void {
  for (const decision of decisions) {
    const { question } = decision;
    const pair: [Value, Value] | undefined =
      question.kind === 'eq'
        ? [question.left, question.right]
        : question.kind === 'secret'
          ? [question.input, question.stored]
          : question.kind === 'in'
            ? [question.of, question.set]
            : undefined;
    if (!pair) continue;
    const [subject, accepted] = headerFirst(pair);
    if (
      subject.type !== 'symbolic' ||
      subject.origin.kind !== 'input' ||
      subject.origin.part !== 'header' ||
      !subject.origin.at[0]
    )
      continue;
    const name = subject.origin.at[0];
    const fromEnvironment = accepted.type === 'symbolic' && accepted.origin.kind === 'environment';
    if (!fromEnvironment && !/key|token|secret|auth/i.test(name)) continue;
    if (accepted.type === 'symbolic' && !fromEnvironment) continue;
    const id = `api-key:${name}`;
    if (!catalog.schemes.has(id))
      catalog.schemes.set(id, {
        id,
        type: 'api-key',
        in: 'header',
        name,
        claims: {},
        source: sourceRef(decision.span),
        acceptedValue: accepted,
      });
  }
}

const credentialName = /key|token|secret|auth|signature|session|sid/i;

/**
 * A header or cookie without which the answer is 401 or 403: a credential, also where what makes it valid could not be read
 * (a key that is a stored row, a check by another service).
 */
function unknownCredentials(catalog: Catalog, answers: Explored['answers']): void {
  const known = (part: string, name: string): boolean =>
    [...catalog.schemes.values()].some(
      (scheme) => scheme.in === part && scheme.name.toLowerCase() === name.toLowerCase(),
    );
  const refusals = answers.filter(({ answer }) => answer.status === 401 || answer.status === 403);
  for (const { path, decision } of refusals.flatMap(({ path }) =>
    path.decisions.map((decision) => ({ path, decision })),
  )) {
    const { question } = decision;
    if (question.kind !== 'nil' && question.kind !== 'falsy') continue;
    const origin = given(question.of, path);
    if (!origin) continue;
    const { part, at } = origin;
    const [name] = at;
    if ((part !== 'header' && part !== 'cookie' && part !== 'query') || !name || !credentialName.test(name)) continue;
    if (!decision.holds || known(part, name)) continue;
    catalog.schemes.set(`${part}:${name}`, {
      id: `${part}:${name}`,
      type: name === 'authorization' ? 'bearer' : 'api-key',
      in: part,
      name,
      claims: {},
      source: sourceRef(decision.span),
    });
  }
}

/** The input that is absent: itself, or the key by which an absent row was looked up. */
function given(value: Value, path: Path): Extract<Origin, { kind: 'input' }> | undefined {
  if (value.type !== 'symbolic') return undefined;
  const { origin } = value;
  if (origin.kind === 'input') return origin;
  if (origin.kind !== 'row' || origin.at.length) return undefined;
  const lookup = path.lookups.find((one) => one.id === origin.lookup);
  const inputs = [...(lookup?.by.values() ?? [])].flatMap((by) =>
    symbolsIn(by).flatMap((symbol) => (symbol.origin.kind === 'input' ? [symbol.origin] : [])),
  );
  return inputs.length === 1 && inputs[0]?.part === 'header' ? inputs[0] : undefined;
}

const headerFirst = ([left, right]: [Value, Value]): [Value, Value] =>
  left.type === 'symbolic' && left.origin.kind === 'input' ? [left, right] : [right, left];

const principalTerms = (id: string, value: Value): string[][] =>
  symbolsIn(value).flatMap((symbol) =>
    symbol.origin.kind === 'principal' && symbol.origin.scheme === id && symbol.origin.at.length
      ? [symbol.origin.at]
      : [],
  );

/** Claims that must have one value for any caller to get in: `payload.type === 'access'`. */
function requiredClaims(id: string, explored: Explored[]): Record<string, Json> {
  const required: Record<string, Json> = {};
  const seen = new Map<string, { value: Json; refused: boolean; passed: boolean }>();
  for (const one of explored) {
    for (const { answer, path } of one.answers) {
      path.decisions.forEach(({ question, holds }, index) => {
        if (
          question.kind !== 'eq' ||
          question.left.type !== 'symbolic' ||
          question.left.origin.kind !== 'principal' ||
          question.left.origin.scheme !== id ||
          question.right.type !== 'primitive'
        )
          return;
        const key = question.left.origin.at.join('.');
        const entry = seen.get(key) ?? { value: question.right.value as Json, refused: false, passed: false };
        if (!holds && answer.status === 401 && answer.decisions - 1 === index) entry.refused = true;
        if (!holds && answer.status < 400) entry.passed = true;
        seen.set(key, entry);
      });
    }
  }
  for (const [key, entry] of seen) if (entry.refused && !entry.passed) required[key] = entry.value;
  return required;
}

function claimsOf(id: string, explored: Explored[]): Record<string, JsonSchema> {
  const claims: Record<string, JsonSchema> = {};
  const seen = new Set<string>();
  const asked = new Set<Decision>();
  for (const one of explored) {
    for (const { path, answer } of one.answers) {
      const values = [
        ...path.lookups.flatMap((lookup) => [...lookup.by.values()]),
        ...path.effects.flatMap((effect) => [...(effect.values?.values() ?? []), ...(effect.args ?? [])]),
        ...path.decisions.flatMap((decision) => {
          if (asked.has(decision)) return [];
          asked.add(decision);
          const { question } = decision;
          return 'left' in question
            ? [question.left, question.right]
            : 'of' in question && !Array.isArray(question.of)
              ? [question.of]
              : [];
        }),
        ...(answer.body ? [answer.body] : []),
      ];
      for (const value of values) {
        const key = keyOf(value);
        if (seen.has(key)) continue;
        seen.add(key);
        for (const at of principalTerms(id, value)) claims[at.join('.')] ??= {};
      }
    }
  }
  return claims;
}

function roleOf(entry: SchemeEntry, decisions: Set<Decision>, required: Record<string, Json>): SecurityScheme['role'] {
  const roles = new Map<string, Set<string>>();
  for (const { question } of decisions) {
    const subject = question.kind === 'eq' ? question.left : question.kind === 'in' ? question.of : undefined;
    if (subject?.type !== 'symbolic') continue;
    const at = roleAt(entry, subject);
    if (!at || at in required) continue;
    const values = roles.get(at) ?? new Set<string>();
    const other =
      question.kind === 'eq'
        ? [question.right]
        : question.kind === 'in' && question.set.type === 'array'
          ? question.set.items
          : [];
    for (const value of other)
      if (value.type === 'primitive' && typeof value.value === 'string') values.add(value.value);
    if (values.size) roles.set(at, values);
  }
  const [best] = [...roles].sort((left, right) => right[1].size - left[1].size);
  return best ? { at: best[0].split('.'), values: [...best[1]].sort() } : undefined;
}

function roleAt(entry: SchemeEntry, subject: Extract<Value, { type: 'symbolic' }>): string | undefined {
  const { origin } = subject;
  const own =
    (origin.kind === 'principal' && origin.scheme === entry.id) ||
    (origin.kind === 'session' && entry.type === 'session') ||
    origin.kind === 'row';
  if (!own || !('at' in origin)) return undefined;
  return roleName.test(origin.at.findLast((name) => name !== '[]') ?? '') ? origin.at.join('.') : undefined;
}

/** Tokens that the service signs with other claims or another key than this scheme accepts. */
function otherTokens(
  catalog: Catalog,
  entry: SchemeEntry,
  builder: Builder,
  required: Record<string, Json>,
): SecurityScheme['otherTokens'] {
  if (!entry.keyValue) return [];
  const key = keyOf(entry.keyValue);
  return [...catalog.tokens.values()].flatMap((token) => {
    const claims: Record<string, Json> = {};
    if (token.claims.type === 'object')
      for (const [name, value] of token.claims.fields)
        if (value.type === 'primitive') claims[name] = (value.value ?? null) as Json;
    const differs =
      keyOf(token.key) !== key || Object.entries(required).some(([name, value]) => claims[name] !== value);
    return differs ? [{ name: token.name, key: builder.build(token.key), claims, source: token.source }] : [];
  });
}

/** A guard that looks the caller up: the caller has to exist. */
function userOf(id: string, explored: Explored[]): { user: NonNullable<SecurityScheme['user']> } | undefined {
  for (const one of explored) {
    for (const { answer, path } of one.answers) {
      if (answer.status !== 401 || answer.decisions < 1) continue;
      const question = path.decisions[answer.decisions - 1]?.question;
      if (
        (question?.kind !== 'nil' && question?.kind !== 'falsy') ||
        question.of.type !== 'symbolic' ||
        question.of.origin.kind !== 'row'
      )
        continue;
      const { lookup: lookupId } = question.of.origin;
      const lookup = path.lookups.find((candidate) => candidate.id === lookupId);
      const by = [...(lookup?.by ?? [])];
      const own = by.some(
        ([, value]) =>
          principalTerms(id, value).length > 0 ||
          (id === 'session' && symbolsIn(value).some((symbol) => symbol.origin.kind === 'session')),
      );
      if (lookup && own)
        return {
          user: {
            entity: lookup.entity,
            by: Object.fromEntries(by.map(([name, value]): [string, Term] => [name, term(value)])),
          },
        };
    }
  }
  return undefined;
}
