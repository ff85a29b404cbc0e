import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    postage: { label(grams: number, reference: string): Promise<string> };
  }
}

export default fp(async (app) => {
  app.decorate('postage', {
    async label(grams: number, reference: string) {
      const response = await fetch(`${app.config.POSTAGE_URL}/labels`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ grams, reference, service: 'letter' }),
      });
      if (!response.ok) throw app.httpErrors.badGateway('No postage label could be bought.');
      const { code } = (await response.json()) as { code: string };
      return code;
    },
  });
}, { name: 'postage', dependencies: ['env', 'sensible'] });
