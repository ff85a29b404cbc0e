import { boolean, integer, pgTable, serial, text, timestamp, unique } from 'drizzle-orm/pg-core';

export const users = pgTable('users', {
  id: serial('id').primaryKey(),
  email: text('email').notNull().unique(),
  passwordHash: text('password_hash').notNull(),
  role: text('role').notNull().default('customer'),
});

export const tools = pgTable('tools', {
  id: serial('id').primaryKey(),
  name: text('name').notNull(),
  category: text('category').notNull(),
  dailyRate: integer('daily_rate').notNull(),
  serialNumber: text('serial_number').notNull().unique(),
  retired: boolean('retired').notNull().default(false),
  createdAt: timestamp('created_at').notNull().defaultNow(),
});

export const rentals = pgTable(
  'rentals',
  {
    id: serial('id').primaryKey(),
    toolId: integer('tool_id').notNull().references(() => tools.id),
    customerId: integer('customer_id').notNull().references(() => users.id),
    startDate: text('start_date').notNull(),
    days: integer('days').notNull(),
    total: integer('total').notNull(),
    status: text('status').notNull().default('reserved'),
    chargeId: text('charge_id').notNull(),
  },
  (table) => [unique('one_rental_a_day').on(table.toolId, table.startDate)],
);
