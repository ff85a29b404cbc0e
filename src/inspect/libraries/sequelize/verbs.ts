import type { Interpreter } from '../../interpreter/interpreter.js';
import { type Value } from '../../interpreter/values.js';
import { type Verb } from '../model.js';
import { listOf } from '../table.js';

const where = { arg: 0, at: 'where' };

const options = { arg: 0 };

const key = { arg: 0, key: true };

const counted = (_: Interpreter, count: Value): Value => count;

const inList = (_: Interpreter, count: Value): Value => listOf(count);

export const verbs: Record<string, Verb> = {
  findAll: { does: 'list', where, options },
  findOne: { does: 'one', where, options },
  find: { does: 'one', where, options },
  findByPk: { does: 'one', where: key, options: { arg: 1 } },
  findById: { does: 'one', where: key, options: { arg: 1 } },
  count: { does: 'count', where },
  findAndCountAll: { does: 'page', where, options },
  create: { does: 'insert', values: { arg: 0 }, options: { arg: 1 } },
  bulkCreate: { does: 'insertAll', values: { arg: 0 } },
  findOrCreate: { does: 'findOrInsert', where },
  update: { does: 'update', values: { arg: 0 }, where: { arg: 1, at: 'where' }, gives: inList },
  destroy: { does: 'delete', where, gives: counted },
};

export const rowVerbs = {
  save: new Set(['save']),
  update: new Set(['update']),
  remove: new Set(['destroy']),
  plain: new Set(['toJSON', 'get']),
  reload: new Set(['reload']),
};
