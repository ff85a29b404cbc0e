import { describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../src/inspect/index.js';
import type { Operation, ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The model of a service that consists of these files. */
function modelOf(files: Record<string, string>, dependencies: Record<string, string> = {}): ServiceModel {
  const root = temporaryFolder('observatory');
  const manifest = JSON.stringify({ type: 'module', dependencies: { fastify: '^5.0.0', ...dependencies } });
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return inspect(triage(root));
}

const idsOf = (files: Record<string, string>): string[] => modelOf(files).operations.map((operation) => operation.id);

const listening = (body: string): Record<string, string> => ({
  'app.js': `import Fastify from 'fastify';\nimport fp from 'fastify-plugin';\nconst app = Fastify();\n${body}\nawait app.listen({ port: 3000 });\n`,
});

const only = (body: string): Operation => {
  const [operation] = modelOf(listening(body)).operations;
  if (!operation) throw new Error('no operation');
  return operation;
};

const answers = (operation: Operation): string[] =>
  operation.responses.map((response) => `${response.status} ${response.when}`);

describe('operations however they are registered', () => {
  test.each<[string, string, string[]]>([
    [
      'shorthand',
      `app.get('/stars', async () => []); app.post('/stars', {}, async () => ({}));`,
      ['GET /stars', 'POST /stars'],
    ],
    [
      'route() with several methods, and options in a constant',
      `const options = { method: ['PUT', 'PATCH'], path: '/stars/:id', handler: async () => ({}) }; app.route(options);`,
      ['PUT /stars/{id}', 'PATCH /stars/{id}'],
    ],
    [
      'nested prefixes with parameters; a slash alone is the prefix',
      `app.register(async (galaxy) => {
         galaxy.get('/', async () => []);
         galaxy.register(async (arm) => { arm.get('/stars', async () => []); }, { prefix: 'arms/:arm' });
       }, { prefix: '/galaxies' });`,
      ['GET /galaxies', 'GET /galaxies/arms/{arm}/stars'],
    ],
    [
      'fastify-plugin takes no prefix',
      `app.register(fp(async (inner) => { inner.get('/comets', async () => []); }), { prefix: '/ignored' });`,
      ['GET /comets'],
    ],
    [
      'one plugin registered twice, a loop, a chain',
      `const catalogue = async (inner, { kind }) => { inner.get('/' + kind, async () => []); };
       for (const prefix of ['/v1', '/v2']) app.register(catalogue, { prefix, kind: 'moons' });
       app.withTypeProvider().get('/planets', async () => []).delete('/planets/:id', async () => null);`,
      ['GET /planets', 'DELETE /planets/{id}', 'GET /v1/moons', 'GET /v2/moons'],
    ],
    [
      'a class that is given the instance',
      `class Telescope { constructor(server) { this.server = server; } mount() { this.server.get('/telescope', async () => ({})); } }
       new Telescope(app).mount();`,
      ['GET /telescope'],
    ],
    [
      'regular expressions in parameters, a wildcard, every method',
      `app.get('/stars/:id(^(\\\\d+|hd\\\\d+)$)/spectra/:band.csv', async () => ''); app.get('/files/*', async () => ''); app.all('/ping', async () => '');`,
      ['GET /stars/{id}/spectra/{band}.csv', 'GET /files/*', 'ALL /ping'],
    ],
    [
      'HEAD twins and WebSockets are not among them',
      `app.route({ method: ['GET', 'HEAD'], url: '/sky', handler: async () => ({}) }); app.get('/live', { websocket: true }, () => {});`,
      ['GET /sky'],
    ],
  ])('%s', (_, body, expected) => {
    expect(idsOf(listening(body)).sort()).toEqual([...expected].sort());
  });

  test('autoload: folders, autoPrefix, prefixOverride, filters', () => {
    const plugin = (more = ''): string => `export default async (app) => { app.get('/', async () => []); };\n${more}`;
    expect(
      idsOf({
        'package.json': JSON.stringify({
          type: 'module',
          scripts: { start: 'fastify start app.js' },
          dependencies: { fastify: '^5.0.0' },
        }),
        'app.js': `
          import autoload from '@fastify/autoload';
          import path from 'node:path';
          export default async (app, opts) => {
            app.register(autoload, { dir: path.join(import.meta.dirname, 'routes'), options: { ...opts }, ignorePattern: /draft/ });
          };`,
        'routes/root.js': plugin(),
        'routes/stars/index.js': plugin(),
        'routes/stars/ignored.js': plugin(),
        'routes/stars/doubles/list.js': plugin(),
        'routes/moons/list.js': plugin(`export const autoPrefix = '/satellites';`),
        'routes/suns/list.js': plugin(`export const prefixOverride = '/sun';`),
        'routes/draft/list.js': plugin(),
        'routes/off.js': plugin(`export const autoload = false;`),
      }).sort(),
    ).toEqual(['GET /', 'GET /satellites', 'GET /stars', 'GET /stars/doubles', 'GET /sun']);
  });
});

describe('the life cycle', () => {
  test('hooks of autohooks hold below their folder when they cascade', () => {
    const model = modelOf({
      'app.js': `
        import Fastify from 'fastify';
        import autoload from '@fastify/autoload';
        import path from 'node:path';
        const app = Fastify();
        app.register(autoload, { dir: path.join(import.meta.dirname, 'routes'), autoHooks: true, cascadeHooks: true });
        await app.listen({ port: 3000 });`,
      'routes/open/list.js': `export default async (app) => { app.get('/', async () => []); };`,
      'routes/closed/autohooks.js': `export default async (app) => {
        app.addHook('onRequest', async (request, reply) => { if (!request.headers['x-key']) return reply.code(401).send({ error: 'key' }); });
      };`,
      'routes/closed/inner/list.js': `export default async (app) => { app.get('/', async () => []); };`,
    });
    expect(model.operations.map((operation) => [operation.id, answers(operation)])).toEqual([
      ['GET /closed/inner', ['200 success', '401 unauthenticated']],
      ['GET /open', ['200 success']],
    ]);
  });

  test('a hook added after its routes holds for them; one inside does not leak out', () => {
    const model = modelOf(
      listening(`
        app.register(async (inner) => {
          inner.get('/in', async () => []);
          inner.addHook('preHandler', async () => { const error = new Error('no'); error.statusCode = 403; throw error; });
        });
        app.get('/out', async () => []);`),
    );
    expect(Object.fromEntries(model.operations.map((operation) => [operation.id, answers(operation)]))).toEqual({
      'GET /in': ['403 forbidden'],
      'GET /out': ['200 success'],
    });
  });

  test('onRequest refuses before the body is read, preHandler after it is validated', () => {
    const guards = (hook: string): (string | undefined)[] =>
      only(`
        app.post('/stars', {
          ${hook}: async (request, reply) => { if (!request.headers.authorization) return reply.code(401).send({}); },
          schema: { body: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 2 } } } },
        }, async () => ({}));`)
        .responses.find((response) => response.status === 401)
        ?.guards.map((guard) => guard.predicate.kind) ?? [];
    expect([guards('onRequest'), guards('preHandler')]).toEqual([['credential'], ['type', 'valid', 'credential']]);
  });

  test('errors go to the handler of their scope, then outwards, then to Fastify', () => {
    const model = modelOf(
      listening(`
        const fail = async () => { const error = new Error('cloudy'); error.statusCode = 409; throw error; };
        app.setErrorHandler((error, request, reply) => reply.code(418).send({ seen: error.message }));
        app.get('/outer', fail);
        app.register(async (inner) => {
          inner.setErrorHandler((error) => { throw error; });
          inner.get('/passed-on', fail);
        });
        app.get('/own', { errorHandler: (error, request, reply) => reply.send({ own: true }) }, fail);`),
    );
    expect(
      Object.fromEntries(model.operations.map((one) => [one.path, one.responses.map((r) => [r.status, r.body])])),
    ).toEqual({
      '/outer': [[418, object({ seen: 'cloudy' })]],
      '/passed-on': [[418, object({ seen: 'cloudy' })]],
      '/own': [[200, object({ own: true })]],
    });
  });

  test("Fastify's own body for an error that nobody handles", () => {
    const [refused] = only(`
      import createError from '@fastify/error';
      const Hidden = createError('SKY_HIDDEN', 'Hidden by %s', 422);
      app.get('/sky', async () => { throw new Hidden('clouds'); });`).responses;
    expect([refused?.status, refused?.body]).toEqual([
      422,
      object({ statusCode: 422, code: 'SKY_HIDDEN', error: 'Unprocessable Entity', message: 'Hidden by clouds' }),
    ]);
  });
});

const object = (fields: Record<string, string | number | boolean>): object => ({
  kind: 'object',
  fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { kind: 'const', value }])),
  open: false,
});

