import type { Column } from '../../model/index.js';
import type { Catalog, EntityEntry, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  ArrayValue,
  ClassValue,
  isCallable,
  isNil,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { type ActiveRecords, activeRecords, documentOf, newDocument } from './active-records.js';
import { chainOf } from './chain.js';
import { connectionOf, dialectOf, isVariable, isOfDatabases } from './connection.js';
import { type Model, newModel, perform, type Verb } from './model.js';
import { transaction } from './record.js';
import { validated } from './sequelize-validate.js';
import { field, listOf, typeSchema } from './table.js';
import { literal } from './validation.js';

const where = { arg: 0, at: 'where' };
const options = { arg: 0 };
const key = { arg: 0, key: true };
const counted = (_: Interpreter, count: Value): Value => count;
const inList = (_: Interpreter, count: Value): Value => listOf(count);

const verbs: Record<string, Verb> = {
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

const rowVerbs = {
  save: new Set(['save']),
  update: new Set(['update']),
  remove: new Set(['destroy']),
  plain: new Set(['toJSON', 'get']),
  reload: new Set(['reload']),
};

const modules = new Set(['sequelize', '@sequelize/core', 'sequelize-typescript']);

/** Sequelize 4 to 7, and sequelize-typescript: `define`, classes with `init`, classes with decorators. */
export function sequelize(catalog: Catalog): Library {
  return new SequelizeReader(catalog).library();
}

class SequelizeReader {
  private readonly models = new Map<Value, Model>();
  private store: StoreEntry | undefined;

  constructor(private readonly catalog: Catalog) {}

  library(): Library {
    const records: ActiveRecords = {
      name: 'sequelize',
      verbs,
      rowVerbs,
      modelOf: (value) => this.models.get(value),
      modelFor: (entity) => [...this.models.values()].find((model) => model.entity.name === entity),
      toJson: (model, row, interpreter, span) => json(model, row, interpreter, span),
    };
    const active = activeRecords(records);
    return {
      ...active,
      chooses: isOfDatabases,
      call: (callee, call) => {
        const { origin } = callee;
        const { interpreter, args, span } = call;
        if (origin.kind === 'member' && isClient(origin.of)) {
          if (origin.key === 'define') return this.define(callee, origin.of, args, interpreter, span);
          if (['sync', 'authenticate'].includes(origin.key)) this.opens(origin.of, origin.key, interpreter, span);
          if (origin.key === 'transaction' && interpreter.path) return inTransaction(interpreter, args, span);
          if (origin.key === 'model') return this.named(textOf(args[0]));
          if (origin.key === 'addModels') this.added(origin.of, args[0], interpreter, span);
          return undefined;
        }
        if (isModelBase(callee) && call.self.type === 'class')
          return this.ofClass(call.self, callee, args, interpreter, span);
        const source = origin.kind === 'member' ? this.models.get(origin.of) : undefined;
        if (source && origin.kind === 'member' && links.has(origin.key)) return this.links(source, origin.key, args);
        if (origin.kind === 'member' && origin.key === 'build' && interpreter.path) {
          const model = this.models.get(origin.of);
          if (model) return newDocument(model, args[0]);
        }
        return active.call?.(callee, call);
      },
      member: (of, name, interpreter) => {
        if (name === 'models' && isClient(of)) return this.registry();
        if (name === 'name' && this.models.has(of)) return primitive(this.models.get(of)?.name);
        if (name === 'prototype' && this.models.has(of)) return prototypeOf(this.models.get(of) as Model);
        return active.member?.(of, name, interpreter);
      },
    };
  }

  /** `Post.belongsTo(User, { as: 'author' })`: a column that refers, and a name under which rows are joined. */
  private links(source: Model, kind: string, args: Value[]): Value {
    const target = args[0] && this.models.get(args[0]);
    if (!target) return undefinedValue;
    const options = args[1];
    const as = textOf(field(options, 'as'));
    const many = kind === 'hasMany' || kind === 'belongsToMany';
    const name = target.name ?? target.entity.name;
    source.joins.set(target, as ?? (many ? pluralOf(name) : name));
    if (kind === 'belongsToMany') return undefinedValue;
    const [holder, other] = kind === 'belongsTo' ? [source, target] : [target, source];
    const key = field(options, 'foreignKey');
    const given = textOf(key) ?? textOf(field(key, 'name')) ?? textOf(field(key, 'fieldName'));
    const stem = kind === 'belongsTo' ? (as ?? other.name ?? '') : (other.name ?? '');
    const column = given ?? `${stem.charAt(0).toLowerCase()}${stem.slice(1)}Id`;
    const allows = field(key, 'allowNull');
    const referred = other.entity.columns[other.entity.key ?? 'id'];
    const known = holder.entity.columns[column];
    const references = { entity: other.entity.name, column: other.entity.key ?? 'id' };
    if (known) known.references ??= references;
    else
      holder.entity.columns[column] = {
        schema: { ...(referred?.schema ?? { type: 'integer' }) },
        nullable: !(allows?.type === 'primitive' && allows.value === false),
        generated: false,
        references,
      };
    if (holder.store.dialect !== 'postgres') unanswered(holder.entity);
    return undefinedValue;
  }

  private registry(): Value {
    const all = new ObjectValue(true);
    for (const [value, model] of this.models) all.fields.set(model.name ?? model.entity.name, value);
    return all;
  }

  private named(name: string | undefined): Value | undefined {
    return [...this.models].find(([, model]) => model.name === name)?.[0];
  }

  private storeOf(client: Symbolic, interpreter: Interpreter, span: Span): StoreEntry {
    return (this.store ??= this.catalog.store(client, () => {
      const dialect = dialectOf(client, interpreter) ?? 'postgres';
      const url = symbolsIn(client).find(isVariable);
      const connection = connectionOf(dialect, dialect === 'sqlite' ? 'sqlite3' : undefined);
      return {
        client: 'sequelize',
        driver: 'sequelize',
        dialect,
        ...(connection ? { connection } : {}),
        ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
        tables: { by: 'sync' },
        source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
      };
    }));
  }

  private opens(client: Symbolic, by: string, interpreter: Interpreter, span: Span): void {
    const store = this.storeOf(client, interpreter, span);
    if (by === 'sync' && interpreter.loading) store.tables = { by: 'start-up' };
    if (interpreter.loading)
      this.catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
  }

  private define(callee: Symbolic, client: Symbolic, args: Value[], interpreter: Interpreter, span: Span): Value {
    const value = symbolic({ kind: 'call', callee, args, isNew: false, span }, true);
    const name = textOf(args[0]) ?? 'model';
    this.models.set(value, this.read(client, name, args[1], args[2], interpreter, span));
    return value;
  }

  private ofClass(
    cls: ClassValue,
    callee: Symbolic,
    args: Value[],
    interpreter: Interpreter,
    span: Span,
  ): Value | undefined {
    const method = callee.origin.kind === 'external' ? (callee.origin.path.at(-1) ?? '') : '';
    if (method === 'init') {
      const [attributes, given] = args;
      const client = field(given, 'sequelize');
      const name = textOf(field(given, 'modelName')) ?? cls.name;
      if (client?.type === 'symbolic') {
        const model = this.read(client, name, attributes, given, interpreter, span);
        for (const [own, fn] of cls.methods) model.methods.set(own, fn);
        this.models.set(cls, model);
      }
      return cls;
    }
    const model = this.models.get(cls);
    if (model && links.has(method)) return this.links(model, method, args);
    if (!model || !interpreter.path) return undefined;
    if (method === 'build') return newDocument(model, args[0]);
    const verb = verbs[method];
    return verb && promised(interpreter, span, () => perform(model, verb, args, interpreter, span));
  }

  /** Classes whose columns are decorated. */
  private added(client: Symbolic, list: Value | undefined, interpreter: Interpreter, span: Span): void {
    for (const cls of list?.type === 'array' ? list.items : []) {
      if (cls.type !== 'class') continue;
      const attributes = new ObjectValue(true);
      let tableOptions: Value | undefined;
      for (const { value, member } of cls.decorations) {
        if (value.type !== 'symbolic') continue;
        const chain = chainOf(value);
        const step = chain.steps.at(-1);
        if (member === undefined) {
          if (step?.name === 'Table') tableOptions = step.args?.[0];
          continue;
        }
        const attribute = attributes.fields.get(member);
        const own = attribute?.type === 'object' ? attribute : new ObjectValue(true);
        attributes.fields.set(member, own);
        decorated(own, step?.name ?? '', step?.args?.[0]);
      }
      const model = this.read(
        client,
        textOf(field(tableOptions, 'modelName')) ?? cls.name,
        attributes,
        tableOptions,
        interpreter,
        span,
      );
      for (const [own, fn] of cls.methods) model.methods.set(own, fn);
      this.models.set(cls, model);
    }
  }

  private read(
    client: Symbolic,
    name: string,
    attributes: Value | undefined,
    given: Value | undefined,
    interpreter: Interpreter,
    span: Span,
  ): Model {
    const store = this.storeOf(client, interpreter, span);
    const inherited = clientOptions(client);
    const option = (key: string): Value | undefined => field(given, key) ?? field(inherited, key);
    const frozen = isTrue(option('freezeTableName'));
    const underscored = isTrue(option('underscored'));
    const table = textOf(field(given, 'tableName')) ?? (frozen ? name : pluralOf(underscored ? snake(name) : name));
    const entity = this.catalog.entity(table, store.id, sourceRef(span));
    Object.assign(entity, { store: store.id, columns: {}, unique: [] });
    const model = newModel(this.catalog, store, entity, { absent: nullValue, unique: duplicate });
    model.name = name;
    model.modelOf = (value) => this.models.get(value);
    void interpreter;
    if (attributes?.type === 'object')
      for (const [own, value] of attributes.fields) this.column(model, own, value, underscored, span);
    if (!entity.key) {
      entity.key = 'id';
      entity.columns = { id: { schema: { type: 'integer' }, nullable: false, generated: true }, ...entity.columns };
    }
    const timestamps = option('timestamps');
    if (!(timestamps?.type === 'primitive' && timestamps.value === false))
      for (const own of ['createdAt', 'updatedAt']) {
        const renamed = field(given, own);
        if (renamed?.type === 'primitive' && renamed.value === false) continue;
        const column = textOf(renamed) ?? own;
        entity.columns[column] ??= {
          schema: { type: 'string', format: 'date-time' },
          nullable: false,
          generated: true,
          byClient: true,
          ...(underscored ? { dbName: snake(column) } : {}),
        };
      }
    const scope = field(given, 'defaultScope');
    const excluded = field(field(scope, 'attributes'), 'exclude');
    if (excluded?.type === 'array') for (const item of excluded.items) model.hidden.add(textOf(item) ?? '');
    if (store.dialect !== 'postgres') unanswered(entity);
    this.indexes(entity, field(given, 'indexes'));
    this.hooks(model, field(given, 'hooks'));
    return model;
  }

  private column(model: Model, name: string, value: Value, underscored: boolean, span: Span): void {
    const { entity } = model;
    const type = value.type === 'object' ? value.fields.get('type') : value;
    if (value.type === 'object' && !type) return;
    const named = typeName(type);
    if (named === 'VIRTUAL') return;
    const column: Column = { schema: schemaOf(type, named), nullable: true, generated: false };
    entity.columns[name] = column;
    const get = (key: string): Value | undefined => field(value, key);
    Object.assign(column.schema, validated(get('validate'), span));
    const dbName = textOf(get('field')) ?? (underscored ? snake(name) : name);
    if (dbName !== name) column.dbName = dbName;
    const allows = get('allowNull');
    if (allows?.type === 'primitive' && allows.value === false) column.nullable = false;
    if (isTrue(get('primaryKey'))) {
      entity.key = name;
      column.nullable = false;
    }
    if (isTrue(get('autoIncrement'))) column.generated = true;
    const unique = get('unique');
    if (unique && !(unique.type === 'primitive' && !unique.value)) entity.unique.push([name]);
    const fallback = get('defaultValue');
    if (fallback && !isNil(fallback)) {
      const known = isCallable(fallback) ? undefined : literal(fallback);
      if (known === undefined) column.generated = true;
      else column.default = known;
    }
    const target = field(get('references'), 'model');
    const other = textOf(target) ?? (target && this.models.get(target)?.entity.name);
    if (other !== undefined)
      column.references = { entity: other, column: textOf(field(get('references'), 'key')) ?? 'id' };
  }

  private indexes(entity: EntityEntry, list: Value | undefined): void {
    for (const item of list?.type === 'array' ? list.items : []) {
      const fields = field(item, 'fields');
      if (isTrue(field(item, 'unique')) && fields?.type === 'array')
        entity.unique.push(fields.items.flatMap((one) => textOf(one) ?? []));
    }
  }

  private hooks(model: Model, hooks: Value | undefined): void {
    if (hooks?.type !== 'object') return;
    const add = (names: string[], to: Model['beforeInsert']): void => {
      for (const name of names) {
        const fn = hooks.fields.get(name);
        for (const one of fn?.type === 'array' ? fn.items : fn ? [fn] : [])
          to.push((interpreter, document, span) => {
            interpreter.settle(
              promised(interpreter, span, () =>
                interpreter.call(one, undefinedValue, [document, new ObjectValue(false)], span),
              ),
              span,
            );
          });
      }
    };
    add(['beforeValidate', 'beforeCreate', 'beforeSave'], model.beforeInsert);
    add(['beforeUpdate', 'beforeSave'], model.beforeUpdate);
  }
}

const links = new Set(['hasMany', 'hasOne', 'belongsTo', 'belongsToMany']);

const isTrue = (value: Value | undefined): boolean => value?.type === 'primitive' && value.value === true;

/** `new Sequelize(…)`. */
const isClient = (value: Value): value is Symbolic =>
  value.type === 'symbolic' &&
  value.origin.kind === 'call' &&
  value.origin.isNew &&
  modules.has(chainOf(value).module ?? '');

const clientOptions = (client: Symbolic): Value | undefined =>
  client.origin.kind === 'call'
    ? field(
        [...client.origin.args].reverse().find((arg) => arg.type === 'object'),
        'define',
      )
    : undefined;

/** `Model.findAll` reached through a class of the service that extends it. */
const isModelBase = (callee: Symbolic): boolean =>
  callee.origin.kind === 'external' && modules.has(callee.origin.module) && callee.origin.path.at(-2) === 'Model';

function inTransaction(interpreter: Interpreter, args: Value[], span: Span): Value {
  const body = args.find(isCallable);
  const handle = unknown('transaction', [], span);
  if (!body) return handle;
  return promised(interpreter, span, () =>
    transaction(interpreter, `${span.source.file}:${span.start}`, () =>
      interpreter.settle(interpreter.call(body, undefinedValue, [handle], span), span),
    ),
  );
}

/** Methods that the service puts on `User.prototype`. */
function prototypeOf(model: Model): Value {
  const prototype = new ObjectValue(true);
  for (const [name, fn] of model.methods) prototype.fields.set(name, fn);
  prototype.trap = {
    name: 'prototype',
    set: (name, value) => {
      model.methods.set(name, value);
      return true;
    },
  };
  return prototype;
}

function json(model: Model, row: Symbolic, interpreter: Interpreter, span: Span): Value | undefined {
  const own = model.methods.get('toJSON');
  if (own && isCallable(own)) return interpreter.call(own, row, [], span);
  return model.hidden.size ? documentOf(model, row) : undefined;
}

function duplicate(interpreter: Interpreter): Value {
  const error = new ObjectValue(false);
  const parent = interpreter.global.find('Error')?.binding.value;
  error.cls = new ClassValue(
    'UniqueConstraintError',
    parent?.type === 'class' ? parent : undefined,
    undefined,
    undefined,
  );
  const item = new ObjectValue(false);
  item.fields.set('message', unknown('message'));
  error.fields.set('name', primitive('SequelizeUniqueConstraintError'));
  error.fields.set('message', primitive('Validation error'));
  error.fields.set('errors', new ArrayValue([item], false));
  return error;
}

/** Only PostgreSQL gives the whole row back: elsewhere an insert's answer lacks what the code did not give. */
function unanswered(entity: EntityEntry): void {
  for (const column of Object.values(entity.columns))
    if (column.nullable && !column.generated && column.default === undefined) column.unanswered = true;
}

function typeName(type: Value | undefined): string {
  if (type?.type !== 'symbolic') return textOf(type) ?? '';
  return chainOf(type).steps.find((step) => /^[A-Z]{3,}[A-Z0-9]*$/.test(step.name))?.name ?? '';
}

function schemaOf(type: Value | undefined, named: string): Column['schema'] {
  if (named === 'ENUM' && type?.type === 'symbolic') {
    const step = chainOf(type).steps.find((one) => one.name === 'ENUM');
    const values = step?.args?.length === 1 && step.args[0]?.type === 'array' ? step.args[0].items : (step?.args ?? []);
    const list = values.map((value) => literal(value) ?? null);
    return list.length ? { type: 'string', enum: list } : { type: 'string' };
  }
  if (named === 'BIGINT') return {};
  if (named === 'DATE') return { type: 'string', format: 'date-time' };
  return typeSchema(named);
}

/** What a decorator of sequelize-typescript adds to an attribute. */
function decorated(attribute: ObjectValue, name: string, given: Value | undefined): void {
  const set = (key: string, value: Value): void => void attribute.fields.set(key, value);
  const yes = primitive(true);
  if (name === 'Column') {
    if (given?.type === 'object') for (const [key, value] of given.fields) set(key, value);
    else if (given) set('type', given);
    if (!attribute.fields.has('type')) set('type', primitive(''));
  } else if (name === 'PrimaryKey') set('primaryKey', yes);
  else if (name === 'AutoIncrement') set('autoIncrement', yes);
  else if (name === 'Unique') set('unique', yes);
  else if (name === 'AllowNull') set('allowNull', given ?? yes);
  else if (name === 'Default' && given) set('defaultValue', given);
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** As the `inflection` package does for plain English nouns. */
function pluralOf(name: string): string {
  const last = /[A-Z]?[^A-Z_]*$/.exec(name)?.[0] ?? name;
  const rest = name.slice(0, name.length - last.length);
  const word = last.toLowerCase();
  const irregular: Record<string, string> = { person: 'people', man: 'men', woman: 'women', child: 'children' };
  if (irregular[word]) return rest + last[0] + irregular[word].slice(1);
  if (/(s|x|z|ch|sh)$/.test(word)) return /(news|series|species|[^su]s)$/.test(word) ? name : `${name}es`;
  if (/[^aeiou]y$/.test(word)) return `${name.slice(0, -1)}ies`;
  return `${name}s`;
}
