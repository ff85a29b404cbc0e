import { ObjectValue, primitive, textOf, unknown, type Value } from '../../interpreter/values.js';
import { type ChainStep } from '../chain.js';
import { everything } from '../table.js';

export function stepped(step: ChainStep): Value {
  const values = new ObjectValue(false);
  const name = textOf(step.args?.[0]);
  if (name !== undefined) values.fields.set(name, unknown(`${step.name}ed ${name}`));
  return values;
}

export function countName(step: ChainStep | undefined): string {
  const [first] = step?.args ?? [];
  if (first?.type === 'object') return [...first.fields.keys()][0] ?? 'count';
  return / as (\w+)/i.exec(textOf(first) ?? '')?.[1] ?? 'count';
}

/** `select('id', 'name as title')`; undefined: all of them. */
export function chosenColumns(args: Value[]): Map<string, string> | undefined {
  const columns = new Map<string, string>();
  for (const arg of args.flatMap((one) => (one.type === 'array' ? one.items : [one]))) {
    const text = textOf(arg);
    if (text === undefined || /\*$/.test(text)) return undefined;
    const [name = '', alias] = text.split(/\s+as\s+/i);
    const column = name.split('.').at(-1) ?? name;
    columns.set(alias ?? column, alias === undefined ? column : name);
  }
  return columns.size ? columns : undefined;
}

export function conditions(steps: ChainStep[], table: string): ReturnType<typeof everything> {
  const where = everything();
  const column = (value: Value | undefined): string | undefined =>
    textOf(value)?.replace(new RegExp(`^${table}\\.`), '');
  for (const step of steps) {
    if (!step.args || !/where|having/i.test(step.name)) continue;
    const [first, second, third] = step.args;
    const plain = step.name === 'where' || step.name === 'andWhere';
    if (plain && first?.type === 'object') {
      for (const [name, value] of first.fields) where.by.set(column(primitive(name)) ?? name, value);
      if (first.open) where.other.push('more conditions');
    } else if (plain && step.args.length === 2 && second && column(first) !== undefined)
      where.by.set(column(first) as string, second);
    else if (plain && step.args.length === 3 && textOf(second) === '=' && third && column(first) !== undefined)
      where.by.set(column(first) as string, third);
    else where.other.push(step.name);
  }
  return where;
}
