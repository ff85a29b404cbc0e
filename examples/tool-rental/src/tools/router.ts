import { and, eq } from 'drizzle-orm';
import { Router } from 'express';
import { z } from 'zod';
import { authenticate, requireRole } from '../auth/guards.js';
import type { Database } from '../db.js';
import { HttpError } from '../http/errors.js';
import { validateBody } from '../http/validate.js';
import { rentals, tools } from '../schema.js';

export const categories = ['drill', 'saw', 'ladder', 'mixer'] as const;

const toolInput = z.strictObject({
  name: z.string().min(3).max(60),
  category: z.enum(categories),
  dailyRate: z.number().int().min(100).max(50_000),
  serialNumber: z.string().regex(/^[A-Z]{2}-\d{4}$/),
});
const toolChange = toolInput.pick({ name: true, dailyRate: true }).partial();

export function toolsRouter(db: Database): Router {
  const router = Router();

  router.get('/', async (_request, response) => {
    response.json({ tools: await db.select().from(tools).where(eq(tools.retired, false)) });
  });

  router.get('/:id', async (request, response) => {
    const [tool] = await db.select().from(tools).where(eq(tools.id, Number(request.params.id)));
    if (!tool) throw new HttpError(404, 'tool_not_found');
    response.json(tool);
  });

  router.post('/', authenticate, requireRole('staff'), validateBody(toolInput), async (request, response) => {
    const [taken] = await db.select().from(tools).where(eq(tools.serialNumber, request.body.serialNumber));
    if (taken) throw new HttpError(409, 'serial_number_taken');
    const [tool] = await db.insert(tools).values(request.body).returning();
    response.status(201).json(tool);
  });

  router.patch('/:id', authenticate, requireRole('staff'), validateBody(toolChange), async (request, response) => {
    const [tool] = await db
      .update(tools)
      .set(request.body)
      .where(eq(tools.id, Number(request.params.id)))
      .returning();
    if (!tool) throw new HttpError(404, 'tool_not_found');
    response.json(tool);
  });

  router.delete('/:id', authenticate, requireRole('staff'), async (request, response) => {
    const id = Number(request.params.id);
    const [rented] = await db
      .select()
      .from(rentals)
      .where(and(eq(rentals.toolId, id), eq(rentals.status, 'reserved')))
      .limit(1);
    if (rented) throw new HttpError(409, 'tool_is_reserved');
    const [tool] = await db.update(tools).set({ retired: true }).where(eq(tools.id, id)).returning();
    if (!tool) throw new HttpError(404, 'tool_not_found');
    response.status(204).end();
  });

  return router;
}
