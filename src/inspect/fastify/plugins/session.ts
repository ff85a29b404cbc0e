import { sourceRef } from '../../core/language.js';
import type { Library } from '../../interpreter/library.js';
import { getMember, setMember } from '../../interpreter/access.js';
import { symbolic, textOf, undefinedValue } from '../../interpreter/values.js';
import { option } from '../settings.js';
import type { PluginLoad } from './plugin.js';

/** @fastify/session and @fastify/secure-session: who is signed in stands in `request.session`. */
export const session =
  (setting: string, byDefault: string): PluginLoad =>
  ({ world, options, span }) => {
    if (world.catalog.schemes.has('session')) return;
    world.catalog.schemes.set('session', {
      id: 'session',
      type: 'session',
      in: 'cookie',
      name: nameOf(option(options, setting)) ?? byDefault,
      claims: {},
      source: sourceRef(span),
    });
  };

const nameOf = (value: ReturnType<typeof option>): string | undefined =>
  value?.type === 'symbolic' && value.origin.kind === 'environment'
    ? (value.origin.example ?? (typeof value.origin.fallback === 'string' ? value.origin.fallback : undefined))
    : textOf(value);

/** `session.get('user')` and `session.set('user', value)`, as both plugins have them. */
export const sessionMethods: Library = {
  name: 'fastify-session',
  call: (callee, { interpreter, args, span }) => {
    const { origin } = callee;
    if (origin.kind !== 'session') return undefined;
    const method = origin.at.at(-1);
    const of = symbolic({ kind: 'session', at: origin.at.slice(0, -1) });
    const key = textOf(args[0]);
    if (method === 'get' && key !== undefined) return getMember(interpreter, of, key);
    if (method !== 'set' || key === undefined) return undefined;
    setMember(interpreter, of, key, args[1] ?? undefinedValue, span);
    return undefinedValue;
  },
};