describe('schemas', () => {
  const expected = {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2, 'x-coerce': true },
      size: { type: 'integer', 'x-coerce': true },
    },
    required: ['name'],
  };
  const strip = (schema: unknown): unknown =>
    JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'x-source' ? undefined : value)));

  test.each<[string, string]>([
    [
      'JSON Schema with a reference',
      `app.addSchema({ $id: 'star', type: 'object', required: ['name'], properties: { name: { $ref: '#/definitions/name' }, size: { type: 'integer' } },
         definitions: { name: { type: 'string', minLength: 2 } } });
       app.post('/stars', { schema: { body: { $ref: 'star#' } } }, async () => ({}));`,
    ],
    [
      'TypeBox',
      `import { Type } from '@sinclair/typebox';
       const star = Type.Object({ name: Type.String({ minLength: 2 }), size: Type.Integer(), mass: Type.Number() });
       const body = Type.Composite([Type.Pick(star, ['name']), Type.Partial(Type.Pick(star, ['size']))]);
       app.post('/stars', { schema: { body } }, async () => ({}));`,
    ],
    [
      'fluent-json-schema',
      `import S from 'fluent-json-schema';
       app.post('/stars', { schema: { body: S.object().prop('name', S.string().minLength(2).required()).prop('size', S.integer()) } }, async () => ({}));`,
    ],
    [
      'a factory',
      `const bodyOf = (properties, ...required) => ({ schema: { body: { type: 'object', properties, required } } });
       app.post('/stars', bodyOf({ name: { type: 'string', minLength: 2 }, size: { type: 'integer' } }, 'name'), async () => ({}));`,
    ],
  ])('%s', (_, body) => {
    expect(strip(only(body).requestBody?.schema)).toEqual(expected);
  });

  test('zod converts nothing', () => {
    const body = `import { z } from 'zod';
      import { validatorCompiler } from 'fastify-type-provider-zod';
      app.setValidatorCompiler(validatorCompiler);
      app.post('/stars', { schema: { body: z.object({ name: z.string().min(2) }) } }, async () => ({}));`;
    expect(strip(only(body).requestBody?.schema)).toMatchObject({
      properties: { name: { type: 'string', minLength: 2 } },
    });
  });

  test("what removeAdditional drops is not refused; an app's own Ajv options hold", () => {
    const route = (options: string): string => `
      const strict = Fastify(${options});
      strict.post('/stars', { schema: { body: { type: 'object', additionalProperties: false, properties: { size: { type: 'integer' } } } } }, async () => ({}));
      await strict.listen({ port: 3001 });`;
    const schemaOf = (options: string): unknown =>
      strip(
        modelOf({ 'app.js': `import Fastify from 'fastify';${route(options)}` }).operations[0]?.requestBody?.schema,
      );
    expect(schemaOf('')).toEqual({ type: 'object', properties: { size: { type: 'integer', 'x-coerce': true } } });
    expect(schemaOf('{ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } }')).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: { size: { type: 'integer' } },
    });
  });

  test('a field outside the response schema does not leave', () => {
    const [response] = only(`
      app.get('/stars/:id', { schema: { response: { '2xx': { type: 'object', properties: { name: { type: 'string' } } } } } },
        async () => ({ name: 'Vega', discovererEmail: 'x@y.example' }));`).responses;
    expect(response?.body).toEqual(object({ name: 'Vega' }));
  });
});

