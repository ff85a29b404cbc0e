import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { type Symbolic, type Value } from '../../interpreter/values.js';
import { type ChainStep } from '../chain.js';
import { type Model, tableOf } from '../model.js';
import { runStatement } from '../statement.js';
import { listOf } from '../table.js';
import { builtWhere } from './arguments.js';
import { affected } from './actions.js';
import type { Entities } from './entities.js';

/** A chain that begins with `createQueryBuilder` and ends with `getOne`, `getMany`, `execute`. */
export function built(entities: Entities, value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined {
  const steps: ChainStep[] = [];
  let model: Model | undefined;
  for (let current: Value = value; current.type === 'symbolic' && current.origin.kind === 'call';) {
    const { callee, args } = current.origin as Extract<Symbolic['origin'], { kind: 'call' }>;
    if (callee.origin.kind !== 'member') break;
    steps.unshift({ name: callee.origin.key, args, isNew: false });
    model = entities.repositoryOf(callee.origin.of, interpreter)?.model ?? model;
    current = callee.origin.of;
  }
  const [first] = steps;
  if (first?.name !== 'createQueryBuilder') return undefined;
  const named = steps.find(
    (step) => ['from', 'into', 'update', 'delete'].includes(step.name) && step.args?.[0]?.type === 'class',
  );
  const cls = named?.args?.[0] ?? first.args?.find((arg) => arg.type === 'class');
  model = cls?.type === 'class' ? entities.modelOfClass(cls, span) : model;
  const last = steps.at(-1)?.name ?? '';
  if (!model || !/^(get|execute)/.test(last)) return undefined;
  const of = (name: string): ChainStep | undefined => steps.find((step) => step.name === name);
  const action = of('insert')
    ? 'insert'
    : of('update')
      ? 'update'
      : (of('delete') ?? of('softDelete'))
        ? 'delete'
        : last === 'getCount'
          ? 'count'
          : 'select';
  const values = of('values')?.args?.[0] ?? of('set')?.args?.[0];
  const statement = {
    action: action as 'select',
    where: builtWhere(steps),
    ...(values ? { values } : {}),
    joined: steps.some((step) => /Join/.test(step.name)),
    single: /One/.test(last),
    returning: false,
    ignores: !!of('orIgnore') || !!of('orUpdate'),
    outcome: (count: Value): Value => affected(interpreter, count),
  };
  const table = tableOf(model, interpreter, span);
  if (last === 'getManyAndCount') return listOf(runStatement(table, statement), table.count(statement.where));
  return last === 'getCount' ? table.count(statement.where) : runStatement(table, statement);
}
