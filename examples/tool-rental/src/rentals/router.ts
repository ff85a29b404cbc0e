import { Router } from 'express';
import { z } from 'zod';
import { authenticate } from '../auth/guards.js';
import { validateBody } from '../http/validate.js';
import type { RentalService } from './service.js';

const rentalInput = z.object({
  toolId: z.number().int().positive(),
  startDate: z.iso.date(),
  days: z.number().int().min(1).max(30),
});

export function rentalsRouter(service: RentalService): Router {
  const router = Router();
  router.use(authenticate);

  router.get('/', async (request, response) => {
    response.json({ rentals: await service.list(request.caller) });
  });

  router.post('/', validateBody(rentalInput), async (request, response) => {
    const rental = await service.reserve(request.body, request.caller);
    response.status(201).location(`/rentals/${rental.id}`).json(rental);
  });

  router.get('/:id', async (request, response) => {
    response.json(await service.get(Number(request.params.id), request.caller));
  });

  router.post('/:id/return', async (request, response) => {
    response.json(await service.bringBack(Number(request.params.id), request.caller));
  });

  router.delete('/:id', async (request, response) => {
    await service.cancel(Number(request.params.id), request.caller);
    response.status(204).end();
  });

  return router;
}
