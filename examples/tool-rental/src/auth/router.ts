import bcrypt from 'bcryptjs';
import { eq } from 'drizzle-orm';
import { Router } from 'express';
import { z } from 'zod';
import type { Database } from '../db.js';
import { HttpError } from '../http/errors.js';
import { validateBody } from '../http/validate.js';
import { users } from '../schema.js';
import { signAccess, signRefresh, verifyToken } from './tokens.js';

const credentials = z.object({ email: z.email(), password: z.string().min(10).max(72) });
const refreshInput = z.object({ refreshToken: z.string().min(1) });

export function authRouter(db: Database): Router {
  const router = Router();

  router.post('/register', validateBody(credentials), async (request, response) => {
    const { email, password } = request.body;
    const [existing] = await db.select().from(users).where(eq(users.email, email));
    if (existing) throw new HttpError(409, 'email_taken');
    const [user] = await db
      .insert(users)
      .values({ email, passwordHash: await bcrypt.hash(password, 4) })
      .returning();
    response.status(201).json({ id: user.id, email: user.email, role: user.role });
  });

  router.post('/login', validateBody(credentials), async (request, response) => {
    const [user] = await db.select().from(users).where(eq(users.email, request.body.email));
    if (!user || !(await bcrypt.compare(request.body.password, user.passwordHash))) throw new HttpError(401, 'wrong_credentials');
    response.json({ accessToken: signAccess(user), refreshToken: signRefresh(user) });
  });

  router.post('/refresh', validateBody(refreshInput), async (request, response) => {
    let subject: number;
    try {
      subject = Number(verifyToken(request.body.refreshToken, 'refresh').sub);
    } catch {
      throw new HttpError(401, 'unauthenticated');
    }
    const [user] = await db.select().from(users).where(eq(users.id, subject));
    if (!user) throw new HttpError(401, 'unauthenticated');
    response.json({ accessToken: signAccess(user) });
  });

  return router;
}
