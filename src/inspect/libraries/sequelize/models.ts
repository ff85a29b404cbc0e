import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { promised } from '../../interpreter/promises.js';
import {
  ArrayValue,
  ClassValue,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { newDocument } from '../active-records.js';
import { chainOf } from '../chain.js';
import { type Model, newModel } from '../model.js';
import { perform } from '../perform.js';
import { field } from '../table.js';
import { readColumn, readHooks, readIndexes, decorated, snake, unanswered, isTrue } from './columns.js';
import { clientOptions } from './clients.js';
import { verbs } from './verbs.js';

/** Models by what names them: what `define` gave, or a class. */
export class SequelizeModels {
  private readonly byValue = new Map<Value, Model>();

  constructor(
    private readonly catalog: Catalog,
    private readonly storeOf: (client: Symbolic, interpreter: Interpreter, span: Span) => StoreEntry,
  ) {}

  get(value: Value): Model | undefined {
    return this.byValue.get(value);
  }

  has(value: Value): boolean {
    return this.byValue.has(value);
  }

  ofEntity(entity: string): Model | undefined {
    return [...this.byValue.values()].find((model) => model.entity.name === entity);
  }

  /** `Post.belongsTo(User, { as: 'author' })`: a column that refers, and a name under which rows are joined. */
  links(source: Model, kind: string, args: Value[]): Value {
    const target = args[0] && this.byValue.get(args[0]);
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

  registry(): Value {
    const all = new ObjectValue(true);
    for (const [value, model] of this.byValue) all.fields.set(model.name ?? model.entity.name, value);
    return all;
  }

  named(name: string | undefined): Value | undefined {
    return [...this.byValue].find(([, model]) => model.name === name)?.[0];
  }

  define(callee: Symbolic, client: Symbolic, args: Value[], interpreter: Interpreter, span: Span): Value {
    const value = symbolic({ kind: 'call', callee, args, isNew: false, span }, true);
    const name = textOf(args[0]) ?? 'model';
    this.byValue.set(value, this.read(client, name, args[1], args[2], interpreter, span));
    return value;
  }

  ofClass(cls: ClassValue, callee: Symbolic, args: Value[], interpreter: Interpreter, span: Span): Value | undefined {
    const method = callee.origin.kind === 'external' ? (callee.origin.path.at(-1) ?? '') : '';
    if (method === 'init') {
      const [attributes, given] = args;
      const client = field(given, 'sequelize');
      const name = textOf(field(given, 'modelName')) ?? cls.name;
      if (client?.type === 'symbolic') {
        const model = this.read(client, name, attributes, given, interpreter, span);
        for (const [own, fn] of cls.methods) model.methods.set(own, fn);
        this.byValue.set(cls, model);
      }
      return cls;
    }
    const model = this.byValue.get(cls);
    if (model && links.has(method)) return this.links(model, method, args);
    if (!model || !interpreter.path) return undefined;
    if (method === 'build') return newDocument(model, args[0]);
    const verb = verbs[method];
    return verb && promised(interpreter, span, () => perform(model, verb, args, interpreter, span));
  }

  /** Classes whose columns are decorated. */
  added(client: Symbolic, list: Value | undefined, interpreter: Interpreter, span: Span): void {
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
      this.byValue.set(cls, model);
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
    model.modelOf = (value) => this.byValue.get(value);
    if (attributes?.type === 'object')
      for (const [own, value] of attributes.fields) readColumn(model, own, value, underscored, span, model.modelOf);
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
    readIndexes(entity, field(given, 'indexes'));
    readHooks(model, field(given, 'hooks'));
    return model;
  }
}

export const links = new Set(['hasMany', 'hasOne', 'belongsTo', 'belongsToMany']);

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
