import type { BuildExpr, SecurityScheme } from '../../model/index.js';
import type { Imports } from './imports.js';
import { text } from './literals.js';

/** Where a credential travels: the header (as code), what stands before it there (inside a template literal), or the query. */
export interface Carrier {
  header: string;
  before: string;
  inQuery?: true;
}

export function carrierOf({ in: place, name, prefix }: SecurityScheme): Carrier {
  const inTemplate = (raw: string): string => raw.replace(/[\\`$]/g, '\\$&');
  if (place === 'query') return { header: text(name), before: '', inQuery: true };
  if (place === 'cookie') return { header: text('cookie'), before: inTemplate(`${name}=`) };
  return { header: text(name), before: prefix ? inTemplate(`${prefix} `) : '' };
}

/** How callers show a key, or sign with it: everything is code. */
export interface KeyView extends Carrier {
  value: string;
  unknown: string;
  signature?: { algorithm: string; encoding: string; before: string };
}

export function keyView(scheme: SecurityScheme, accepted: BuildExpr, imports: Imports): KeyView {
  const { signature } = scheme;
  if (signature) imports.named('node:crypto', 'createHmac');
  const carrier = carrierOf(scheme);
  const value = imports.code(accepted);
  return {
    ...carrier,
    value: carrier.before && !signature ? `\`${carrier.before}\${${value}}\`` : value,
    unknown: carrier.before ? `\`${carrier.before}unknown-key\`` : text('unknown-key'),
    ...(signature
      ? {
          signature: {
            algorithm: text(signature.algorithm),
            encoding: text(signature.encoding),
            before: text(signature.before),
          },
        }
      : {}),
  };
}
