import type { Expression, FunctionNode, Statement } from '../core/language.js';
import { sourceRef } from '../core/language.js';
import { walk } from '../core/walk.js';
import type { SourceRef } from '../../model/index.js';
import { literalOf, membersOf, undecorated } from './file-table.js';
import type { Origin, Origins, OwnFunction } from './origins.js';

/** A unit that was asked for: the functions that make it up, and the decorators on it. */
export interface Located {
  name: string;
  file: string;
  source: SourceRef;
  functions: OwnFunction[];
  decorators: Expression[];
  /** What test code imports: the name, or the class that has the method. Absent: not exported. */
  exported?: string;
}

/** Every unit of a file that has a name: functions, classes, and functions in objects, in the order of the source. */
export function unitsOf(file: string, origins: Origins): Located[] {
  const found: Located[] = [];
  const { node } = origins.table(file);
  for (const statement of node?.body ?? []) found.push(...declared(statement, file, origins));
  return found.filter((one, index) => found.findIndex((other) => other.source.start === one.source.start) === index);
}

/** One unit by its name: `priceOf`, `Basket.add`, `default`; a function inside others by its last name. */
export function unitNamed(name: string, file: string, origins: Origins): Located | undefined {
  const [first = '', ...rest] = name.split('.');
  const start = startOf(first, file, origins);
  const origin = rest.reduce<Origin>((of, key) => origins.step(of, key), start);
  return located(origin, name, file, origins) ?? anywhere(name, file, origins);
}

function startOf(name: string, file: string, origins: Origins): Origin {
  const own = origins.ofFile(name, file);
  if (own.kind !== 'global' && own.kind !== 'unknown') return own;
  return origins.exported(file, name);
}

function declared(statement: Statement, file: string, origins: Origins): Located[] {
  const of = (origin: Origin, name: string): Located[] => {
    const unit = located(origin, name, file, origins);
    if (unit) return [unit];
    if (origin.kind !== 'object') return [];
    return origin.value.properties.flatMap((property) => {
      const key = property.kind === 'field' ? literalOf(property.key) : undefined;
      return key === undefined || property.kind !== 'field'
        ? []
        : of(origins.step(origin, key), name === 'default' ? key : `${name}.${key}`);
    });
  };
  switch (statement.kind) {
    case 'function':
      return of(origins.ofFile(statement.fn.name, file), statement.fn.name);
    case 'class':
      return of(origins.ofFile(statement.cls.name || 'default', file), statement.cls.name || 'default');
    case 'declare':
      return statement.target.kind === 'name'
        ? of(origins.ofFile(statement.target.name, file), statement.target.name)
        : [];
    case 'exportDefault':
      return of(origins.exported(file, 'default'), 'default');
    case 'expression': {
      if (statement.value.kind !== 'assign') return [];
      const { value } = undecorated(statement.value.value);
      if (statement.value.target.kind === 'name' && (value.kind === 'function' || value.kind === 'class'))
        return of(origins.ofFile(statement.value.target.name, file), statement.value.target.name);
      if (statement.value.target.kind !== 'place') return [];
      const { place } = statement.value.target;
      const key = place.kind === 'member' ? literalOf(place.key) : undefined;
      if (key === undefined) return [];
      return key === 'exports'
        ? of(origins.exported(file, 'default'), 'default')
        : of(origins.exported(file, key), key);
    }
    default:
      return [];
  }
}

/** A function; a class with all its methods; what a wrapper (`catchAsync(fn)`) is given. */
function located(origin: Origin, name: string, file: string, origins: Origins): Located | undefined {
  if (origin.kind === 'function' && origin.own.file === file) return ofFunction(origin.own, name, origins);
  if ((origin.kind === 'class' || origin.kind === 'instance') && origin.file === file) {
    const { cls } = origin;
    const functions = membersOf(cls).flatMap((member) => {
      const fn = member.fn ?? (member.value?.kind === 'function' ? member.value.fn : undefined);
      return fn ? [{ file, name: `${cls.name}.${literalOf(member.key) ?? ''}`, fn, cls }] : [];
    });
    return {
      name,
      file,
      source: sourceRef(cls.span),
      functions,
      decorators: cls.decorators,
      ...exportedAs(name, file, origins),
    };
  }
  const wrapped = wrappedFunction(name, file, origins);
  return wrapped && ofFunction({ file, name, fn: wrapped }, name, origins);
}

function ofFunction(own: OwnFunction, name: string, origins: Origins): Located {
  const member = own.cls && membersOf(own.cls).find((one) => one.fn === own.fn);
  return {
    name,
    file: own.file,
    source: sourceRef(own.fn.span),
    functions: [{ ...own, name }],
    decorators: member?.decorators ?? decoratorsOf(name, own.file, origins),
    ...exportedAs(name, own.file, origins),
  };
}

/** `@router.post('/')` over a function of a file's top level. */
function decoratorsOf(name: string, file: string, origins: Origins): Expression[] {
  const value = origins.table(file).values.get(name)?.value;
  return value ? undecorated(value).decorators : [];
}

/** `const createUser = catchAsync(async (req, res) => …)` */
function wrappedFunction(name: string, file: string, origins: Origins): FunctionNode | undefined {
  const table = origins.table(file);
  const value =
    table.values.get(name)?.value ?? table.exports.get(name) ?? (name === 'default' ? table.whole : undefined);
  return value && argumentFunction(value);
}

function argumentFunction(value: Expression): FunctionNode | undefined {
  if (value.kind !== 'call') return undefined;
  for (const { value: arg } of value.args) {
    const found = arg.kind === 'function' ? arg.fn : argumentFunction(arg);
    if (found) return found;
  }
  return undefined;
}

/** A function that has its name only inside something else: a field of an exported object, a helper inside a factory. */
function anywhere(name: string, file: string, origins: Origins): Located | undefined {
  const last = name.split('.').at(-1) ?? name;
  const found: FunctionNode[] = [];
  walk(origins.table(file).node?.body ?? [], {
    expression: (expression) => {
      if (expression.kind !== 'object') return;
      for (const property of expression.properties)
        if (property.kind === 'field' && literalOf(property.key) === last && property.value.kind === 'function')
          found.push(property.value.fn);
    },
    statement: (statement) => {
      if (statement.kind === 'function' && statement.fn.name === last) found.push(statement.fn);
      if (statement.kind === 'declare' && statement.target.kind === 'name' && statement.target.name === last)
        if (statement.value?.kind === 'function') found.push(statement.value.fn);
    },
  });
  const [fn] = found;
  return fn && { ...ofFunction({ file, name: last, fn }, last, origins), name };
}

function exportedAs(name: string, file: string, origins: Origins): { exported?: string } {
  const [first = ''] = name.split('.');
  const table = origins.table(file);
  for (const [exported, value] of table.exports) if (value.kind === 'name' && value.name === first) return { exported };
  if (table.exports.has(first)) return { exported: first };
  if (!table.whole) return {};
  if (first === 'default' || (table.whole.kind === 'name' && table.whole.name === first))
    return { exported: 'default' };
  return origins.exported(file, first).kind === 'unknown' ? {} : { exported: first };
}
