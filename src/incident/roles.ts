import type { SecurityScheme } from '../model/index.js';
import type { Sent } from './sent.js';

/** The roles or scopes that a request's own token says its caller has. Its signature is not looked at: it proves nothing here. */
export function carriedRoles({ headers }: Pick<Sent, 'headers'>, schemes: SecurityScheme[]): string[] {
  const claims = Object.values(headers).map(claimsOf);
  return schemes.flatMap((scheme) => {
    const at = scheme.role?.at.filter((name) => name !== '[]') ?? [];
    return at.length ? claims.flatMap((one) => textsAt(one, at)) : [];
  });
}

/** Claims of a JWT that stands anywhere in a header's value. */
function claimsOf(value: string): unknown {
  const [, payload = ''] = /\b[\w-]+\.([\w-]+)\.[\w-]*/.exec(value) ?? [];
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function textsAt(claims: unknown, at: string[]): string[] {
  const found = at.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    claims,
  );
  return [found].flat().filter((one) => typeof one === 'string');
}
