import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  isNil,
  nullValue,
  operation,
  primitive,
  type Symbolic,
  textOf,
  unknown,
  type Value,
} from '../interpreter/values.js';
import type { RecordedLookup } from '../interpreter/path.js';
import { fieldsOf, recordEffect } from './record.js';
import { columnOf, field, listOf, objectOf, type Table } from './table.js';
import { inJson } from '../interpreter/json.js';

/** The keys of one shape, and the one of them that a command names. */
export interface Keyspace {
  table: Table;
  interpreter: Interpreter;
  span: Span;
  by: Map<string, Value>;
}

/** What a command does with the arguments after its key, and what it answers. */
type Command = (space: Keyspace, args: Value[]) => Value;

const value = '$value';
const ok = primitive('OK');
const plainValue = (row: Symbolic): Value => columnOf(row, value);
const where = ({ by }: Keyspace, more: [string, Value][] = []) => ({ by: new Map([...by, ...more]), other: [] });

/** What stands under a key: JSON by its fields, anything else as text. */
function stored(given: Value | undefined): Map<string, Value> {
  const inside = inJson(given);
  if (inside?.type === 'object' || (inside?.type === 'symbolic' && inside.origin.kind !== 'rows'))
    return fieldsOf(inside);
  return new Map(given ? [[value, asText(given)]] : []);
}

/** All that Redis keeps is text. */
const asText = (given: Value): Value =>
  given.type === 'primitive' ? primitive(String(given.value)) : operation('string', given);

/** A write under a key: new values for a row that this path knows to be there, else a row. */
function put(space: Keyspace, given: Map<string, Value>): void {
  const { interpreter, table, span, by } = space;
  const target = table.entity.name;
  const kept = keptRow(space, given.get('*'));
  const values = kept ? new Map([...given].filter(([name]) => name !== '*')) : given;
  const known = kept?.by ?? (table.isKnown(where(space)) ? by : undefined);
  recordEffect(
    interpreter,
    known
      ? { kind: 'db-write', target, verb: 'update', values, by: known }
      : { kind: 'db-write', target, verb: 'insert', values: new Map([...by, ...values]) },
    span,
  );
}

/** `{ ...row, sailed: true }`: the row is the one that was read. */
function keptRow({ interpreter, table }: Keyspace, spread: Value | undefined): RecordedLookup | undefined {
  const { origin } = spread?.type === 'symbolic' ? spread : {};
  const lookup = origin?.kind === 'row' && !origin.at.length ? origin.lookup : undefined;
  return interpreter.path?.lookups.find(({ id, entity }) => id === lookup && entity === table.entity.name);
}

const said = (option: Value | undefined, word: string): boolean =>
  textOf(option)?.toUpperCase() === word || field(option, word) !== undefined || conditionOf(option) === word;
const conditionOf = (option: Value | undefined): string | undefined =>
  textOf(field(option, 'condition'))?.toUpperCase();

const isThere = (space: Keyspace, more: [string, Value][] = []): boolean => !isNil(space.table.one(where(space, more)));

/** `set(key, value, 'EX', 60, 'NX')`, `set(key, value, { NX: true })`. */
const set: Command = (space, [given, ...options]) => {
  if (!options.some((option) => said(option, 'NX'))) return (void put(space, stored(given)), ok);
  return fresh(space, given) ? ok : nullValue;
};

/** Written only where nothing is. */
function fresh(space: Keyspace, given: Value | undefined): boolean {
  if (isThere(space)) return false;
  put(space, stored(given));
  return true;
}

const hashFields = ([first, ...others]: Value[]): Map<string, Value> => {
  const pairs = first?.type === 'object' || first?.type === 'symbolic' ? [...fieldsOf(first)] : [];
  const flat = pairs.length ? [] : [first, ...others];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const [name, given] = [textOf(flat[at]), flat[at + 1]];
    if (name !== undefined && given) pairs.push([name, given]);
  }
  return new Map(pairs.map(([name, given]) => [name, name === '*' ? given : asText(given)]));
};

const hset: Command = (space, args) => {
  put(space, hashFields(args));
  return unknown('number of fields');
};

/** A member, or several in a list. */
const members = (args: Value[]): Value[] => args.flatMap((arg) => (arg.type === 'array' ? arg.items : [arg]));

const add: Command = ({ table, by }, args) => {
  for (const member of members(args)) table.insert(new Map([...by, ...stored(member)]));
  return unknown('number of members');
};

const addScored: Command = (space, args) =>
  add(space, args[0]?.type === 'object' || args[0]?.type === 'array' ? scored(args[0]) : args.slice(1, 2));
const scored = (given: Value): Value[] => members([given]).flatMap((one) => field(one, 'value') ?? []);

/** Takes away what is there: how many there were. */
function taken(space: Keyspace, more: [string, Value][] = []): Value {
  const { found } = space.table.change('delete', where(space, more), undefined, true);
  return primitive(found ? 1 : 0);
}

const changed: Command = (space) => {
  const after = unknown('the number under this key');
  put(space, new Map([[value, after]]));
  return after;
};

const list: Command = (space) => space.table.list(where(space), plainValue);
const count: Command = (space) => space.table.count(where(space));
const nothing: Command = () => unknown('what Redis answers');

/** The first row and its removal. */
const pop: Command = (space) => {
  const { found, before } = space.table.change('delete', where(space), undefined, true);
  return found ? plainValue(before) : nullValue;
};

/** By their names in lower case: https://redis.io/docs/latest/commands/ */
export const commands: Record<string, Command> = {
  get: (space) => space.table.one(where(space), plainValue),
  set,
  setex: (space, [, given]) => (put(space, stored(given)), ok),
  psetex: (space, [, given]) => (put(space, stored(given)), ok),
  setnx: (space, [given]) => primitive(fresh(space, given) ? 1 : 0),
  getdel: pop,
  exists: (space) => primitive(isThere(space) ? 1 : 0),
  del: (space) => taken(space),
  unlink: (space) => taken(space),
  incr: changed,
  incrby: changed,
  decr: changed,
  decrby: changed,
  expire: nothing,
  pexpire: nothing,
  hset,
  hmset: hset,
  hget: (space, [name]) => {
    const row = space.table.one(where(space));
    return row.type === 'symbolic' ? columnOf(row, textOf(name) ?? '*') : nullValue;
  },
  hgetall: (space) => {
    const row = space.table.one(where(space));
    return isNil(row) ? objectOf({}) : row;
  },
  hincrby: (space, [name]) => {
    const after = unknown('the number in this field');
    put(space, new Map([[textOf(name) ?? '*', after]]));
    return after;
  },
  sadd: add,
  srem: (space, args) => listed(members(args).map((member) => taken(space, [[value, asText(member)]]))),
  sismember: (space, [member]) => primitive(isThere(space, member ? [[value, asText(member)]] : []) ? 1 : 0),
  smembers: list,
  scard: count,
  lpush: add,
  rpush: add,
  lrange: list,
  llen: count,
  lpop: pop,
  rpop: pop,
  zadd: addScored,
  zrem: (space, [member]) => taken(space, member ? [[value, asText(member)]] : []),
  zrange: list,
  zcard: count,
};

const listed = (counts: Value[]): Value => (counts.length === 1 && counts[0] ? counts[0] : listOf(...counts));
