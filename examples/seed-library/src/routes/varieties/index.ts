import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { eq } from 'drizzle-orm';
import { Type } from 'typebox';
import { lots, varieties } from '../../schema.js';
import { Id, Problem } from '../../schemas/common.js';
import { Variety, VarietyChange, VarietyInput, VarietyQuery } from '../../schemas/variety.js';

const plugin: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/',
    {
      config: { access: 'public' },
      schema: { querystring: VarietyQuery, response: { 200: Type.Array(Variety) } },
    },
    async (request) => {
      const { species, limit } = request.query;
      if (!species) return app.db.select().from(varieties).limit(limit);
      return app.db.select().from(varieties).where(eq(varieties.species, species)).limit(limit);
    },
  );

  app.post(
    '/',
    {
      config: { access: ['curator'] },
      schema: { body: VarietyInput, response: { 201: Variety, 409: Problem } },
    },
    async (request, reply) => {
      const [known] = await app.db.select().from(varieties).where(eq(varieties.name, request.body.name));
      if (known) return reply.conflict('There is a variety of this name.');
      const [variety] = await app.db.insert(varieties).values(request.body).returning();
      return reply.code(201).send(variety);
    },
  );

  app.get(
    '/:id',
    {
      config: { access: 'public' },
      schema: { params: Id, response: { 200: Variety, 404: Problem } },
    },
    async (request, reply) => {
      const [variety] = await app.db.select().from(varieties).where(eq(varieties.id, request.params.id));
      if (!variety) return reply.notFound('No such variety.');
      return variety;
    },
  );

  app.patch(
    '/:id',
    {
      config: { access: ['curator'] },
      schema: { params: Id, body: VarietyChange, response: { 200: Variety, 404: Problem } },
    },
    async (request, reply) => {
      const [variety] = await app.db
        .update(varieties)
        .set(request.body)
        .where(eq(varieties.id, request.params.id))
        .returning();
      if (!variety) return reply.notFound('No such variety.');
      return variety;
    },
  );

  app.delete(
    '/:id',
    {
      config: { access: ['curator'] },
      schema: { params: Id, response: { 204: Type.Null(), 404: Problem, 409: Problem } },
    },
    async (request, reply) => {
      const { id } = request.params;
      const [variety] = await app.db.select().from(varieties).where(eq(varieties.id, id));
      if (!variety) return reply.notFound('No such variety.');
      const [lot] = await app.db.select().from(lots).where(eq(lots.varietyId, id));
      if (lot) return reply.conflict('There are lots of this variety.');
      await app.db.delete(varieties).where(eq(varieties.id, id));
      return reply.code(204).send(null);
    },
  );
};

export default plugin;
