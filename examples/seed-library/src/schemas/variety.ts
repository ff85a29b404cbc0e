import { Type } from 'typebox';

export const VarietyInput = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 60 }),
    species: Type.Union([Type.Literal('bean'), Type.Literal('kale'), Type.Literal('tomato'), Type.Literal('squash')]),
    sowingMonth: Type.Integer({ minimum: 1, maximum: 12 }),
    protected: Type.Optional(Type.Boolean({ default: false })),
  },
  { additionalProperties: false },
);
export const VarietyChange = Type.Partial(Type.Pick(VarietyInput, ['sowingMonth', 'protected']));
export const Variety = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  species: Type.String(),
  sowingMonth: Type.Integer(),
  protected: Type.Boolean(),
});
export const VarietyQuery = Type.Object({
  species: Type.Optional(Type.String({ minLength: 3 })),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
});
