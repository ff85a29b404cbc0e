import { externalName } from '../interpreter/operators.js';
import { textOf } from '../interpreter/values.js';
import { type ApiHost, itemsOf } from './api.js';

/**
 * The origin that Starlette's TrustedHostMiddleware and HTTPSRedirectMiddleware let through:
 * https://www.starlette.io/middleware/. Undefined: any, or one that could not be read.
 */
export function originOf(apps: ApiHost[]): string | undefined {
  const layers = apps.flatMap(({ middleware }) => middleware);
  const named = (name: string) => layers.find(({ value }) => value.type === 'symbolic' && externalName(value) === name);
  const trusted = itemsOf(named('TrustedHostMiddleware')?.options.get('allowed_hosts')).flatMap(
    (item) => textOf(item) ?? [],
  );
  const host = trusted.includes('*') ? undefined : trusted[0]?.replace(/^\*\./, 'api.');
  const isSecure = named('HTTPSRedirectMiddleware') !== undefined;
  return host === undefined && !isSecure ? undefined : `${isSecure ? 'https' : 'http'}://${host ?? 'testserver'}`;
}
