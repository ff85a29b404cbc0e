import { eq } from 'drizzle-orm';
import type { FastifyPluginAsync } from 'fastify';
import { lots, varieties } from '../../schema.js';

interface LotInput {
  varietyId: number;
  grams: number;
  harvestYear: number;
}

const params = { type: 'object', required: ['id'], properties: { id: { type: 'integer', minimum: 1 } } };

const plugin: FastifyPluginAsync = async (app) => {
  app.route<{ Body: LotInput }>({
    method: 'POST',
    url: '/',
    schema: {
      body: {
        type: 'object',
        required: ['varietyId', 'grams', 'harvestYear'],
        properties: {
          varietyId: { type: 'integer', minimum: 1 },
          grams: { $ref: 'lot#/definitions/grams' },
          harvestYear: { type: 'integer', minimum: 2000, maximum: 2100 },
        },
      },
      response: { 201: { $ref: 'lot#' }, 404: { $ref: 'problem#' } },
    },
    handler: async (request, reply) => {
      const { varietyId, grams, harvestYear } = request.body;
      const [variety] = await app.db.select().from(varieties).where(eq(varieties.id, varietyId));
      if (!variety) throw app.httpErrors.notFound('No such variety.');
      const [lot] = await app.db
        .insert(lots)
        .values({ varietyId, grams, harvestYear, ownerId: Number(request.user.sub) })
        .returning();
      reply.code(201);
      return lot;
    },
  });

  app.route<{ Params: { id: number } }>({
    method: 'GET',
    url: '/:id',
    config: { access: 'public' },
    schema: { params, response: { 200: { $ref: 'lot#' }, 404: { $ref: 'problem#' } } },
    handler: async (request) => {
      const [lot] = await app.db.select().from(lots).where(eq(lots.id, request.params.id));
      if (!lot) throw app.httpErrors.notFound('No such lot.');
      return lot;
    },
  });

  app.route<{ Params: { id: number } }>({
    method: 'DELETE',
    url: '/:id',
    schema: { params, response: { 403: { $ref: 'problem#' }, 404: { $ref: 'problem#' } } },
    handler: async (request, reply) => {
      const [lot] = await app.db.select().from(lots).where(eq(lots.id, request.params.id));
      if (!lot) throw app.httpErrors.notFound('No such lot.');
      if (lot.ownerId !== Number(request.user.sub) && request.user.role !== 'curator')
        throw app.httpErrors.forbidden('This lot is not yours.');
      await app.db.delete(lots).where(eq(lots.id, lot.id));
      reply.code(204);
    },
  });
};

export default plugin;
