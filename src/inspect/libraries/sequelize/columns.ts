import type { Column } from '../../../model/index.js';
import type { EntityEntry } from '../../catalog.js';
import { type Span } from '../../core/language.js';
import { promised } from '../../interpreter/promises.js';
import {
  isCallable,
  isNil,
  ObjectValue,
  primitive,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { chainOf } from '../chain.js';
import { type Model } from '../model.js';
import { validated } from './validation.js';
import { field, typeSchema } from '../table.js';
import { literal } from '../validation.js';

export function readColumn(
  model: Model,
  name: string,
  value: Value,
  underscored: boolean,
  span: Span,
  /** What the service names by a value. */
  modelOf: (value: Value) => Model | undefined,
): void {
  const { entity } = model;
  const type = value.type === 'object' ? value.fields.get('type') : value;
  if (value.type === 'object' && !type) return;
  const named = typeName(type);
  if (named === 'VIRTUAL') return;
  const column: Column = { schema: schemaOf(type, named), nullable: true, generated: false };
  entity.columns[name] = column;
  const get = (key: string): Value | undefined => field(value, key);
  Object.assign(column.schema, validated(get('validate'), span));
  const dbName = textOf(get('field')) ?? (underscored ? snake(name) : name);
  if (dbName !== name) column.dbName = dbName;
  const allows = get('allowNull');
  if (allows?.type === 'primitive' && allows.value === false) column.nullable = false;
  if (isTrue(get('primaryKey'))) {
    entity.key = name;
    column.nullable = false;
  }
  if (isTrue(get('autoIncrement'))) column.generated = true;
  const unique = get('unique');
  if (unique && !(unique.type === 'primitive' && !unique.value)) entity.unique.push([name]);
  const fallback = get('defaultValue');
  if (fallback && !isNil(fallback)) {
    const known = isCallable(fallback) ? undefined : literal(fallback);
    if (known === undefined) column.generated = true;
    else column.default = known;
  }
  const target = field(get('references'), 'model');
  const other = textOf(target) ?? (target && modelOf(target)?.entity.name);
  if (other !== undefined)
    column.references = { entity: other, column: textOf(field(get('references'), 'key')) ?? 'id' };
}

export function readIndexes(entity: EntityEntry, list: Value | undefined): void {
  for (const item of list?.type === 'array' ? list.items : []) {
    const fields = field(item, 'fields');
    if (isTrue(field(item, 'unique')) && fields?.type === 'array')
      entity.unique.push(fields.items.flatMap((one) => textOf(one) ?? []));
  }
}

export function readHooks(model: Model, hooks: Value | undefined): void {
  if (hooks?.type !== 'object') return;
  const add = (names: string[], to: Model['beforeInsert']): void => {
    for (const name of names) {
      const fn = hooks.fields.get(name);
      for (const one of fn?.type === 'array' ? fn.items : fn ? [fn] : [])
        to.push((interpreter, document, span) => {
          interpreter.settle(
            promised(interpreter, span, () =>
              interpreter.call(one, undefinedValue, [document, new ObjectValue(false)], span),
            ),
            span,
          );
        });
    }
  };
  add(['beforeValidate', 'beforeCreate', 'beforeSave'], model.beforeInsert);
  add(['beforeUpdate', 'beforeSave'], model.beforeUpdate);
}

function typeName(type: Value | undefined): string {
  if (type?.type !== 'symbolic') return textOf(type) ?? '';
  return chainOf(type).steps.find((step) => /^[A-Z]{3,}[A-Z0-9]*$/.test(step.name))?.name ?? '';
}

function schemaOf(type: Value | undefined, named: string): Column['schema'] {
  if (named === 'ENUM' && type?.type === 'symbolic') {
    const step = chainOf(type).steps.find((one) => one.name === 'ENUM');
    const values = step?.args?.length === 1 && step.args[0]?.type === 'array' ? step.args[0].items : (step?.args ?? []);
    const list = values.map((value) => literal(value) ?? null);
    return list.length ? { type: 'string', enum: list } : { type: 'string' };
  }
  if (named === 'BIGINT') return {};
  if (named === 'DATE') return { type: 'string', format: 'date-time' };
  return typeSchema(named);
}

/** What a decorator of sequelize-typescript adds to an attribute. */
export function decorated(attribute: ObjectValue, name: string, given: Value | undefined): void {
  const set = (key: string, value: Value): void => void attribute.fields.set(key, value);
  const yes = primitive(true);
  if (name === 'Column') {
    if (given?.type === 'object') for (const [key, value] of given.fields) set(key, value);
    else if (given) set('type', given);
    if (!attribute.fields.has('type')) set('type', primitive(''));
  } else if (name === 'PrimaryKey') set('primaryKey', yes);
  else if (name === 'AutoIncrement') set('autoIncrement', yes);
  else if (name === 'Unique') set('unique', yes);
  else if (name === 'AllowNull') set('allowNull', given ?? yes);
  else if (name === 'Default' && given) set('defaultValue', given);
}

export const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;

export const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** Only PostgreSQL gives the whole row back: elsewhere an insert's answer lacks what the code did not give. */
export function unanswered(entity: EntityEntry): void {
  for (const column of Object.values(entity.columns))
    if (column.nullable && !column.generated && column.default === undefined) column.unanswered = true;
}
