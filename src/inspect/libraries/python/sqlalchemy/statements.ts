import { spanText } from '../../../core/language.js';
import { externalName } from '../../../interpreter/operators.js';
import {
  isNil,
  keyOf,
  nullValue,
  ObjectValue,
  operation,
  type Symbolic,
  symbolic,
  textOf,
  type Value,
} from '../../../interpreter/values.js';
import { chainOf, type ChainStep } from '../../chain.js';
import { columnOf, type Mapped, mappedOf } from './models.js';

/** `select(User).where(User.id == id)` and the like, as far as it can be said in equalities. */
export interface Statement {
  verb: 'select' | 'insert' | 'update' | 'delete';
  mapped: Mapped;
  by: Map<string, Value>;
  /** Conditions beyond equality, as written. */
  other: string[];
  /** What each row of the answer is made of; empty: the whole row. */
  selected: Value[];
  isCount: boolean;
  values: Map<string, Value>;
  isReturning: boolean;
}

const verbs: Record<string, Statement['verb']> = {
  select: 'select',
  query: 'select',
  insert: 'insert',
  update: 'update',
  delete: 'delete',
};

/** Reads a chain of calls; undefined: it is no statement over a mapped class. */
export function statementOf(value: Value | undefined): Statement | undefined {
  if (value?.type !== 'symbolic' || value.origin.kind !== 'call') return undefined;
  const { steps } = chainOf(value);
  const start = steps.findIndex((step) => step.args && verbs[step.name]);
  const first = steps[start];
  if (!first) return undefined;
  const rest = steps.slice(start + 1);
  const from = rest.filter((step) => step.name === 'select_from').flatMap((step) => step.args ?? []);
  const targets = [...(first.args ?? []), ...from];
  const mapped = targets.map(mappedIn).find(Boolean);
  if (!mapped) return undefined;
  const statement: Statement = {
    verb: verbs[first.name] ?? 'select',
    mapped,
    by: new Map(),
    other: [],
    selected: [],
    isCount: first.args?.length === 1 && isCount(first.args[0]),
    values: new Map(),
    isReturning: rest.some((step) => step.name === 'returning'),
  };
  const args = first.args ?? [];
  if (!(args.length === 1 && args[0]?.type === 'class')) statement.selected = args;
  for (const step of rest) apply(statement, step);
  return statement;
}

/** The table that an expression is about. */
function mappedIn(value: Value): Mapped | undefined {
  const own = mappedOf(value) ?? columnOf(value)?.mapped;
  if (own) return own;
  if (value.type !== 'symbolic') return undefined;
  const { origin } = value;
  if (origin.kind === 'call')
    return (
      [...origin.args, origin.callee].map(mappedIn).find(Boolean) ??
      (origin.callee.origin.kind === 'member' ? mappedIn(origin.callee.origin.of) : undefined)
    );
  if (origin.kind === 'op') return origin.args.map(mappedIn).find(Boolean);
  return undefined;
}

const isCount = (value: Value | undefined): boolean =>
  value?.type === 'symbolic' &&
  value.origin.kind === 'call' &&
  chainOf(value).steps.some((step) => step.name === 'count' && step.args !== undefined);

function apply(statement: Statement, step: ChainStep): void {
  switch (step.name) {
    case 'where':
    case 'filter':
      for (const arg of step.args ?? []) conjuncts(statement, arg);
      return;
    case 'filter_by':
      for (const [name, value] of step.keywords ?? []) statement.by.set(name, value);
      return;
    case 'values':
      for (const arg of step.args ?? [])
        if (arg.type === 'object') for (const [name, value] of arg.fields) statement.values.set(name, value);
      for (const arg of step.args ?? []) if (arg.type === 'object' && arg.open) statement.values.set('*', arg.open);
      for (const [name, value] of step.keywords ?? []) statement.values.set(name === '**' ? '*' : name, value);
      return;
    case 'join':
    case 'outerjoin':
    case 'group_by':
    case 'having':
      statement.other.push(step.name);
      return;
    default:
      if (step.name === 'count' && step.args) statement.isCount = true;
  }
}

