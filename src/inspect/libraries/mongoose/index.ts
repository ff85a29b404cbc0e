import type { Column } from '../../../model/index.js';
import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import { promised } from '../../interpreter/promises.js';
import {
  isCallable,
  isNil,
  NativeValue,
  nullValue,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';
import { type ActiveRecords, activeRecords, documentOf } from '../active-records.js';
import type { ChainStep } from '../chain.js';
import {
  changedCount,
  collectionVerbs,
  duplicateKey,
  removedCount,
  selection,
  where,
  withOptions,
} from '../documents.js';
import { type Model, newModel, perform, type Verb } from '../model.js';
import { objectOf, typeSchema } from '../table.js';
import { literal } from '../validation.js';

const key = { arg: 0, key: true };

const verbs: Record<string, Verb> = {
  ...collectionVerbs,
  findById: { does: 'one', where: key },
  exists: { does: 'one', where },
  create: { does: 'insert', values: { arg: 0 } },
  findByIdAndUpdate: { does: 'update', where: key, values: { arg: 1 }, gives: 'before' },
  update: { does: 'update', where, values: { arg: 1 }, gives: changedCount },
  findByIdAndDelete: { does: 'delete', where: key, gives: 'before' },
  findByIdAndRemove: { does: 'delete', where: key, gives: 'before' },
  findOneAndRemove: { does: 'delete', where, gives: 'before' },
  remove: { does: 'delete', where, gives: removedCount },
};

const rowVerbs = {
  save: new Set(['save']),
  update: new Set(['updateOne', 'set']),
  remove: new Set(['remove', 'deleteOne', 'delete']),
  plain: new Set(['toObject', 'toJSON']),
  reload: new Set(['populate', 'execPopulate']),
};

/** What a schema was made of, with what the service adds to it later. */
class SchemaHost {
  readonly statics = new ObjectValue(true);
  readonly methods = new ObjectValue(true);
  readonly paths = new ObjectValue(true);
  readonly hooks: { event: string; fn: Value }[] = [];
  readonly unique: string[][] = [];
  constructor(
    readonly fields: Map<string, Value>,
    readonly options: ObjectValue,
  ) {}
}

/** mongoose 4 to 9: schemas, models, queries, documents. */
export function mongoose(catalog: Catalog): Library {
  return new Mongoose(catalog).library();
}

class Mongoose {
  private readonly models = new Map<string, Model>();
  private readonly symbols = new Map<string, Symbolic>();
  private readonly schemas = new Map<string, SchemaHost>();
  private readonly package = symbolic({ kind: 'external', module: 'mongoose', path: [] }, true);
  private store: StoreEntry | undefined;
  private module: ObjectValue | undefined;

  constructor(private readonly catalog: Catalog) {}

  library(): Library {
    const records: ActiveRecords = {
      name: 'mongoose',
      verbs,
      rowVerbs,
      modelOf: (value) => (value.type === 'symbolic' ? this.models.get(modelName(value) ?? '') : undefined),
      modelFor: (entity) => [...this.models.values()].find((model) => model.entity.name === entity),
      eager: new Set(['create', 'insertMany']),
      toJson: (model, row, interpreter, span) => this.json(model, row, interpreter, span),
      run: (model, steps, interpreter, span) => run(model, steps, interpreter, span),
    };
    const active = activeRecords(records);
    return {
      ...active,
      provide: (module) => (module === 'mongoose' ? this.provided() : undefined),
      call: (callee, call) => {
        const { origin } = callee;
        if (origin.kind === 'external' && origin.module === 'mongoose') {
          const name = origin.path.at(-1);
          if (name === 'connect' || name === 'createConnection')
            this.connects(call.args[0], call.interpreter, call.span);
          if (name === 'isValid' || name === 'isValidObjectId') return undefined;
        }
        return active.call?.(callee, call);
      },
    };
  }

  private provided(): Value {
    if (this.module) return this.module;
    const module = new ObjectValue(true);
    this.module = module;
    const schema = new NativeValue('Schema', ({ args, interpreter: world }) => this.schema(args, world));
    const types = symbolic({ kind: 'external', module: 'mongoose', path: ['Schema', 'Types'] }, true);
    schema.fields.set('Types', types);
    schema.fields.set(
      'ObjectId',
      symbolic({ kind: 'external', module: 'mongoose', path: ['Schema', 'ObjectId'] }, true),
    );
    module.fields.set('Schema', schema);
    const model = new NativeValue('model', ({ args, span, interpreter: world }) => this.model(args, world, span));
    module.fields.set('model', model);
    module.fields.set('default', module);
    module.trap = {
      name: 'mongoose',
      get: (name, self) =>
        self.fields.get(name) ?? symbolic({ kind: 'external', module: 'mongoose', path: [name] }, true),
    };
    return module;
  }

  private storeOf(span: Span): StoreEntry {
    this.store ??= this.catalog.store(this.package, () => ({
      client: 'mongoose',
      driver: 'mongoose',
      dialect: 'mongodb',
      connection: { kind: 'mongodb', package: 'mongoose' },
      source: sourceRef(span),
    }));
    return this.store;
  }

  private connects(url: Value | undefined, interpreter: Interpreter, span: Span): void {
    const store = this.storeOf(span);
    const variable = url && symbolsIn(url).find((symbol) => symbol.origin.kind === 'environment');
    if (variable?.origin.kind === 'environment') store.urlVariable = variable.origin.name;
    this.catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
  }

  private schema(args: Value[], interpreter: Interpreter): Value {
    const [definition, options] = args;
    const fields = definition?.type === 'object' ? definition.fields : new Map<string, Value>();
    const host = new SchemaHost(fields, options?.type === 'object' ? options : new ObjectValue(true));
    for (const [name, value] of fields)
      host.paths.fields.set(name, objectOf({ options: value.type === 'object' ? value : new ObjectValue(true) }));
    const schema = new ObjectValue(true);
    schema.host = host;
    schema.trap = { name: 'schema', get: (name, self) => schemaMember(host, self, name, interpreter) };
    return schema;
  }

  private model(args: Value[], interpreter: Interpreter, span: Span): Value {
    const name = textOf(args[0]) ?? 'model';
    const schema = args[1]?.type === 'object' && args[1].host instanceof SchemaHost ? args[1].host : undefined;
    const known = this.symbols.get(name);
    if (known && (!schema || this.schemas.has(name))) return known;
    const symbol =
      known ??
      symbolic(
        {
          kind: 'call',
          callee: symbolic({ kind: 'external', module: 'mongoose', path: ['model'] }, true),
          args: [primitive(name)],
          isNew: false,
          span,
        },
        true,
      );
    this.symbols.set(name, symbol);
    if (schema) {
      this.schemas.set(name, schema);
      this.models.set(name, this.read(name, schema, textOf(args[2]), interpreter, span));
    }
    return symbol;
  }

  private read(
    name: string,
    schema: SchemaHost,
    collection: string | undefined,
    interpreter: Interpreter,
    span: Span,
  ): Model {
    const store = this.storeOf(span);
    const entityName = collection ?? textOf(schema.options.fields.get('collection')) ?? plural(name.toLowerCase());
    const entity = this.catalog.entity(entityName, store.id, sourceRef(span));
    const model = newModel(this.catalog, store, entity, { absent: nullValue, unique: duplicateKey });
    model.alias = 'id';
    entity.key = '_id';
    entity.columns['_id'] = { schema: { type: 'string', format: 'objectid' }, nullable: false, generated: true };
    for (const [field, value] of schema.fields) this.column(model, field, value);
    const timestamps = schema.options.fields.get('timestamps');
    if (timestamps && !(timestamps.type === 'primitive' && !timestamps.value))
      for (const field of ['createdAt', 'updatedAt'])
        entity.columns[field] ??= {
          schema: { type: 'string', format: 'date-time' },
          nullable: false,
          generated: true,
        };
    const versioned = schema.options.fields.get('versionKey');
    if (!(versioned?.type === 'primitive' && versioned.value === false))
      entity.columns['__v'] = { schema: { type: 'integer' }, nullable: false, generated: true };
    for (const columns of schema.unique) entity.unique.push(columns);
    for (const [method, fn] of schema.statics.fields) model.statics.set(method, fn);
    for (const [method, fn] of schema.methods.fields) model.methods.set(method, fn);
    for (const hook of schema.hooks) {
      const run = (world: Interpreter, document: Value, at: Span): void => runHook(world, hook.fn, document, at);
      if (['save', 'validate'].includes(hook.event)) {
        model.beforeInsert.push(run);
        model.beforeUpdate.push(run);
      }
    }
    void interpreter;
    return model;
  }

  private column(model: Model, name: string, value: Value): void {
    const { entity } = model;
    const options = value.type === 'object' && !(value.host instanceof SchemaHost) ? value : undefined;
    const typed = options?.fields.get('type');
    const type = typed ?? value;
    const column: Column = { schema: typeOf(type), nullable: true, generated: false, omitted: true };
    entity.columns[name] = column;
    if (type.type === 'array') Object.assign(column, { default: [], nullable: false, omitted: false });
    if (!options || !typed) return;
    const flag = (key: string): boolean => {
      const given = options.fields.get(key);
      const first = given?.type === 'array' ? given.items[0] : given;
      return first !== undefined && !(first.type === 'primitive' && !first.value);
    };
    if (flag('required')) column.nullable = false;
    if (flag('unique')) entity.unique.push([name]);
    const select = options.fields.get('select');
    if (select?.type === 'primitive' && select.value === false) model.hidden.add(name);
    this.defaulted(column, options.fields.get('default'));
    const choices = options.fields.get('enum');
    const list = literal(choices?.type === 'object' ? choices.fields.get('values') : choices);
    if (Array.isArray(list)) column.schema.enum = list;
    if (flag('lowercase')) column.schema['x-transform'] = [...(column.schema['x-transform'] ?? []), 'lowercase'];
    if (flag('trim')) column.schema['x-transform'] = [...(column.schema['x-transform'] ?? []), 'trim'];
  }

  private defaulted(column: Column, value: Value | undefined): void {
    if (!value || isNil(value)) return;
    column.omitted = false;
    const known = isCallable(value) ? undefined : literal(value);
    if (known === undefined || (typeof known === 'object' && !Array.isArray(known))) column.generated = true;
    else column.default = known;
  }

  /** What `toJSON` gives for a document: the service's own method, or the transform of the schema's options. */
  private json(model: Model, row: Symbolic, interpreter: Interpreter, span: Span): Value | undefined {
    const own = model.methods.get('toJSON');
    if (own && isCallable(own)) return interpreter.call(own, row, [], span);
    const name = [...this.models].find(([, one]) => one === model)?.[0] ?? '';
    const options = this.schemas.get(name)?.options.fields.get('toJSON');
    if (options?.type !== 'object') return undefined;
    const plain = documentOf(model, row);
    const virtuals = options.fields.get('virtuals');
    if (virtuals && !(virtuals.type === 'primitive' && !virtuals.value))
      plain.fields.set('id', plain.fields.get('_id') ?? undefinedValue);
    const versionKey = options.fields.get('versionKey');
    if (versionKey?.type === 'primitive' && versionKey.value === false) plain.fields.delete('__v');
    const transform = options.fields.get('transform');
    if (!transform || !isCallable(transform)) return plain;
    const changed = interpreter.call(transform, undefinedValue, [row, plain, new ObjectValue(false)], span);
    return changed.type === 'object' ? changed : plain;
  }
}

function modelName(value: Symbolic): string | undefined {
  const { origin } = value;
  if (origin.kind !== 'call' || origin.callee.origin.kind !== 'external') return undefined;
  const { module, path } = origin.callee.origin;
  return module === 'mongoose' && path[0] === 'model' ? textOf(origin.args[0]) : undefined;
}

/** Runs a chain of query steps: `find(…).sort(…).limit(1)`. */
function run(model: Model, steps: ChainStep[], interpreter: Interpreter, span: Span): Value | undefined {
  const [first, ...rest] = steps;
  const verb = first && verbs[first.name];
  if (!first?.args || !verb) return undefined;
  const args = [...first.args];
  const select = rest.find((step) => step.name === 'select')?.args?.[0];
  const extra = rest.filter((step) =>
    ['where', 'or', 'and', 'nor', 'in', 'gt', 'gte', 'lt', 'lte', 'regex', 'ne'].includes(step.name),
  );
  let chosen = withOptions(verb, args);
  const narrowed = rest.find((step) => step.name === 'countDocuments' || step.name === 'count');
  if (narrowed) chosen = { does: 'count', where: { arg: 0 } };
  const removes = rest.find((step) => ['deleteOne', 'deleteMany', 'remove'].includes(step.name));
  if (removes) chosen = { does: 'delete', where: verb.where ?? { arg: 0 }, gives: removedCount };
  if (extra.length && args[0]?.type === 'object') {
    const conditionsOf = objectOf(Object.fromEntries(args[0].fields));
    for (const step of extra)
      if (step.name === 'where' && step.args?.[0]?.type === 'object')
        for (const [name, value] of step.args[0].fields) conditionsOf.fields.set(name, value);
      else conditionsOf.fields.set(`$${step.name}`, step.args?.[0] ?? undefinedValue);
    args[0] = conditionsOf;
  }
  const chooses = selection(
    model,
    select ?? (['find', 'findOne', 'findById'].includes(first.name) ? args[1] : undefined),
  );
  const joined = rest.filter((step) => step.name === 'populate').flatMap((step) => populated(step.args?.[0]));
  const shows = objectOf({
    ...(chooses ? { attributes: chooses } : {}),
    ...(joined.length ? { include: objectOf(Object.fromEntries(joined.map((name) => [name, primitive(true)]))) } : {}),
  });
  return perform(model, { ...chosen, options: { arg: args.length } }, [...args, shows], interpreter, span);
}

function populated(value: Value | undefined): string[] {
  if (value?.type === 'array') return value.items.flatMap(populated);
  const path = textOf(value) ?? (value?.type === 'object' ? textOf(value.fields.get('path')) : undefined);
  return path?.split(/\s+/).map((one) => one.split('.')[0] ?? one) ?? [];
}

function schemaMember(host: SchemaHost, self: ObjectValue, name: string, interpreter: Interpreter): Value {
  switch (name) {
    case 'options':
      return host.options;
    case 'methods':
      return host.methods;
    case 'statics':
      return host.statics;
    case 'paths':
      return host.paths;
    case 'obj':
      return objectOf(Object.fromEntries(host.fields));
    case 'method':
    case 'static':
      return new NativeValue(name, ({ args }) => {
        const target = name === 'method' ? host.methods : host.statics;
        const [first, fn] = args;
        if (first?.type === 'object') for (const [key, value] of first.fields) target.fields.set(key, value);
        else if (fn) target.fields.set(textOf(first) ?? '', fn);
        return self;
      });
    case 'pre':
      return new NativeValue('pre', ({ args }) => {
        const events = args[0]?.type === 'array' ? args[0].items.map(textOf) : [textOf(args[0])];
        const fn = args.find(isCallable);
        for (const event of events) if (fn && event !== undefined) host.hooks.push({ event, fn });
        return self;
      });
    case 'plugin':
      return new NativeValue('plugin', ({ args: [plugin, options], span }) => {
        if (plugin && isCallable(plugin))
          interpreter.call(plugin, undefinedValue, [self, options ?? undefinedValue], span);
        return self;
      });
    case 'index':
      return new NativeValue('index', ({ args: [fields, options] }) => {
        const unique = options?.type === 'object' ? options.fields.get('unique') : undefined;
        if (fields?.type === 'object' && unique?.type === 'primitive' && unique.value)
          host.unique.push([...fields.fields.keys()]);
        return self;
      });
    case 'add':
      return new NativeValue('add', ({ args: [fields] }) => {
        if (fields?.type === 'object') for (const [key, value] of fields.fields) host.fields.set(key, value);
        return self;
      });
    case 'set':
      return new NativeValue('set', ({ args: [option, value] }) => {
        if (value) host.options.fields.set(textOf(option) ?? '', value);
        return self;
      });
    default:
      return new NativeValue(name, () => self);
  }
}

/** A hook before a write, with the document as `this`. */
function runHook(interpreter: Interpreter, fn: Value, document: Value, span: Span): void {
  const next = new NativeValue('next', ({ args: [error] }) => {
    if (error && !isNil(error)) interpreter.throw(error, span);
    return undefinedValue;
  });
  interpreter.settle(
    promised(interpreter, span, () => interpreter.call(fn, document, [next], span)),
    span,
  );
}

function typeOf(type: Value): Column['schema'] {
  if (type.type === 'array') return { type: 'array' };
  if (type.type === 'object') {
    if (type.host instanceof SchemaHost || type.fields.size) return { type: 'object' };
    return {};
  }
  const named =
    type.type === 'symbolic' && type.origin.kind === 'external'
      ? (type.origin.path.at(-1) ?? '')
      : type.type === 'class' || type.type === 'native'
        ? type.name
        : (textOf(type) ?? '');
  if (/^Date$/i.test(named)) return { type: 'string', format: 'date-time' };
  if (/Decimal/.test(named)) return {};
  return /^(ObjectId|String|Number|Boolean|UUID|BigInt)$/i.test(named) ? typeSchema(named) : {};
}

const irregular: Record<string, string> = { person: 'people', man: 'men', child: 'children', mouse: 'mice' };
const uncountable =
  /^(advice|energy|excretion|digestion|cooperation|health|justice|labour|machinery|equipment|information|pollution|sewage|paper|money|species|series|rain|rice|fish|sheep|moose|deer|news|expertise|status|media)$/;

/** The collection's name as mongoose makes it from the model's. */
export function plural(name: string): string {
  if (uncountable.test(name)) return name;
  if (irregular[name]) return irregular[name];
  if (/([^aeiou])y$/.test(name)) return name.replace(/y$/, 'ies');
  if (/(x|ch|ss|sh|s)$/.test(name))
    return /s$/.test(name) && !/ss$/.test(name)
      ? /us$|is$/.test(name)
        ? name.replace(/(us|is)$/, '$1es').replace(/ises$/, 'es')
        : name
      : `${name}es`;
  if (/(?:([^f])fe|([lr])f)$/.test(name)) return name.replace(/fe?$/, 'ves');
  return `${name}s`;
}
