import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import bcrypt from 'bcryptjs';
import { eq } from 'drizzle-orm';
import { members } from '../../schema.js';
import { Problem } from '../../schemas/common.js';
import { Credentials, Member } from '../../schemas/member.js';

const plugin: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/',
    {
      config: { access: 'public' },
      schema: { body: Credentials, response: { 201: Member, 409: Problem } },
    },
    async (request, reply) => {
      const { email, password } = request.body;
      const [taken] = await app.db.select().from(members).where(eq(members.email, email));
      if (taken) return reply.conflict('This address is a member already.');
      const [member] = await app.db
        .insert(members)
        .values({ email, passwordHash: await bcrypt.hash(password, 4) })
        .returning();
      reply.code(201);
      return member;
    },
  );

  app.get('/me', { schema: { response: { 200: Member } } }, async (request) => {
    const [member] = await app.db
      .select()
      .from(members)
      .where(eq(members.id, Number(request.user.sub)));
    if (!member) throw app.httpErrors.notFound('You are no longer a member.');
    return member;
  });
};

export default plugin;
