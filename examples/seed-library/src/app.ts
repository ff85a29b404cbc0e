import path from 'node:path';
import autoload from '@fastify/autoload';
import type { FastifyInstance, FastifyPluginOptions } from 'fastify';

export default async function seedLibrary(app: FastifyInstance, options: FastifyPluginOptions) {
  await app.register(autoload, { dir: path.join(import.meta.dirname, 'plugins'), options: { ...options } });
  await app.register(autoload, { dir: path.join(import.meta.dirname, 'routes'), options: { ...options } });
}
