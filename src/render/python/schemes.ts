import type { BuildExpr, HarnessPlan, SecurityScheme, Triage } from '../../model/index.js';
import { Imports } from './imports.js';
import { escaped, literal, text } from './literals.js';

export interface JwtView {
  key: string;
  algorithm: string;
  /** What each token claims besides, inside a dict: `, "aud": "lockers"`. */
  claims: string;
  library: 'jwt' | 'jose';
  others: { name: string; key: string; claims: string }[];
  /** Claims of a caller who is gone, as a dict. */
  gone?: string;
  /** What the keys need of the service, which is imported after the environment is in place. */
  keyImports: string[];
}

export function jwtView(harness: HarnessPlan, triage: Triage, imports: Imports): JwtView | undefined {
  const own = new Imports(triage);
  const scheme = harness.schemes.find((one) => one.jwt);
  const jwt = scheme?.jwt;
  if (!jwt) return undefined;
  const fixed = {
    ...(jwt.issuer === undefined ? {} : { iss: jwt.issuer }),
    ...(jwt.audience === undefined ? {} : { aud: jwt.audience }),
  };
  const view: Omit<JwtView, 'keyImports'> = {
    key: keyCode(jwt.key, own, imports),
    algorithm: text(jwt.algorithm),
    claims: Object.entries(fixed)
      .map(([name, value]) => `, ${text(name)}: ${literal(value)}`)
      .join(''),
    library: /jose/.test(jwt.library) ? 'jose' : 'jwt',
    ...(harness.gone ? { gone: literal(harness.gone) } : {}),
    others: scheme.otherTokens.map((other) => ({
      name: text(other.name),
      key: keyCode(other.key, own, imports),
      claims: literal(other.claims),
    })),
  };
  return { ...view, keyImports: own.lines() };
}

/** A key of the environment needs nothing of the service. */
const keyCode = (key: BuildExpr, own: Imports, imports: Imports): string =>
  (key.kind === 'env' ? imports : own).code(key);

export function bearerView(harness: HarnessPlan): { header: string; prefix: string } | undefined {
  const scheme = harness.schemes.find((one) => one.jwt ?? one.type === 'bearer');
  if (!scheme) return undefined;
  const { header, before } = placeOf(scheme);
  return { header, prefix: before };
}

export interface KeyView {
  header: string;
  /** What stands before the key, as an expression to be added to: `"Bearer " + `. */
  before: string;
  value: string;
  keyImports: string[];
}

export function keyView(harness: HarnessPlan, triage: Triage, imports: Imports): KeyView | undefined {
  const scheme = harness.schemes.find((one) => !one.jwt && ['api-key', 'bearer'].includes(one.type) && one.accepted);
  if (!scheme?.accepted) return undefined;
  const { header, before } = placeOf(scheme);
  const own = new Imports(triage);
  const value = keyCode(scheme.accepted, own, imports);
  return { header, before: before && `"${before}" + `, value, keyImports: own.lines() };
}

/** The header that carries a credential, as a literal, and what stands before it. */
function placeOf(scheme: SecurityScheme): { header: string; before: string } {
  if (scheme.in === 'cookie') return { header: '"Cookie"', before: escaped(`${scheme.name}=`) };
  return { header: text(titled(scheme.name)), before: scheme.prefix ? escaped(`${scheme.prefix} `) : '' };
}

/** `X-Device-Key`, as people write headers. */
const titled = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