/** The equalities that a condition asks of the table's own columns; the rest is named. */
export function conjuncts(statement: Pick<Statement, 'mapped' | 'by' | 'other'>, condition: Value): void {
  if (condition.type === 'primitive') {
    if (condition.value !== true) statement.other.push(String(condition.value));
    return;
  }
  if (condition.type !== 'symbolic') return void statement.other.push('condition');
  const { origin } = condition;
  if (origin.kind === 'op' && (origin.op === '&&' || origin.op === '&')) {
    for (const part of origin.args) conjuncts(statement, part);
    return;
  }
  if (origin.kind === 'op' && origin.op === '===' && origin.args[0] && origin.args[1]) {
    const [left, right] = origin.args;
    const [column, value] = ownColumn(statement, left) ? [left, right] : [right, left];
    const own = ownColumn(statement, column);
    if (own !== undefined && !columnOf(value)) return void statement.by.set(own, isNil(value) ? nullValue : value);
  }
  if (origin.kind === 'call') {
    const name = externalName(origin.callee);
    if (name === 'and_') {
      for (const part of origin.args) conjuncts(statement, part);
      return;
    }
    const own =
      origin.callee.origin.kind === 'member'
        ? ownColumn(statement, origin.callee.origin.of)
        : externalColumn(statement, origin.callee);
    if (own !== undefined && (name === 'is_' || name === 'is') && origin.args[0])
      return void statement.by.set(own, origin.args[0]);
    return void statement.other.push(spanText(origin.span).replace(/\s+/g, ' ').slice(0, 120));
  }
  const own = ownColumn(statement, condition);
  if (own !== undefined) return void statement.by.set(own, { type: 'primitive', value: true });
  const negated =
    origin.kind === 'op' && (origin.op === '!' || origin.op === '~') ? ownColumn(statement, origin.args[0]) : undefined;
  if (negated !== undefined) return void statement.by.set(negated, { type: 'primitive', value: false });
  statement.other.push(
    origin.kind === 'op' ? `${origin.op} ${origin.args.map((arg) => keyOf(arg)).join(' ')}`.slice(0, 120) : 'condition',
  );
}

function ownColumn(statement: Pick<Statement, 'mapped'>, value: Value | undefined): string | undefined {
  const column = columnOf(value);
  return column?.mapped === statement.mapped ? column.name : undefined;
}

/** `User.deleted_at.is_(None)`: the callee is a place inside of the column. */
function externalColumn(statement: Pick<Statement, 'mapped'>, callee: Symbolic): string | undefined {
  const { origin } = callee;
  if (origin.kind !== 'external' || origin.path.length !== 3) return undefined;
  return ownColumn(statement, symbolic({ ...origin, path: origin.path.slice(0, 2) }, true));
}

/** One row of the answer: the row itself, one of its columns, or what was selected side by side. */
export function rowValue(statement: Statement, row: Symbolic): Value {
  if (!statement.selected.length) return row;
  const values = statement.selected.map((one): Value => {
    const column = columnOf(one);
    if (column?.mapped === statement.mapped) return symbolic({ kind: 'row', lookup: lookupOf(row), at: [column.name] });
    if (mappedOf(one) === statement.mapped) return row;
    return operation(one.type === 'symbolic' ? aggregateName(one) : 'selected', row);
  });
  const [only] = values;
  if (values.length === 1 && only) return only;
  const tuple = new ObjectValue(false);
  values.forEach((value, index) => {
    tuple.fields.set(String(index), value);
    const name = selectedName(statement.selected[index]);
    if (name !== undefined) tuple.fields.set(name, value);
  });
  return tuple;
}

/** By which a field of the answer is read: the class, the column, or what `label()` says. */
function selectedName(selected: Value | undefined): string | undefined {
  const column = columnOf(selected);
  if (column) return column.name;
  if (selected?.type === 'class') return selected.name;
  const last = selected?.type === 'symbolic' ? chainOf(selected).steps.at(-1) : undefined;
  return last?.name === 'label' ? textOf(last.args?.[0]) : undefined;
}

const lookupOf = (row: Symbolic): string => (row.origin.kind === 'row' ? row.origin.lookup : '');

const aggregateName = (value: Symbolic): string => {
  const { steps } = chainOf(value);
  return steps.findLast((step) => step.args)?.name ?? 'selected';
};
