import type { Symbolic, Value } from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';

/** Packages whose plugins and hooks let every request of a test through, and whose routes are not the service's. */
const transparent = new Set([
  'accepts',
  'caching',
  'circuit-breaker',
  'compress',
  'cors',
  'early-hints',
  'etag',
  'express',
  'flash',
  'formbody',
  'funky',
  'helmet',
  'hotwire',
  'http-proxy',
  'kafka',
  'leveldb',
  'metrics',
  'middie',
  'multipart',
  'nextjs',
  'otel',
  'overview',
  'proxy',
  'rate-limit',
  'reply-from',
  'request-context',
  'response-validation',
  'restartable',
  'routes',
  'schedule',
  'soap-client',
  'sse',
  'static',
  'swagger',
  'swagger-ui',
  'throttle',
  'type-provider-json-schema-to-ts',
  'under-pressure',
  'url-data',
  'view',
  'vite',
  'websocket',
  'zipkin',
]);

const others = new Set([
  '@scalar/fastify-api-reference',
  '@mgcrea/fastify-graceful-exit',
  '@sentry/node',
  '@autotelic/fastify-opentelemetry',
  '@bull-board/fastify',
  '@immobiliarelabs/fastify-sentry',
  'close-with-grace',
  'fastify-custom-healthcheck',
  'fastify-favicon',
  'fastify-graceful-shutdown',
  'fastify-healthcheck',
  'fastify-metrics',
  'fastify-multer',
  'fastify-print-routes',
  'fastify-prom-client',
  'fastify-raw-body',
  'fastify-request-logger',
  'fastify-socket.io',
  'fastify-sse-v2',
  'point-of-view',
  'under-pressure',
  'prom-client',
  'fastify',
]);

export const isTransparentModule = (module: string): boolean =>
  others.has(module) || transparent.has(module.replace(/^(@fastify\/|fastify-)/, ''));

const answers = new WeakMap<Symbolic, boolean>();

export function isTransparent(value: Value): boolean {
  if (value.type !== 'symbolic') return false;
  const known = answers.get(value);
  if (known !== undefined) return known;
  const answer = symbolsIn(value).some(
    (symbol) => symbol.origin.kind === 'external' && isTransparentModule(symbol.origin.module),
  );
  answers.set(value, answer);
  return answer;
}
