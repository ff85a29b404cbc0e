import Fastify from 'fastify';
import fp from 'fastify-plugin';
import seedLibrary from './app.js';

const app = Fastify({ logger: { level: process.env.LOG_LEVEL ?? 'info' } });
app.register(fp(seedLibrary));
await app.listen({ port: Number(process.env.PORT ?? 3000) });
