import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';

const tables = `
  create table if not exists users (
    id serial primary key,
    email text not null unique,
    password_hash text not null,
    role text not null default 'customer'
  );
  create table if not exists tools (
    id serial primary key,
    name text not null,
    category text not null,
    daily_rate integer not null,
    serial_number text not null unique,
    retired boolean not null default false,
    created_at timestamp not null default now()
  );
  create table if not exists rentals (
    id serial primary key,
    tool_id integer not null references tools (id),
    customer_id integer not null references users (id),
    start_date text not null,
    days integer not null,
    total integer not null,
    status text not null default 'reserved',
    charge_id text not null,
    unique (tool_id, start_date)
  );
`;

export async function openDatabase(url: string) {
  const client = new PGlite(url);
  await client.exec(tables);
  return drizzle(client);
}

export type Database = Awaited<ReturnType<typeof openDatabase>>;
