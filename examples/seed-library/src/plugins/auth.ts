import jwt from '@fastify/jwt';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call: anybody, any member, or members with one of these roles. */
    access?: 'public' | string[];
  }
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { sub: string; role: string };
    user: { sub: string; role: string };
  }
}

export default fp(async (app) => {
  await app.register(jwt, { secret: app.config.JWT_SECRET, sign: { expiresIn: '1h' } });
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    await request.jwtVerify();
    if (access && !access.includes(request.user.role)) throw app.httpErrors.forbidden('Your role may not do this.');
  });
}, { name: 'auth', dependencies: ['env', 'sensible'] });
