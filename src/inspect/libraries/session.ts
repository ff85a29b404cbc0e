import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import type { Library } from '../interpreter/library.js';
import { isCallable, undefinedValue } from '../interpreter/values.js';
import { externalCall } from './chain.js';
import { recordEffect } from './record.js';

const cookies: Record<string, string> = {
  'express-session': 'connect.sid',
  'cookie-session': 'session',
  'iron-session': 'session',
};

/** Server-side sessions: who is signed in stands in `req.session`. */
export function session(catalog: Catalog): Library {
  return {
    name: 'session',
    call(callee, call) {
      const external = externalCall(callee);
      const cookie = external && cookies[external.module];
      if (cookie !== undefined && !catalog.schemes.has('session'))
        catalog.schemes.set('session', {
          id: 'session',
          type: 'session',
          in: 'cookie',
          name: cookie,
          claims: {},
          source: sourceRef(call.span),
        });
      if (callee.origin.kind !== 'session') return undefined;
      const method = callee.origin.at.at(-1) ?? '';
      if (!['destroy', 'regenerate', 'save', 'reload', 'touch', 'resetMaxAge'].includes(method)) return undefined;
      if (method === 'destroy')
        recordEffect(call.interpreter, { kind: 'session', target: 'session', verb: 'delete' }, call.span);
      const [done] = call.args;
      if (done && isCallable(done)) call.interpreter.call(done, undefinedValue, [undefinedValue], call.span);
      return undefinedValue;
    },
    assign(of, key, value, interpreter, span) {
      if (of.origin.kind !== 'session' || !interpreter.path) return false;
      recordEffect(
        interpreter,
        {
          kind: 'session',
          target: 'session',
          verb: 'insert',
          values: new Map([[[...of.origin.at, key].join('.'), value]]),
        },
        span,
      );
      return true;
    },
  };
}
