import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { primitive, type Symbolic, textOf, undefinedValue, type Value } from '../../interpreter/values.js';
import type { ChainStep } from '../chain.js';
import { changedCount, collectionVerbs, removedCount, selection, where, withOptions } from '../documents.js';
import { type Model, type Verb } from '../model.js';
import { perform } from '../perform.js';
import { objectOf } from '../table.js';

const key = { arg: 0, key: true };

export const verbs: Record<string, Verb> = {
  ...collectionVerbs,
  findById: { does: 'one', where: key },
  exists: { does: 'one', where },
  create: { does: 'insert', values: { arg: 0 } },
  findByIdAndUpdate: { does: 'update', where: key, values: { arg: 1 }, gives: 'before' },
  update: { does: 'update', where, values: { arg: 1 }, gives: changedCount },
  findByIdAndDelete: { does: 'delete', where: key, gives: 'before' },
  findByIdAndRemove: { does: 'delete', where: key, gives: 'before' },
  findOneAndRemove: { does: 'delete', where, gives: 'before' },
  remove: { does: 'delete', where, gives: removedCount },
};

export const rowVerbs = {
  save: new Set(['save']),
  update: new Set(['updateOne', 'set']),
  remove: new Set(['remove', 'deleteOne', 'delete']),
  plain: new Set(['toObject', 'toJSON']),
  reload: new Set(['populate', 'execPopulate']),
};

export function modelName(value: Symbolic): string | undefined {
  const { origin } = value;
  if (origin.kind !== 'call' || origin.callee.origin.kind !== 'external') return undefined;
  const { module, path } = origin.callee.origin;
  return module === 'mongoose' && path[0] === 'model' ? textOf(origin.args[0]) : undefined;
}

/** Runs a chain of query steps: `find(…).sort(…).limit(1)`. */
export function run(model: Model, steps: ChainStep[], interpreter: Interpreter, span: Span): Value | undefined {
  const [first, ...rest] = steps;
  const verb = first && verbs[first.name];
  if (!first?.args || !verb) return undefined;
  const args = [...first.args];
  const select = rest.find((step) => step.name === 'select')?.args?.[0];
  const extra = rest.filter((step) =>
    ['where', 'or', 'and', 'nor', 'in', 'gt', 'gte', 'lt', 'lte', 'regex', 'ne'].includes(step.name),
  );
  let chosen = withOptions(verb, args);
  const narrowed = rest.find((step) => step.name === 'countDocuments' || step.name === 'count');
  if (narrowed) chosen = { does: 'count', where: { arg: 0 } };
  const removes = rest.find((step) => ['deleteOne', 'deleteMany', 'remove'].includes(step.name));
  if (removes) chosen = { does: 'delete', where: verb.where ?? { arg: 0 }, gives: removedCount };
  if (extra.length && args[0]?.type === 'object') {
    const conditionsOf = objectOf(Object.fromEntries(args[0].fields));
    for (const step of extra)
      if (step.name === 'where' && step.args?.[0]?.type === 'object')
        for (const [name, value] of step.args[0].fields) conditionsOf.fields.set(name, value);
      else conditionsOf.fields.set(`$${step.name}`, step.args?.[0] ?? undefinedValue);
    args[0] = conditionsOf;
  }
  const chooses = selection(
    model,
    select ?? (['find', 'findOne', 'findById'].includes(first.name) ? args[1] : undefined),
  );
  const joined = rest.filter((step) => step.name === 'populate').flatMap((step) => populated(step.args?.[0]));
  const shows = objectOf({
    ...(chooses ? { attributes: chooses } : {}),
    ...(joined.length ? { include: objectOf(Object.fromEntries(joined.map((name) => [name, primitive(true)]))) } : {}),
  });
  return perform(model, { ...chosen, options: { arg: args.length } }, [...args, shows], interpreter, span);
}

function populated(value: Value | undefined): string[] {
  if (value?.type === 'array') return value.items.flatMap(populated);
  const path = textOf(value) ?? (value?.type === 'object' ? textOf(value.fields.get('path')) : undefined);
  return path?.split(/\s+/).map((one) => one.split('.')[0] ?? one) ?? [];
}
