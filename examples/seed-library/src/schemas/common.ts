import { Type } from 'typebox';

export const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) });
export const Problem = Type.Object({
  statusCode: Type.Integer(),
  error: Type.String(),
  message: Type.String(),
});
