import { STATUS_CODES } from 'node:http';
import type { JsonSchema, Operation, SecurityScheme, ServiceModel } from '../model/index.js';
import { termSchema } from './term-schema.js';

type Document = Record<string, unknown>;

/** The model as an OpenAPI 3.1 document: what was read of each operation, and no more. */
export function openapi(model: ServiceModel, info: { title: string; version: string }): Document {
  const paths: Record<string, Document> = {};
  for (const operation of model.operations) {
    if (operation.method === 'ALL') continue;
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = operationOf(operation, model);
  }
  const schemes = Object.fromEntries(model.schemes.map((scheme) => [scheme.id, schemeOf(scheme)]));
  return {
    openapi: '3.1.0',
    info,
    paths,
    ...(model.schemes.length ? { components: { securitySchemes: schemes } } : {}),
  };
}

function operationOf(operation: Operation, model: ServiceModel): Document {
  const { parameters, requestBody, security } = operation;
  return {
    ...(parameters.length
      ? {
          parameters: parameters.map(({ name, in: place, required, schema }) => ({
            name,
            in: place,
            required,
            schema: plain(schema),
          })),
        }
      : {}),
    ...(requestBody
      ? {
          requestBody: {
            required: requestBody.required,
            content: { [requestBody.mediaType]: { schema: plain(requestBody.schema) } },
          },
        }
      : {}),
    responses: responsesOf(operation, model),
    ...(security.length ? { security: security.map(({ scheme, scopes }) => ({ [scheme]: scopes })) } : {}),
  };
}

/** What the registration declares, and what was read beside it. */
function responsesOf(operation: Operation, model: ServiceModel): Document {
  const responses: Document = {};
  for (const { status, body, schema } of operation.responses) {
    const code = String(status);
    const read = schema ?? (body && termSchema(body, operation, model));
    if (!(code in responses)) responses[code] = responseOf(code, read);
  }
  for (const [status, schema] of Object.entries(operation.declared ?? {}))
    responses[status.toUpperCase().replace('DEFAULT', 'default')] = responseOf(status, schema);
  return responses;
}

function responseOf(status: string, schema: JsonSchema | undefined): Document {
  const isEmpty = !schema || schema.type === 'null' || status === '204';
  return {
    description: STATUS_CODES[status] ?? 'Default Response',
    ...(isEmpty ? {} : { content: { 'application/json': { schema: plain(schema) } } }),
  };
}

/** Without our own keywords. */
function plain(schema: JsonSchema): unknown {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key.startsWith('x-') ? undefined : value)));
}

function schemeOf({ type, in: place, name }: SecurityScheme): Document {
  if (type === 'jwt' || type === 'bearer') {
    if (place === 'header')
      return { type: 'http', scheme: 'bearer', ...(type === 'jwt' ? { bearerFormat: 'JWT' } : {}) };
  }
  if (type === 'basic') return { type: 'http', scheme: 'basic' };
  return { type: 'apiKey', in: place, name };
}