describe('plugins of packages', () => {
  test('@fastify/jwt, and config that a global hook reads', () => {
    const model = modelOf(
      listening(`
        import jwt from '@fastify/jwt';
        app.register(jwt, { secret: process.env.JWT_SECRET });
        app.addHook('onRequest', async (request, reply) => {
          const { access } = request.routeOptions.config;
          if (access === 'public') return;
          await request.jwtVerify();
          if (access && request.user.role !== access) return reply.code(403).send({ error: 'no' });
        });
        app.get('/open', { config: { access: 'public' } }, async () => []);
        app.get('/members', async () => []);
        app.get('/admin', { config: { access: 'admin' } }, async () => []);`),
    );
    expect(
      Object.fromEntries(model.operations.map((one) => [one.path, [answers(one), one.security[0]?.roles]])),
    ).toEqual({
      '/open': [['200 success'], undefined],
      '/members': [['200 success', '401 unauthenticated', '401 unauthenticated'], []],
      '/admin': [['200 success', '401 unauthenticated', '401 unauthenticated', '403 forbidden'], ['admin']],
    });
    expect(model.schemes).toMatchObject([
      { id: 'bearer', type: 'jwt', prefix: 'Bearer', jwt: { key: { kind: 'env', name: 'JWT_SECRET' } } },
    ]);
  });

  test('@fastify/sensible and @fastify/auth', () => {
    const operation = only(`
      import sensible from '@fastify/sensible';
      import auth from '@fastify/auth';
      app.register(sensible);
      await app.register(auth);
      const owner = async (request) => { if (request.headers['x-owner-token'] !== 'o') throw app.httpErrors.forbidden('owners'); };
      const guest = (request, reply, done) => done(request.headers['x-guest-token'] === 'g' ? undefined : new Error('guests'));
      app.get('/dome', { preHandler: app.auth([owner, guest], { relation: 'and' }) }, async (request, reply) => {
        if (request.query.night !== 'yes') return reply.badRequest('by night');
        return {};
      });`);
    expect(answers(operation)).toEqual(['200 success', '401 unauthenticated', '403 forbidden', '400 invalid-input']);
  });
});

