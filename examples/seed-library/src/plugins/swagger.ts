import swagger from '@fastify/swagger';
import fp from 'fastify-plugin';

export default fp(async (app) => {
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'seed-library', version: '2.1.0' } } });
}, { name: 'swagger' });
