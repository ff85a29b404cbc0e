import type { Column, Json } from '../../model/index.js';
import type { Catalog } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  ClassValue,
  isCallable,
  nullValue,
  primitive,
  type Symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import { chainOf } from './chain.js';
import { type Model, newModel, type Verb } from './model.js';
import { perform } from './perform.js';
import { transaction } from './record.js';
import { objectOf } from './table.js';

const where = { arg: 0, at: 'where' };
const options = { arg: 0 };
const values = { arg: 0, at: 'data' };
const count = (_: Interpreter, many: Value): Value => objectOf({ count: many });
const missing = (interpreter: Interpreter): Value => failure(interpreter, 'P2025', 'No record was found');

const verbs: Record<string, Verb> = {
  findUnique: { does: 'one', where, options },
  findFirst: { does: 'one', where, options },
  findUniqueOrThrow: { does: 'one', where, options, throws: missing },
  findFirstOrThrow: { does: 'one', where, options, throws: missing },
  findMany: { does: 'list', where, options },
  count: { does: 'count', where },
  create: { does: 'insert', values, options },
  createMany: { does: 'insertAll', values },
  createManyAndReturn: { does: 'insertAll', values },
  update: { does: 'update', where, values, options, gives: 'after', throws: missing },
  updateMany: { does: 'update', where, values, gives: count },
  upsert: { does: 'upsert', where, values: { arg: 0, at: 'update' }, options },
  delete: { does: 'delete', where, options, gives: 'before', throws: missing },
  deleteMany: { does: 'delete', where, gives: count },
};

const places = ['prisma/schema.prisma', 'schema.prisma', 'src/prisma/schema.prisma', 'db/schema.prisma'];

/** Prisma's client, with the models of its schema file. */
export function prisma(catalog: Catalog): Library {
  return new PrismaReader(catalog).library();
}

class PrismaReader {
  private models: Map<string, Model> | undefined;

  constructor(private readonly catalog: Catalog) {}

  library(): Library {
    return {
      name: 'prisma',
      call: (callee, { interpreter, args, span }) => {
        const { origin } = callee;
        if (origin.kind !== 'member' || !interpreter.path) return undefined;
        if (origin.key === '$transaction' && isClient(origin.of)) return all(origin.of, args, interpreter, span);
        const delegate = origin.of.origin;
        if (delegate.kind !== 'member' || !isClient(delegate.of)) return undefined;
        const model = this.read(delegate.of, interpreter, span).get(delegate.key);
        const verb = verbs[origin.key];
        return model && verb && promised(interpreter, span, () => perform(model, verb, args, interpreter, span));
      },
    };
  }

  private read(client: Symbolic, interpreter: Interpreter, span: Span): Map<string, Model> {
    if (this.models) return this.models;
    const models = new Map<string, Model>();
    this.models = models;
    const text = places.map((place) => interpreter.host.text(place)).find((one) => one !== undefined) ?? '';
    const provider = /datasource\s+\w+\s*\{[^}]*provider\s*=\s*"(\w+)"/.exec(text)?.[1] ?? 'postgresql';
    const variable = /url\s*=\s*env\("(\w+)"\)/.exec(text)?.[1];
    const store = this.catalog.store(client, () => ({
      client: 'prisma',
      driver: 'prisma',
      dialect:
        provider === 'sqlite'
          ? 'sqlite'
          : provider === 'mysql'
            ? 'mysql'
            : provider === 'mongodb'
              ? 'mongodb'
              : 'postgres',
      ...(variable === undefined ? {} : { urlVariable: variable }),
      source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
    }));
    if (variable !== undefined && !interpreter.environment.has(variable))
      interpreter.environment.set(variable, { name: variable, required: true, source: sourceRef(span) });
    const enums = new Map(
      [...text.matchAll(/^enum\s+(\w+)\s*\{([^}]*)\}/gm)].map(([, name = '', body = '']): [string, string[]] => [
        name,
        body.split('\n').flatMap((line) => /^\s*(\w+)/.exec(line)?.[1] ?? []),
      ]),
    );
    for (const [, name = '', body = ''] of text.matchAll(/^model\s+(\w+)\s*\{([\s\S]*?)^\}/gm)) {
      const entity = this.catalog.entity(name, store.id, sourceRef(span));
      const model = newModel(this.catalog, store, entity, {
        absent: nullValue,
        unique: (world) => failure(world, 'P2002', 'Unique constraint failed'),
      });
      for (const line of body.split('\n')) readLine(model, line.replace(/\/\/.*$/, ''), enums);
      models.set(`${name.charAt(0).toLowerCase()}${name.slice(1)}`, model);
    }
    return models;
  }
}