test('what a timer would pass on comes too late where the hook goes on at once', () => {
  const operation = only(
    `app.addHook('onRequest', (request, reply, done) => {
       const timer = setTimeout(() => done(new Error('too slow')), 5000);
       request.timer = timer;
       done();
     });
     app.get('/stars', async () => []);`,
  );

  expect(answers(operation)).toEqual(['200 success']);
});

test('a question of any package about a value is the one that its name says', () => {
  const operation = modelOf({
    'app.js': `import Fastify from 'fastify';
      import { isUndefined } from 'star-tools';
      const stars = new Map();
      const app = Fastify();
      app.get('/stars/:id', async (request, reply) => {
        const star = stars.get(request.params.id);
        if (isUndefined(star)) return reply.code(404).send({ message: 'no such star' });
        return star;
      });
      app.put('/stars/:id', async (request) => { stars.set(request.params.id, { id: request.params.id }); return {}; });
      await app.listen({ port: 3000 });`,
  }).operations.find((one) => one.method === 'get' || one.id.startsWith('GET'));

  expect(operation && answers(operation)).toEqual(['200 success', '404 not-found']);
});

test.each([
  ['4.16.3', false],
  ['4.17.0', true],
  ['^4.10.2', true],
  ['5.0.0', true],
])('errors of validation of Fastify %s have a code: %s', (version, has) => {
  const schema = `{ body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } }`;
  const { operations } = modelOf(listening(`app.post('/stars', { schema: ${schema} }, async () => ({}));`), {
    fastify: version,
  });
  const codes = operations[0]?.responses.map(({ body }) => body?.kind === 'object' && body.fields['code']);

  expect(codes?.some((code) => code && code.kind === 'const' && code.value === 'FST_ERR_VALIDATION')).toBe(has);
});
