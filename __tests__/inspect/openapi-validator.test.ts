import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { inspect } from '../../src/inspect/index.js';
import type { ServiceModel } from '../../src/model/index.js';
import { triage } from '../../src/triage/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const document = `
openapi: 3.0.3
info: { title: Bakery, version: 1.0.0 }
servers: [{ url: /v1 }]
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: X-API-Key }
  schemas:
    Loaf:
      type: object
      required: [name, price]
      additionalProperties: false
      properties:
        name: { type: string, minLength: 2 }
        price: { type: number, minimum: 0, exclusiveMinimum: true }
        note: { type: string, nullable: true }
paths:
  /loaves:
    get:
      parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 50 } }]
    post:
      security: [{ Key: [] }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/Loaf' } } }
  /loaves/{loafId}:
    get:
      parameters: [{ name: loafId, in: path, required: true, schema: { type: integer } }]
`;

function bakery(options: string): ServiceModel {
  const root = temporaryFolder('bakery');
  mkdirSync(root, { recursive: true });
  const files = {
    'package.json': JSON.stringify({
      name: 'bakery',
      dependencies: { express: '^4.21.0', 'express-openapi-validator': '^5.3.0' },
    }),
    'api.yaml': document,
    'server.js': `
      const path = require('path');
      const express = require('express');
      const OpenApiValidator = require('express-openapi-validator');
      const app = express();
      app.use(express.json());
      app.use(OpenApiValidator.middleware({ apiSpec: path.join(__dirname, 'api.yaml'), ${options} }));
      app.get('/v1/loaves', (req, res) => res.json([]));
      app.post('/v1/loaves', (req, res) => res.status(201).json(req.body));
      app.get('/v1/loaves/:id', (req, res) => res.json({}));
      app.get('/v1/secret', (req, res) => res.json({}));
      app.use((err, req, res, next) => res.status(err.status || 500).json({ message: err.message, errors: err.errors }));
      app.listen(3000);`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return inspect(triage(root));
}

const answers = (model: ServiceModel): string[] =>
  model.operations.map(({ id, responses }) =>
    [id, ...new Set(responses.map(({ status, when }) => `${status} ${when}`))].join(', '),
  );

test('the document says what operations take, who may call, and that others are not there', () => {
  const model = bakery(
    "validateSecurity: { handlers: { Key: (req) => req.headers['x-api-key'] === process.env.API_KEY } }",
  );

  expect(answers(model)).toEqual([
    'GET /v1/loaves, 200 success, 400 invalid-input',
    'POST /v1/loaves, 201 success, 401 unauthenticated, 400 invalid-input',
    'GET /v1/loaves/{id}, 200 success, 400 invalid-input',
    'GET /v1/secret, 404 not-found',
  ]);
  const post = model.operations[1];
  expect(post?.requestBody?.schema).toMatchObject({
    required: ['name', 'price'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', minLength: 2 },
      price: { type: 'number', exclusiveMinimum: 0 },
      note: { type: ['string', 'null'] },
    },
  });
  expect(post?.security).toMatchObject([{ scheme: 'api-key:x-api-key', optional: false }]);
  expect(model.operations[0]?.parameters).toMatchObject([
    { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 50 } },
  ]);
});

test('what the options switch off is not expected', () => {
  const model = bakery('validateSecurity: false, validateRequests: false, ignoreUndocumented: true');

  expect(answers(model)).toEqual([
    'GET /v1/loaves, 200 success',
    'POST /v1/loaves, 201 success, 400 invalid-input',
    'GET /v1/loaves/{id}, 200 success',
    'GET /v1/secret, 200 success',
  ]);
});
