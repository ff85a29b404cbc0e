import type { RequestHandler } from 'express';
import { HttpError } from '../http/errors.js';
import { type Caller, verifyToken } from './tokens.js';

declare module 'express-serve-static-core' {
  interface Request {
    caller: Caller;
  }
}

export const authenticate: RequestHandler = (request, _response, next) => {
  const header = request.headers.authorization;
  if (!header?.startsWith('Bearer ')) throw new HttpError(401, 'unauthenticated');
  try {
    const payload = verifyToken(header.slice('Bearer '.length), 'access');
    request.caller = { id: Number(payload.sub), role: payload.role };
  } catch {
    throw new HttpError(401, 'unauthenticated');
  }
  next();
};

export const requireRole =
  (...roles: string[]): RequestHandler =>
  (request, _response, next) => {
    if (!roles.includes(request.caller.role)) throw new HttpError(403, 'forbidden');
    next();
  };
