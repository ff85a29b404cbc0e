import { symbolsIn } from '../terms.js';
import type { Symbolic } from '../interpreter/values.js';

/** Packages whose middleware lets every request of a test through: headers, logs, compression, documentation, sessions' cookies. */
const transparent = new Set([
  'helmet',
  'cors',
  'morgan',
  'compression',
  'cookie-parser',
  'body-parser',
  'pino-http',
  'express-pino-logger',
  'express-winston',
  'response-time',
  'serve-favicon',
  'express-session',
  'cookie-session',
  'connect-flash',
  'method-override',
  'express-rate-limit',
  'express-slow-down',
  'swagger-ui-express',
  'xss-clean',
  'hpp',
  'express-mongo-sanitize',
  'express-status-monitor',
  'express-fileupload',
  'errorhandler',
  'connect-timeout',
  'express-prom-bundle',
  'prom-client',
  'express-request-id',
  'express-useragent',
  'request-ip',
  'connect-redis',
  'i18n',
  'i18next-http-middleware',
  'express',
  'lusca',
  'dd-trace',
  '@sentry/node',
  'newrelic',
  'express-async-errors',
  'http',
]);

const answers = new WeakMap<Symbolic, boolean>();

export function passesThrough(value: Symbolic): boolean {
  const known = answers.get(value);
  if (known !== undefined) return known;
  const answer = symbolsIn(value).some(
    (symbol) => symbol.origin.kind === 'external' && transparent.has(symbol.origin.module),
  );
  answers.set(value, answer);
  return answer;
}
