import express, { type Express } from 'express';
import { authRouter } from './auth/router.js';
import type { Database } from './db.js';
import { errorHandler } from './http/error-handler.js';
import type { JobQueue } from './jobs.js';
import type { PaymentClient } from './payments.js';
import { rentalsRouter } from './rentals/router.js';
import { RentalService } from './rentals/service.js';
import { toolsRouter } from './tools/router.js';

export interface Dependencies {
  db: Database;
  queue: JobQueue;
  payments: PaymentClient;
}

export function createApp({ db, queue, payments }: Dependencies): Express {
  const app = express();
  app.use(express.json());
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.use('/auth', authRouter(db));
  app.use('/tools', toolsRouter(db));
  app.use('/rentals', rentalsRouter(new RentalService(db, queue, payments)));
  app.use(errorHandler);
  return app;
}
