import { Type } from 'typebox';

export const Credentials = Type.Object({
  email: Type.String({ format: 'email' }),
  password: Type.String({ minLength: 10, maxLength: 72 }),
});
export const Member = Type.Object({
  id: Type.Integer(),
  email: Type.String(),
  role: Type.String(),
});
