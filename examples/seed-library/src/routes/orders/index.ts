import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { and, eq } from 'drizzle-orm';
import { Type } from 'typebox';
import { lots, orders } from '../../schema.js';
import { Id, Problem } from '../../schemas/common.js';
import { Order, OrderInput } from '../../schemas/order.js';

const plugin: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', { schema: { response: { 200: Type.Array(Order) } } }, async (request) =>
    app.db
      .select()
      .from(orders)
      .where(eq(orders.memberId, Number(request.user.sub))),
  );

  app.post(
    '/',
    { schema: { body: OrderInput, response: { 201: Order, 404: Problem, 409: Problem, 422: Problem, 502: Problem } } },
    async (request, reply) => {
      const { lotId, grams } = request.body;
      const memberId = Number(request.user.sub);
      const [lot] = await app.db.select().from(lots).where(eq(lots.id, lotId));
      if (!lot) return reply.notFound('No such lot.');
      const [open] = await app.db
        .select()
        .from(orders)
        .where(and(eq(orders.lotId, lotId), eq(orders.memberId, memberId)));
      if (open) return reply.conflict('You have ordered from this lot.');
      if (lot.grams < grams) return reply.unprocessableEntity('There is not enough seed left.');
      const label = await app.postage.label(grams, `lot-${lot.id}`);
      const [order] = await app.db.insert(orders).values({ lotId, memberId, grams, label }).returning();
      await app.jobs.add('order.requested', { orderId: order.id, memberId });
      reply.code(201);
      return order;
    },
  );

  app.get(
    '/:id',
    { schema: { params: Id, response: { 200: Order, 403: Problem, 404: Problem } } },
    async (request, reply) => {
      const [order] = await app.db.select().from(orders).where(eq(orders.id, request.params.id));
      if (!order) return reply.notFound('No such order.');
      if (order.memberId !== Number(request.user.sub) && request.user.role !== 'curator')
        return reply.forbidden('This order is not yours.');
      return order;
    },
  );

  app.post(
    '/:id/send',
    {
      config: { access: ['curator'] },
      schema: { params: Id, response: { 200: Order, 404: Problem, 409: Problem } },
    },
    async (request, reply) => {
      const [order] = await app.db.select().from(orders).where(eq(orders.id, request.params.id));
      if (!order) return reply.notFound('No such order.');
      if (order.status !== 'requested') return reply.conflict('This order has been sent.');
      const [sent] = await app.db
        .update(orders)
        .set({ status: 'sent' })
        .where(eq(orders.id, order.id))
        .returning();
      await app.jobs.add('order.sent', { orderId: order.id });
      return sent;
    },
  );
};

export default plugin;
