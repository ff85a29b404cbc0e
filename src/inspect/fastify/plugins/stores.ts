import type { PluginCall } from '../world.js';
import { ObjectValue, symbolic, textOf, undefinedValue, type Value } from '../../interpreter/values.js';
import { getMember } from '../../interpreter/access.js';
import { option } from '../settings.js';
import type { PluginLoad } from './plugin.js';

/** A client of a package, made as the plugin makes it: what the package's own library then reads. */
const client = (
  { interpreter, span }: PluginCall,
  module: string,
  path: string[],
  args: Value[],
  isNew: boolean,
): Value => interpreter.call(symbolic({ kind: 'external', module, path }, true), undefinedValue, args, span, isNew);

/** `fastify.pg`, `fastify.redis` and the like; with a name one level deeper. */
function place({ instance, options }: PluginCall, name: string, value: Value): void {
  const inner = textOf(option(options, 'name')) ?? textOf(option(options, 'namespace'));
  if (inner === undefined) return void instance.object.fields.set(name, value);
  const all = instance.object.fields.get(name) ?? new ObjectValue(true);
  if (all.type === 'object') all.fields.set(inner, value);
  instance.object.fields.set(name, all);
}

export const postgres: PluginLoad = (call) => place(call, 'pg', client(call, 'pg', ['Pool'], [call.options], true));
export const mysql: PluginLoad = (call) =>
  place(
    call,
    'mysql',
    client(call, 'mysql2', ['createPool'], [option(call.options, 'connectionString') ?? call.options], false),
  );
export const redis: PluginLoad = (call) => {
  const given = option(call.options, 'client');
  place(call, 'redis', given ?? client(call, 'ioredis', [], [option(call.options, 'url') ?? call.options], true));
};

/** `fastify.mongo.client`, `.db`, `.ObjectId`. */
export const mongodb: PluginLoad = (call) => {
  const { interpreter, options, span } = call;
  const made =
    option(options, 'client') ??
    client(call, 'mongodb', ['MongoClient'], [option(options, 'url') ?? undefinedValue], true);
  const database = option(options, 'database');
  const db = interpreter.call(getMember(interpreter, made, 'db'), made, database ? [database] : [], span);
  const mongo = new ObjectValue(true);
  const id = symbolic({ kind: 'external', module: 'mongodb', path: ['ObjectId'] }, true);
  for (const [name, value] of Object.entries({ client: made, db, ObjectId: id })) mongo.fields.set(name, value);
  place(call, 'mongo', mongo);
};
