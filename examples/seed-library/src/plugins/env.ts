import env from '@fastify/env';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    config: { JWT_SECRET: string; DATABASE_URL: string; POSTAGE_URL: string };
  }
}

const schema = {
  type: 'object',
  required: ['JWT_SECRET'],
  properties: {
    JWT_SECRET: { type: 'string', minLength: 8 },
    DATABASE_URL: { type: 'string', default: 'memory://' },
    POSTAGE_URL: { type: 'string', default: 'https://postage.example' },
  },
};

export default fp(async (app) => {
  await app.register(env, { schema });
}, { name: 'env' });
