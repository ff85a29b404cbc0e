import type { Column } from '../../../model/index.js';
import { isCallable, isNil, textOf, type Value } from '../../interpreter/values.js';
import { type ChainStep } from '../chain.js';
import { field, typeSchema } from '../table.js';
import { literal } from '../validation.js';

/** The column that a decorator describes; undefined: it describes none. */
export function described(step: ChainStep, given: Value | undefined, declared: string | undefined): Column | undefined {
  const type = textOf(step.args?.[0]) ?? textOf(field(given, 'type'));
  switch (step.name) {
    case 'PrimaryGeneratedColumn':
      return {
        schema: type === 'uuid' ? { type: 'string', format: 'uuid' } : { type: 'integer' },
        nullable: false,
        generated: true,
      };
    case 'CreateDateColumn':
    case 'UpdateDateColumn':
      return { schema: { type: 'string', format: 'date-time' }, nullable: false, generated: true };
    case 'DeleteDateColumn':
      return { schema: { type: 'string', format: 'date-time' }, nullable: true, generated: false };
    case 'VersionColumn':
      return { schema: { type: 'integer' }, nullable: false, generated: true };
    case 'Column':
    case 'PrimaryColumn':
    case 'ObjectIdColumn':
      return plainColumn(type, given, declared);
    default:
      return undefined;
  }
}

function plainColumn(type: string | undefined, given: Value | undefined, declared: string | undefined): Column {
  const column: Column = {
    schema: type === undefined ? declaredSchema(declared) : typeSchema(type),
    nullable: isTrue(field(given, 'nullable')),
    generated: false,
  };
  const choices = field(given, 'enum');
  const list =
    choices?.type === 'object' ? [...choices.fields.values()].map((value) => literal(value) ?? null) : literal(choices);
  if (Array.isArray(list) && list.length) column.schema = { type: 'string', enum: list };
  const fallback = field(given, 'default');
  if (fallback && !isNil(fallback)) {
    const known = isCallable(fallback) ? undefined : literal(fallback);
    if (known === undefined) column.generated = true;
    else column.default = known;
  }
  if (field(given, 'array')) column.schema = { type: 'array' };
  return column;
}

/** What `emitDecoratorMetadata` gives the driver. */
function declaredSchema(declared: string | undefined): Column['schema'] {
  const plain = (declared ?? 'string').replace(/\s*\|\s*(null|undefined)/g, '').trim();
  if (plain === 'number') return { type: 'integer' };
  if (plain === 'boolean') return { type: 'boolean' };
  if (plain === 'Date') return { type: 'string', format: 'date-time' };
  return plain === 'string' ? { type: 'string' } : {};
}

export const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;
