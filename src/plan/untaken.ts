import type { Json, JsonSchema, Operation } from '../model/index.js';
import { effectOf, type PlanContext, schemaAt, successOf, writtenFields } from './context.js';
import { bare } from './terms.js';
import { sample } from './sample.js';

export interface Untaken {
  entity: string;
  column: string;
  /** A value of the column's type that the row would not have by itself. */
  value: Json;
}

/**
 * Columns of the row that an operation writes which its body has no field for: what a caller may not set by adding it
 * (mass assignment). Keys and columns that the store fills in are left out, and what the code takes from the body.
 */
export function untaken(operation: Operation, context: PlanContext): Untaken[] {
  const taken = new Set(Object.keys(operation.requestBody?.schema.properties ?? {}));
  const effects = (successOf(operation)?.effects ?? []).flatMap((id) => effectOf(operation, id) ?? []);
  return effects.flatMap((effect): Untaken[] => {
    const entity = context.entity(effect.target);
    if (!entity || (effect.verb !== 'insert' && effect.verb !== 'update')) return [];
    const written = writtenFields(operation, effect);
    return Object.entries(entity.columns).flatMap(([column, { schema, generated, default: fallback }]): Untaken[] => {
      const term = written[column] && bare(written[column]);
      const isWhole = !!effect.values?.['*'];
      if (
        column === entity.key ||
        (generated && fallback === undefined) ||
        taken.has(column) ||
        taken.has(camelOf(column))
      )
        return [];
      if (term?.kind === 'input' || (isWhole && operation.requestBody?.schema.additionalProperties !== false))
        return [];
      const usual = fallback ?? (term?.kind === 'const' ? term.value : undefined);
      const roles = context.model.schemes.flatMap(({ role }) => (role?.at.at(-1) === column ? role.values : []));
      const field = fieldElsewhere(context, entity.name, column) ?? schema;
      const value = other(usual, [...(field.enum ?? []), ...roles], sample(field, column));
      return value === undefined ? [] : [{ entity: entity.name, column, value }];
    });
  });
}

/** The field by which another operation takes the column: its schema says what a good value is. */
function fieldElsewhere(context: PlanContext, entity: string, column: string): JsonSchema | undefined {
  for (const operation of context.model.operations)
    for (const effect of operation.effects) {
      const term = effect.target === entity ? writtenFields(operation, effect)[column] : undefined;
      const input = term && bare(term);
      const schema =
        input?.kind === 'input' && input.part === 'body'
          ? schemaAt(operation.requestBody?.schema, input.at)
          : undefined;
      if (schema) return schema;
    }
  return undefined;
}

const camelOf = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function other(usual: Json | undefined, choices: readonly unknown[], plain: Json): Json | undefined {
  if (usual === undefined || usual === null) return plain;
  if (typeof usual === 'boolean') return !usual;
  if (typeof usual === 'number') return usual + 1;
  const choice = choices.find((one) => one !== usual);
  if (typeof choice === 'string') return choice;
  return typeof usual === 'string' ? `not ${usual}` : undefined;
}
