import { type Symbolic, type Value } from '../../interpreter/values.js';
import { chainOf } from '../chain.js';
import { field } from '../table.js';

const modules = new Set(['sequelize', '@sequelize/core', 'sequelize-typescript']);

/** `new Sequelize(…)`. */
export const isClient = (value: Value): value is Symbolic =>
  value.type === 'symbolic' &&
  value.origin.kind === 'call' &&
  value.origin.isNew &&
  modules.has(chainOf(value).module ?? '');

export const clientOptions = (client: Symbolic): Value | undefined =>
  client.origin.kind === 'call'
    ? field(
        [...client.origin.args].reverse().find((arg) => arg.type === 'object'),
        'define',
      )
    : undefined;

/** `Model.findAll` reached through a class of the service that extends it. */
export const isModelBase = (callee: Symbolic): boolean =>
  callee.origin.kind === 'external' && modules.has(callee.origin.module) && callee.origin.path.at(-2) === 'Model';
