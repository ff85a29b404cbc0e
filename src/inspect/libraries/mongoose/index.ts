import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import {
  isCallable,
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
import { duplicateKey } from '../documents.js';
import { type Model, newModel } from '../model.js';
import { modelName, rowVerbs, run, verbs } from './queries.js';
import { runHook, SchemaHost, newSchema } from './schema.js';
import { readColumn } from './columns.js';
import { plural } from './plural.js';

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
    const schema = new NativeValue('Schema', ({ args, interpreter: world }) => newSchema(args, world));
    const types = symbolic({ kind: 'external', module: 'mongoose', path: ['Schema', 'Types'] }, true);
    schema.fields.set('Types', types);
    schema.fields.set(
      'ObjectId',
      symbolic({ kind: 'external', module: 'mongoose', path: ['Schema', 'ObjectId'] }, true),
    );
    module.fields.set('Schema', schema);
    const model = new NativeValue('model', ({ args, span }) => this.model(args, span));
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

  private model(args: Value[], span: Span): Value {
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
      this.models.set(name, this.read(name, schema, textOf(args[2]), span));
    }
    return symbol;
  }

  private read(name: string, schema: SchemaHost, collection: string | undefined, span: Span): Model {
    const store = this.storeOf(span);
    const entityName = collection ?? textOf(schema.options.fields.get('collection')) ?? plural(name.toLowerCase());
    const entity = this.catalog.entity(entityName, store.id, sourceRef(span));
    const model = newModel(this.catalog, store, entity, { absent: nullValue, unique: duplicateKey });
    model.alias = 'id';
    entity.key = '_id';
    entity.columns['_id'] = { schema: { type: 'string', format: 'objectid' }, nullable: false, generated: true };
    for (const [field, value] of schema.fields) readColumn(model, field, value);
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
    return model;
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
