import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import type { Library } from '../../interpreter/library.js';
import { promised } from '../../interpreter/promises.js';
import {
  isCallable,
  ObjectValue,
  primitive,
  type Symbolic,
  textOf,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';
import { type ActiveRecords, activeRecords, documentOf, newDocument } from '../active-records.js';
import { connectionOf, dialectOf, isVariable, isOfDatabases } from '../connection.js';
import { type Model } from '../model.js';
import { transaction } from '../record.js';
import { SequelizeModels, links } from './models.js';
import { isModelBase, isClient } from './clients.js';
import { verbs, rowVerbs } from './verbs.js';

/** Sequelize 4 to 7, and sequelize-typescript: `define`, classes with `init`, classes with decorators. */
export function sequelize(catalog: Catalog): Library {
  return new SequelizeReader(catalog).library();
}

class SequelizeReader {
  private readonly models: SequelizeModels;
  private store: StoreEntry | undefined;

  constructor(private readonly catalog: Catalog) {
    this.models = new SequelizeModels(catalog, (client, interpreter, span) => this.storeOf(client, interpreter, span));
  }

  library(): Library {
    const records: ActiveRecords = {
      name: 'sequelize',
      verbs,
      rowVerbs,
      modelOf: (value) => this.models.get(value),
      modelFor: (entity) => this.models.ofEntity(entity),
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
          if (origin.key === 'define') return this.models.define(callee, origin.of, args, interpreter, span);
          if (['sync', 'authenticate'].includes(origin.key)) this.opens(origin.of, origin.key, interpreter, span);
          if (origin.key === 'transaction' && interpreter.path) return inTransaction(interpreter, args, span);
          if (origin.key === 'model') return this.models.named(textOf(args[0]));
          if (origin.key === 'addModels') this.models.added(origin.of, args[0], interpreter, span);
          return undefined;
        }
        if (isModelBase(callee) && call.self.type === 'class')
          return this.models.ofClass(call.self, callee, args, interpreter, span);
        const source = origin.kind === 'member' ? this.models.get(origin.of) : undefined;
        if (source && origin.kind === 'member' && links.has(origin.key))
          return this.models.links(source, origin.key, args);
        if (origin.kind === 'member' && origin.key === 'build' && interpreter.path) {
          const model = this.models.get(origin.of);
          if (model) return newDocument(model, args[0]);
        }
        return active.call?.(callee, call);
      },
      member: (of, name, interpreter) => {
        if (name === 'models' && isClient(of)) return this.models.registry();
        if (name === 'name' && this.models.has(of)) return primitive(this.models.get(of)?.name);
        if (name === 'prototype' && this.models.has(of)) return prototypeOf(this.models.get(of) as Model);
        return active.member?.(of, name, interpreter);
      },
    };
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
}

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
