import { and, eq } from 'drizzle-orm';
import type { Caller } from '../auth/tokens.js';
import type { Database } from '../db.js';
import { HttpError } from '../http/errors.js';
import type { JobQueue } from '../jobs.js';
import type { PaymentClient } from '../payments.js';
import { rentals, tools } from '../schema.js';

export interface RentalInput {
  toolId: number;
  startDate: string;
  days: number;
}

export class RentalService {
  constructor(
    private readonly db: Database,
    private readonly queue: JobQueue,
    private readonly payments: PaymentClient,
  ) {}

  async list(caller: Caller) {
    return this.db.select().from(rentals).where(eq(rentals.customerId, caller.id));
  }

  async get(id: number, caller: Caller) {
    const [rental] = await this.db.select().from(rentals).where(eq(rentals.id, id));
    if (!rental) throw new HttpError(404, 'rental_not_found');
    if (rental.customerId !== caller.id && caller.role !== 'staff') throw new HttpError(403, 'forbidden');
    return rental;
  }

  async reserve(input: RentalInput, caller: Caller) {
    const [tool] = await this.db.select().from(tools).where(eq(tools.id, input.toolId));
    if (!tool) throw new HttpError(404, 'tool_not_found');
    if (tool.retired) throw new HttpError(409, 'tool_retired');
    const [taken] = await this.db
      .select()
      .from(rentals)
      .where(and(eq(rentals.toolId, tool.id), eq(rentals.startDate, input.startDate)))
      .limit(1);
    if (taken) throw new HttpError(409, 'already_reserved');
    const total = tool.dailyRate * input.days;
    const charge = await this.payments.charge(total, `tool-${tool.id}`);
    if (charge.status !== 'paid') throw new HttpError(402, 'payment_declined');
    const [rental] = await this.db
      .insert(rentals)
      .values({ toolId: tool.id, customerId: caller.id, startDate: input.startDate, days: input.days, total, chargeId: charge.id })
      .returning();
    await this.queue.add('rental.confirmed', { rentalId: rental.id, customerId: caller.id });
    return rental;
  }

  async bringBack(id: number, caller: Caller) {
    const rental = await this.get(id, caller);
    if (rental.status !== 'reserved') throw new HttpError(409, 'not_reserved');
    const [returned] = await this.db.update(rentals).set({ status: 'returned' }).where(eq(rentals.id, id)).returning();
    await this.queue.add('tool.inspect', { toolId: rental.toolId });
    return returned;
  }

  async cancel(id: number, caller: Caller) {
    const rental = await this.get(id, caller);
    if (rental.status !== 'reserved') throw new HttpError(409, 'not_reserved');
    await this.db.delete(rentals).where(eq(rentals.id, id));
  }
}
