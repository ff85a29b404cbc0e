import type { Catalog, StoreEntry } from '../catalog.js';
import { sourceRef, type Span } from '../core/language.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  type NativeCall,
  nullValue,
  primitive,
  type Symbolic,
  symbolic,
  textOf,
  type Value,
} from '../interpreter/values.js';
import { symbolsIn } from '../terms.js';
import { chainOf, type ChainStep, externalCall } from './chain.js';
import { collectionVerbs, duplicateKey, selection, withOptions } from './documents.js';
import { type Model, newModel, type Verb } from './model.js';
import { perform } from './perform.js';
import { columnOf, field, objectOf } from './table.js';

/** Steps of a cursor that fetch: all documents, or the next one. */
const fetches: Record<string, Verb['does']> = { toArray: 'list', next: 'one', tryNext: 'one', count: 'count' };

/** The driver of MongoDB: collections without a schema, whose columns are what operations put into them. */
export function mongodb(catalog: Catalog): Library {
  const models = new Map<string, Model>();
  return {
    name: 'mongodb',
    call(callee, call) {
      const external = externalCall(callee);
      // An id is the text that it is made from: that is how it travels.
      if (external?.name === 'ObjectId' && /^(mongodb|bson)$/.test(external.module)) return idOf(call);
      const { origin } = callee;
      if (origin.kind !== 'member') return undefined;
      const { module, root, steps } = chainOf(origin.of);
      if (module !== 'mongodb' || root.origin.kind !== 'call') return undefined;
      if (origin.key === 'connect' && call.interpreter.loading) return connects(catalog, root, call);
      const at = steps.findIndex((step) => step.name === 'collection' && step.args);
      const name = textOf(steps[at]?.args?.[0]);
      if (name === undefined) return undefined;
      const model = models.get(name) ?? modelOf(catalog, root, name, call.span);
      models.set(name, model);
      if (origin.key === 'createIndex') return index(model, call.args);
      if (!call.interpreter.path) return undefined;
      return run(model, steps.slice(at + 1), origin.key, call);
    },
  };
}

const idOf = ({ args: [text], span }: NativeCall): Value =>
  text ?? symbolic({ kind: 'unknown', text: `a new id (${sourceRef(span).line})`, reads: [] });

function storeOf(catalog: Catalog, client: Symbolic, span: Span): StoreEntry {
  const variable = symbolsIn(client).find((symbol) => symbol.origin.kind === 'environment');
  return catalog.store(client, () => ({
    client: 'mongodb',
    driver: 'mongodb',
    dialect: 'mongodb',
    connection: { kind: 'mongodb', package: 'mongodb' },
    ...(variable?.origin.kind === 'environment' ? { urlVariable: variable.origin.name } : {}),
    source: client.origin.kind === 'call' ? sourceRef(client.origin.span) : sourceRef(span),
  }));
}

function connects(catalog: Catalog, client: Symbolic, { interpreter, span }: NativeCall): undefined {
  const store = storeOf(catalog, client, span);
  catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
}

function modelOf(catalog: Catalog, client: Symbolic, name: string, span: Span): Model {
  const store = storeOf(catalog, client, span);
  const entity = catalog.entity(name, store.id, sourceRef(span));
  entity.key = '_id';
  entity.columns['_id'] = { schema: { type: 'string', format: 'objectid' }, nullable: false, generated: true };
  return newModel(catalog, store, entity, { absent: nullValue, unique: duplicateKey }, false);
}

/** `createIndex({ email: 1 }, { unique: true })`. */
function index({ entity }: Model, [fields, options]: Value[]): undefined {
  const unique = field(options, 'unique');
  if (fields?.type === 'object' && unique?.type === 'primitive' && unique.value)
    entity.unique.push([...fields.fields.keys()]);
}

/** A method of the collection, or the step of a cursor that fetches. */
function run(model: Model, steps: ChainStep[], name: string, call: NativeCall): Value | undefined {
  const { args, interpreter, span } = call;
  const [first] = steps;
  if (first) {
    const does = fetches[name];
    if (first.name !== 'find' || !does) return undefined;
    const given = first.args ?? [];
    const projection = steps.find((step) => step.name === 'project')?.args?.[0] ?? field(given[1], 'projection');
    return promised(interpreter, span, () =>
      perform(model, shown({ does, where: { arg: 0 } }), shows(model, given, projection), interpreter, span),
    );
  }
  if (name === 'insertOne') return promised(interpreter, span, () => inserted(model, call));
  const verb = name === 'find' ? undefined : collectionVerbs[name];
  if (!verb) return undefined;
  const upserts = field(args[2], 'upsert');
  const chosen: Verb =
    upserts?.type === 'primitive' && upserts.value ? { ...verb, does: 'upsert' } : withOptions(verb, args);
  return promised(interpreter, span, () =>
    perform(
      model,
      verb.does === 'one' ? shown(chosen) : chosen,
      verb.does === 'one' ? shows(model, args, field(args[1], 'projection')) : args,
      interpreter,
      span,
    ),
  );
}

const shown = (verb: Verb): Verb => ({ ...verb, options: { arg: 1 } });

/** The filter, and the choice of columns where the model's verbs look for it. */
function shows(model: Model, [filter]: Value[], projection: Value | undefined): Value[] {
  const chosen = selection(model, projection);
  return [filter ?? objectOf({}), objectOf(chosen ? { attributes: chosen } : {})];
}

/** The driver puts the id into the document that it was given. */
function inserted(model: Model, { args, interpreter, span }: NativeCall): Value {
  const row = perform(model, { does: 'insert', values: { arg: 0 } }, args, interpreter, span);
  const id = row.type === 'symbolic' ? columnOf(row, '_id') : nullValue;
  const [document] = args;
  if (document?.type === 'object') document.fields.set('_id', id);
  return objectOf({ acknowledged: primitive(true), insertedId: id });
}