const isClient = (value: Value): value is Symbolic =>
  value.type === 'symbolic' &&
  value.origin.kind === 'call' &&
  (value.origin.isNew || /\$extends/.test(chainOf(value).steps.at(-1)?.name ?? '')) &&
  chainOf(value).module === '@prisma/client';

const scalars: Record<string, Column['schema']> = {
  String: { type: 'string' },
  Int: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
  BigInt: {},
  Decimal: {},
  Json: {},
  Bytes: {},
};

/** `email String @unique`, `author User @relation(fields: [authorId], references: [id])`, `@@unique([a, b])`. */
function readLine(model: Model, line: string, enums: Map<string, string[]>): void {
  const { entity } = model;
  const group = /^\s*@@(unique|id)\(\s*(?:fields:\s*)?\[([^\]]*)\]/.exec(line);
  if (group) return void entity.unique.push((group[2] ?? '').split(',').map((name) => name.trim()));
  const match = /^\s*(\w+)\s+(\w+)(\[\])?(\?)?\s*(.*)$/.exec(line);
  if (!match) return;
  const [, name = '', type = '', list, optional, rest = ''] = match;
  const relation = /@relation\([^)]*fields:\s*\[(\w+)\][^)]*references:\s*\[(\w+)\]/.exec(rest);
  if (relation?.[1] !== undefined) {
    model.relations.set(name, relation[1]);
    const column = entity.columns[relation[1]];
    if (column) column.references = { entity: type, column: relation[2] ?? 'id' };
    return;
  }
  const choices = enums.get(type);
  const schema = choices ? { type: 'string' as const, enum: choices } : scalars[type];
  if (!schema) return;
  const column: Column = {
    schema: list ? { type: 'array' } : { ...schema, ...(/@db\.Uuid|uuid\(/.test(rest) ? { format: 'uuid' } : {}) },
    nullable: optional !== undefined,
    generated: false,
    ...(list ? { default: [] } : {}),
  };
  entity.columns[name] = column;
  if (/@id\b/.test(rest)) entity.key = name;
  if (/@unique\b/.test(rest)) entity.unique.push([name]);
  const fallback = /@default\((.*)\)/.exec(rest)?.[1]?.replace(/\)\s+@.*$/, '');
  if (/@updatedAt\b/.test(rest)) column.generated = true;
  if (fallback === undefined) return;
  const known = defaultOf(fallback.trim(), choices);
  if (known === undefined) column.generated = true;
  else column.default = known;
}

function defaultOf(text: string, choices: string[] | undefined): Json | undefined {
  if (/^(true|false)$/.test(text)) return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^"[^"]*"$/.test(text)) return text.slice(1, -1);
  return choices?.includes(text) ? text : undefined;
}

/** A list of operations, or a function that gets the client: all of it or nothing. */
function all(client: Symbolic, args: Value[], interpreter: Interpreter, span: Span): Value {
  const [first] = args;
  return promised(interpreter, span, () =>
    transaction(interpreter, `${span.source.file}:${span.start}`, () => {
      if (first && isCallable(first))
        return interpreter.settle(interpreter.call(first, undefinedValue, [client], span), span);
      if (first?.type === 'array') first.items = first.items.map((item) => interpreter.settle(item, span));
      return first ?? undefinedValue;
    }),
  );
}

/** A known error, as the client throws it. */
function failure(interpreter: Interpreter, code: string, message: string): Value {
  const error = objectOf({
    name: primitive('PrismaClientKnownRequestError'),
    code: primitive(code),
    message: primitive(message),
  });
  const parent = interpreter.global.find('Error')?.binding.value;
  error.cls = new ClassValue(
    'PrismaClientKnownRequestError',
    parent?.type === 'class' ? parent : undefined,
    undefined,
    undefined,
  );
  return error;
}
