import type { Column } from '../../../model/index.js';
import { isCallable, isNil, textOf, type Value } from '../../interpreter/values.js';
import { type Model } from '../model.js';
import { typeSchema } from '../table.js';
import { literal } from '../validation.js';
import { SchemaHost } from './schema.js';

export function readColumn(model: Model, name: string, value: Value): void {
  const { entity } = model;
  const options = value.type === 'object' && !(value.host instanceof SchemaHost) ? value : undefined;
  const typed = options?.fields.get('type');
  const type = typed ?? value;
  const column: Column = { schema: typeOf(type), nullable: true, generated: false, omitted: true };
  entity.columns[name] = column;
  if (type.type === 'array') Object.assign(column, { default: [], nullable: false, omitted: false });
  if (!options || !typed) return;
  const flag = (key: string): boolean => {
    const given = options.fields.get(key);
    const first = given?.type === 'array' ? given.items[0] : given;
    return first !== undefined && !(first.type === 'primitive' && !first.value);
  };
  if (flag('required')) column.nullable = false;
  if (flag('unique')) entity.unique.push([name]);
  const select = options.fields.get('select');
  if (select?.type === 'primitive' && select.value === false) model.hidden.add(name);
  defaulted(column, options.fields.get('default'));
  const choices = options.fields.get('enum');
  const list = literal(choices?.type === 'object' ? choices.fields.get('values') : choices);
  if (Array.isArray(list)) column.schema.enum = list;
  if (flag('lowercase')) column.schema['x-transform'] = [...(column.schema['x-transform'] ?? []), 'lowercase'];
  if (flag('trim')) column.schema['x-transform'] = [...(column.schema['x-transform'] ?? []), 'trim'];
}

function defaulted(column: Column, value: Value | undefined): void {
  if (!value || isNil(value)) return;
  column.omitted = false;
  const known = isCallable(value) ? undefined : literal(value);
  if (known === undefined || (typeof known === 'object' && !Array.isArray(known))) column.generated = true;
  else column.default = known;
}

function typeOf(type: Value): Column['schema'] {
  if (type.type === 'array') return { type: 'array' };
  if (type.type === 'object') {
    if (type.host instanceof SchemaHost || type.fields.size) return { type: 'object' };
    return {};
  }
  const named =
    type.type === 'symbolic' && type.origin.kind === 'external'
      ? (type.origin.path.at(-1) ?? '')
      : type.type === 'class' || type.type === 'native'
        ? type.name
        : (textOf(type) ?? '');
  if (/^Date$/i.test(named)) return { type: 'string', format: 'date-time' };
  if (/Decimal/.test(named)) return {};
  return /^(ObjectId|String|Number|Boolean|UUID|BigInt)$/i.test(named) ? typeSchema(named) : {};
}
