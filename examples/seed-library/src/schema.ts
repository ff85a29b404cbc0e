import { boolean, integer, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core';

export const members = pgTable('members', {
  id: serial('id').primaryKey(),
  email: text('email').notNull().unique(),
  passwordHash: text('password_hash').notNull(),
  role: text('role').notNull().default('gardener'),
});

export const varieties = pgTable('varieties', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
  species: text('species').notNull(),
  sowingMonth: integer('sowing_month').notNull(),
  protected: boolean('protected').notNull().default(false),
});

export const lots = pgTable('lots', {
  id: serial('id').primaryKey(),
  varietyId: integer('variety_id')
    .notNull()
    .references(() => varieties.id),
  ownerId: integer('owner_id')
    .notNull()
    .references(() => members.id),
  grams: integer('grams').notNull(),
  harvestYear: integer('harvest_year').notNull(),
});

export const orders = pgTable('orders', {
  id: serial('id').primaryKey(),
  lotId: integer('lot_id')
    .notNull()
    .references(() => lots.id),
  memberId: integer('member_id')
    .notNull()
    .references(() => members.id),
  grams: integer('grams').notNull(),
  status: text('status').notNull().default('requested'),
  label: text('label').notNull(),
  createdAt: timestamp('created_at').notNull().defaultNow(),
});
