import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import bcrypt from 'bcryptjs';
import { eq } from 'drizzle-orm';
import { Type } from 'typebox';
import { members } from '../../schema.js';
import { Problem } from '../../schemas/common.js';
import { Credentials } from '../../schemas/member.js';

const plugin: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/',
    {
      config: { access: 'public' },
      schema: { body: Credentials, response: { 200: Type.Object({ token: Type.String() }), 401: Problem } },
    },
    async (request) => {
      const { email, password } = request.body;
      const [member] = await app.db.select().from(members).where(eq(members.email, email));
      if (!member || !(await bcrypt.compare(password, member.passwordHash)))
        throw app.httpErrors.unauthorized('Wrong address or password.');
      return { token: app.jwt.sign({ sub: String(member.id), role: member.role }) };
    },
  );
};

export default plugin;
