import fp from 'fastify-plugin';

/** Schemas that several routes refer to. */
export default fp(async (app) => {
  app.addSchema({
    $id: 'lot',
    type: 'object',
    required: ['id', 'varietyId', 'ownerId', 'grams', 'harvestYear'],
    properties: {
      id: { type: 'integer' },
      varietyId: { type: 'integer' },
      ownerId: { type: 'integer' },
      grams: { $ref: '#/definitions/grams' },
      harvestYear: { type: 'integer' },
    },
    definitions: { grams: { type: 'integer', minimum: 1, maximum: 500 } },
  });
  app.addSchema({
    $id: 'problem',
    type: 'object',
    required: ['statusCode', 'error', 'message'],
    properties: {
      statusCode: { type: 'integer' },
      error: { type: 'string' },
      message: { type: 'string' },
    },
  });
}, { name: 'schemas' });
