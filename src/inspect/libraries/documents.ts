import type { Interpreter } from '../interpreter/interpreter.js';
import { objectOf } from './table.js';
import { primitive, textOf, type Value } from '../interpreter/values.js';
import type { Model, Verb } from './model.js';

export const where = { arg: 0 };

const result =
  (...names: string[]) =>
  (_: Interpreter, count: Value): Value =>
    objectOf({ acknowledged: primitive(true), ...Object.fromEntries(names.map((name) => [name, count])) });
export const changedCount = result('matchedCount', 'modifiedCount', 'n', 'nModified');
export const removedCount = result('deletedCount', 'n');

/** What the methods of a collection of documents do, whichever library they are called through. */
export const collectionVerbs: Record<string, Verb> = {
  find: { does: 'list', where },
  findOne: { does: 'one', where },
  countDocuments: { does: 'count', where },
  count: { does: 'count', where },
  estimatedDocumentCount: { does: 'count' },
  insertMany: { does: 'insertAll', values: { arg: 0 } },
  findOneAndUpdate: { does: 'update', where, values: { arg: 1 }, gives: 'before' },
  findOneAndReplace: { does: 'update', where, values: { arg: 1 }, gives: 'before' },
  updateOne: { does: 'update', where, values: { arg: 1 }, gives: changedCount },
  updateMany: { does: 'update', where, values: { arg: 1 }, gives: changedCount },
  replaceOne: { does: 'update', where, values: { arg: 1 }, gives: changedCount },
  findOneAndDelete: { does: 'delete', where, gives: 'before' },
  deleteOne: { does: 'delete', where, gives: removedCount },
  deleteMany: { does: 'delete', where, gives: removedCount },
};

/** The verb under these options: `{ new: true }` and `{ returnDocument: 'after' }` give the document as it is then. */
export function withOptions(verb: Verb, args: Value[]): Verb {
  const options = args.findLast((arg) => arg.type === 'object');
  if (options?.type !== 'object' || verb.gives !== 'before' || verb.does !== 'update') return verb;
  const isNew = options.fields.get('new') ?? options.fields.get('returnOriginal');
  const after = textOf(options.fields.get('returnDocument')) === 'after';
  return after || (isNew?.type === 'primitive' && isNew.value === options.fields.has('new'))
    ? { ...verb, gives: 'after' }
    : verb;
}

/** `'name email'`, `'-password'`, `{ password: 0 }` as a choice of columns. */
export function selection(model: Model, value: Value | undefined): Value | undefined {
  const all = Object.keys(model.entity.columns).filter((name) => !model.hidden.has(name));
  const words = textOf(value)?.split(/\s+/).filter(Boolean);
  const given =
    words ??
    (value?.type === 'object'
      ? [...value.fields].map(([name, one]) => (one.type === 'primitive' && !one.value ? `-${name}` : name))
      : []);
  if (!given.length) return undefined;
  const without = given.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  const added = given.filter((name) => name.startsWith('+')).map((name) => name.slice(1));
  const chosen = given.filter((name) => !/^[-+]/.test(name));
  const names = chosen.length
    ? ['_id', ...chosen.filter((name) => name !== '_id')].filter((name) => !without.includes(name))
    : [...all, ...added].filter((name) => !without.includes(name));
  return objectOf(Object.fromEntries(names.map((name) => [name, primitive(true)])));
}

/** A broken unique index, as the driver throws it. */
export function duplicateKey(interpreter: Interpreter): Value {
  const error = objectOf({
    name: primitive('MongoServerError'),
    code: primitive(11000),
    message: primitive('E11000 duplicate key error'),
  });
  const cls = interpreter.global.find('Error')?.binding.value;
  if (cls?.type === 'class') error.cls = cls;
  return error;
}
