import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  type NativeCall,
  operation,
  primitive,
  type Symbolic,
  symbolic,
  textOf,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { chainOf } from './chain.js';
import { commands, type Keyspace } from './redis-commands.js';
import { field, Table } from './table.js';

/** Steps that lead to the same data: a pipeline's commands are read as they are added. */
const queues = new Set(['multi', 'pipeline', 'batch']);
const passes = new Set([...queues, 'duplicate']);
const made: Record<string, RegExp> = { ioredis: /^(ioredis|default|Redis)$/, redis: /^createClient$/ };

/**
 * Redis through ioredis or redis: keys of one shape (`session:*`) are an entity. Its rows are what stands under each key: the fields of
 * a hash or of JSON, one row for each member of a set or a list, else `$value`. `$key` is what varies of the key.
 */
export function redis(catalog: Catalog): Library {
  return {
    name: 'redis',
    parsed(text, interpreter) {
      const { origin } = text;
      if (origin.kind !== 'row' || origin.at.join() !== '$value') return undefined;
      const entity = interpreter.path?.lookups.find((one) => one.id === origin.lookup)?.entity;
      const store = catalog.storeById(catalog.entities.get(entity ?? '')?.store ?? '');
      return store?.client === 'redis' ? symbolic({ ...origin, at: [] }) : undefined;
    },
    call(callee, call) {
      const { origin } = callee;
      if (origin.kind !== 'member') return undefined;
      const root = clientOf(origin.of);
      if (!root) return undefined;
      if (origin.key === 'connect') return connects(catalog, root, call);
      const command = commands[origin.key.toLowerCase()];
      const [key, ...args] = call.args;
      if (!command || !key || !call.interpreter.path) return undefined;
      const shape = shapeOf(prefixed(root, key));
      if (!shape) return undefined;
      const space = keyspace(catalog, root, shape.name, shape.key, call);
      const isQueued = chainOf(origin.of).steps.some((step) => queues.has(step.name));
      if (!isQueued) return promised(call.interpreter, call.span, () => command(space, args));
      command(space, args);
      return origin.of;
    },
  };
}

/** `new Redis(…)`, `createClient(…)`, and what only hands it on. */
function clientOf(value: Symbolic): Symbolic | undefined {
  const { module, root, steps } = chainOf(value);
  const [first, ...others] = steps.filter((step) => step.args);
  if (module === undefined || root.origin.kind !== 'call' || !first) return undefined;
  return made[module]?.test(first.name) && others.every(({ name }) => passes.has(name)) ? root : undefined;
}

function storeOf(catalog: Catalog, client: Symbolic, { interpreter, span }: NativeCall): StoreEntry {
  const name = chainOf(client).module ?? 'ioredis';
  return catalog.store(client, () => {
    // Clients of redis before 5 are made another way, which tests do not redirect.
    const isOld = name === 'redis' && /"redis"\s*:\s*"[^\d"]*[0-4]\./.test(interpreter.host.text('package.json') ?? '');
    const variable = symbolsIn(client).find((symbol) => symbol.origin.kind === 'environment');
    return {
      client: 'redis',
      driver: name,
      dialect: 'redis',
      ...(isOld ? {} : { connection: { kind: 'redis' as const, package: name } }),
      ...(variable?.origin.kind === 'environment' ? { urlVariable: variable.origin.name } : {}),
      source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
    };
  });
}

function connects(catalog: Catalog, client: Symbolic, call: NativeCall): undefined {
  const { interpreter, span } = call;
  if (!interpreter.loading) return undefined;
  const store = storeOf(catalog, client, call);
  catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
}

/** `keyPrefix` of ioredis stands before every key. */
function prefixed(client: Symbolic, key: Value): Value {
  const options = client.origin.kind === 'call' ? client.origin.args : [];
  const prefix = options.map((option) => textOf(field(option, 'keyPrefix'))).find((text) => text !== undefined);
  if (prefix === undefined) return key;
  const text = textOf(key);
  return text === undefined ? operation('template', primitive(prefix), key) : primitive(prefix + text);
}

/** What is the same in all keys of this shape, with a star for the rest, and that rest. Undefined: nothing is the same. */
export function shapeOf(key: Value): { name: string; key: Value } | undefined {
  const text = textOf(key);
  if (text !== undefined) return { name: text, key };
  if (key.type !== 'symbolic' || key.origin.kind !== 'op' || key.origin.op !== 'template') return undefined;
  const parts = key.origin.args.flatMap((part) =>
    part.type === 'symbolic' && part.origin.kind === 'op' && part.origin.op === 'template' ? part.origin.args : [part],
  );
  const texts = parts.map(textOf);
  const first = texts.indexOf(undefined);
  const last = texts.lastIndexOf(undefined);
  const [before, after] = [texts.slice(0, first).join(''), texts.slice(last + 1).join('')];
  const varies = parts.slice(first, last + 1);
  if (first < 0 || before + after === '') return undefined;
  return {
    name: `${before}*${after}`,
    key: varies.length === 1 && varies[0] ? varies[0] : operation('template', ...varies),
  };
}

function keyspace(catalog: Catalog, client: Symbolic, name: string, key: Value, call: NativeCall): Keyspace {
  const { interpreter, span } = call;
  const store = storeOf(catalog, client, call);
  const entity = catalog.entity(name, store.id, sourceRef(span));
  entity.key ??= '$key';
  const table = new Table(catalog, interpreter, store, entity, span);
  return { table, interpreter, span, by: new Map([['$key', key]]) };
}
