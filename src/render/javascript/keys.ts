import type { BuildExpr, SecurityScheme } from '../../model/index.js';
import type { Imports } from './imports.js';
import { text } from './literals.js';

/** How callers show a key, or sign with it: everything is code. */
export interface KeyView {
  header: string;
  value: string;
  signature?: { algorithm: string; encoding: string; before: string };
}

export function keyView(scheme: SecurityScheme, accepted: BuildExpr, imports: Imports): KeyView {
  const { signature } = scheme;
  if (signature) imports.named('node:crypto', 'createHmac');
  return {
    header: text(scheme.name),
    value: imports.code(accepted),
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
