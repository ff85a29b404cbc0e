import { z } from 'zod';

const schema = z.object({
  PORT: z.coerce.number().int().default(3000),
  DATABASE_URL: z.string().default('memory://'),
  JWT_SECRET: z.string().min(8),
  PAYMENTS_URL: z.url().default('https://payments.example'),
});

export const config = schema.parse(process.env);
