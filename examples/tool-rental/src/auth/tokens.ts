import jwt from 'jsonwebtoken';
import { config } from '../config.js';

export interface Caller {
  id: number;
  role: string;
}

export const signAccess = (user: Caller): string =>
  jwt.sign({ sub: String(user.id), role: user.role, type: 'access' }, config.JWT_SECRET, { expiresIn: '15m' });

export const signRefresh = (user: Caller): string =>
  jwt.sign({ sub: String(user.id), type: 'refresh' }, config.JWT_SECRET, { expiresIn: '30d' });

export function verifyToken(token: string, type: 'access' | 'refresh'): jwt.JwtPayload {
  const payload = jwt.verify(token, config.JWT_SECRET) as jwt.JwtPayload;
  if (payload.type !== type) throw new Error(`not an ${type} token`);
  return payload;
}
