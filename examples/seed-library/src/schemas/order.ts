import { Type } from 'typebox';

export const OrderInput = Type.Object({
  lotId: Type.Integer({ minimum: 1 }),
  grams: Type.Integer({ minimum: 1, maximum: 100 }),
});
export const Order = Type.Object({
  id: Type.Integer(),
  lotId: Type.Integer(),
  memberId: Type.Integer(),
  grams: Type.Integer(),
  status: Type.String(),
});
