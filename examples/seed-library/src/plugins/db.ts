import { PGlite } from '@electric-sql/pglite';
import { drizzle, type PgliteDatabase } from 'drizzle-orm/pglite';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    db: PgliteDatabase;
  }
}

const tables = `
  create table if not exists members (
    id serial primary key,
    email text not null unique,
    password_hash text not null,
    role text not null default 'gardener'
  );
  create table if not exists varieties (
    id serial primary key,
    name text not null unique,
    species text not null,
    sowing_month integer not null,
    protected boolean not null default false
  );
  create table if not exists lots (
    id serial primary key,
    variety_id integer not null references varieties (id),
    owner_id integer not null references members (id),
    grams integer not null,
    harvest_year integer not null
  );
  create table if not exists orders (
    id serial primary key,
    lot_id integer not null references lots (id),
    member_id integer not null references members (id),
    grams integer not null,
    status text not null default 'requested',
    label text not null,
    created_at timestamp not null default now()
  );
`;

export default fp(async (app) => {
  const client = new PGlite(app.config.DATABASE_URL);
  await client.exec(tables);
  app.decorate('db', drizzle(client));
  app.addHook('onClose', async () => client.close());
}, { name: 'db', dependencies: ['env'] });
