import { textOf, undefinedValue, unknown, type Value } from '../../interpreter/values.js';
import { type ChainStep } from '../chain.js';
import { type Model } from '../model.js';
import { everything, field, objectOf, type Where } from '../table.js';

/** Conditions in the shape of each version: `findOne(id)`, `findOne({ email })`, `findOne({ where })`, `update(id, …)`. */
export function arranged(model: Model, name: string, args: Value[]): Value[] {
  const [first, ...rest] = args;
  if (!first) return args;
  if (['update', 'delete'].includes(name)) return [criteria(model, first), ...rest];
  if (!['findOne', 'findOneOrFail', 'find', 'count'].includes(name)) return args;
  if (first.type === 'object') {
    const known = [
      'where',
      'relations',
      'select',
      'order',
      'take',
      'skip',
      'join',
      'cache',
      'loadEagerRelations',
      'withDeleted',
    ];
    const isOptions = [...first.fields.keys()].some((key) => known.includes(key)) || !first.fields.size;
    return isOptions ? args : [objectOf({ where: first }), ...rest];
  }
  return [objectOf({ where: criteria(model, first) }), ...rest];
}

/** An id is a condition on the key. */
export const criteria = (model: Model, value: Value | undefined): Value =>
  value?.type === 'object' || value?.type === 'array' || !value
    ? (value ?? undefinedValue)
    : objectOf({ [model.entity.key ?? 'id']: value });

export const keyPart = (model: Model, value: Value | undefined): Value => {
  const { key = 'id' } = model.entity;
  return objectOf({ [key]: field(value, key) ?? unknown(key) });
};

export function assignTo(target: Value | undefined, source: Value | undefined): void {
  const fields =
    source?.type === 'object' ? [...source.fields] : source?.type === 'symbolic' ? [['*', source] as const] : [];
  if (target?.type === 'symbolic') target.changes = new Map([...(target.changes ?? []), ...fields]);
  else if (target?.type === 'object') for (const [name, value] of fields) target.fields.set(name, value);
}

/** `where('user.email = :email', { email })`. */
export function builtWhere(steps: ChainStep[]): Where {
  const found = everything();
  for (const step of steps) {
    if (!/where/i.test(step.name)) continue;
    const [text, values] = step.args ?? [];
    const match = /^\s*(?:\w+\.)?["`]?(\w+)["`]?\s*=\s*:(\w+)\s*$/.exec(textOf(text) ?? '');
    const value = match?.[2] === undefined ? undefined : field(values, match[2]);
    if (match?.[1] !== undefined && value && !/^or/.test(step.name)) found.by.set(match[1], value);
    else if (text?.type === 'object' && step.name !== 'orWhere')
      for (const [name, one] of text.fields) found.by.set(name, one);
    else found.other.push(textOf(text) ?? step.name);
  }
  return found;
}
