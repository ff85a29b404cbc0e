import type { Json, SecurityScheme } from '../../model/index.js';
import type { Imports } from './imports.js';
import { type Carrier, carrierOf } from './keys.js';
import { keyLiteral, literal, text } from './literals.js';

/** How tokens of a scheme are signed, good ones and those that must not open anything. */
export interface JwtView extends Carrier {
  key: string;
  algorithm: string;
  options: string;
  others: { name: string; key: string; claims: string }[];
  /** Claims of a caller who is gone, to stand in an object. */
  gone?: string;
}

/** Fields of an object literal, to stand in another one. */
const spread = (fields: Record<string, Json>): string => literal(fields).replace(/^\{ | \}$/g, '');

export function jwtView(scheme: SecurityScheme, imports: Imports, gone: Record<string, Json> | undefined): JwtView {
  const { jwt } = scheme;
  const options = [`algorithm: ${text(jwt?.algorithm ?? 'HS256')}`];
  if (typeof jwt?.issuer === 'string') options.push(`issuer: ${text(jwt.issuer)}`);
  if (typeof jwt?.audience === 'string') options.push(`audience: ${text(jwt.audience)}`);
  return {
    key: imports.code(jwt?.key ?? { kind: 'const', value: '' }),
    ...carrierOf(scheme),
    algorithm: text(jwt?.algorithm ?? 'HS256'),
    options: options.join(', '),
    ...(gone ? { gone: spread(gone) } : {}),
    others: scheme.otherTokens.map((other) => ({
      name: keyLiteral(other.name),
      key: imports.code(other.key),
      claims: spread(other.claims),
    })),
  };
}
