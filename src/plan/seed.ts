import type { JsonSchema, ServiceModel } from '../model/index.js';

/** The same model, whose samples are other ones: tests that rest on one lucky value show it. */
export function seeded(model: ServiceModel, seed: number): ServiceModel {
  if (seed === 0) return model;
  const mark = (schema: JsonSchema): JsonSchema => marked(schema, seed);
  return {
    ...model,
    operations: model.operations.map((operation) => ({
      ...operation,
      parameters: operation.parameters.map((one) => ({ ...one, schema: mark(one.schema) })),
      ...(operation.requestBody
        ? { requestBody: { ...operation.requestBody, schema: mark(operation.requestBody.schema) } }
        : {}),
    })),
  };
}

function marked(schema: JsonSchema, seed: number): JsonSchema {
  const all = (list: JsonSchema[]): JsonSchema[] => list.map((one) => marked(one, seed));
  return {
    ...schema,
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([key, one]) => [key, marked(one, seed)]),
          ),
        }
      : { 'x-seed': seed }),
    ...(schema.items ? { items: marked(schema.items, seed) } : {}),
    ...(schema.prefixItems ? { prefixItems: all(schema.prefixItems) } : {}),
    ...(schema.anyOf ? { anyOf: all(schema.anyOf) } : {}),
    ...(schema.oneOf ? { oneOf: all(schema.oneOf) } : {}),
    ...(schema.allOf ? { allOf: all(schema.allOf) } : {}),
  };
}
