import { type Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import {
  isNil,
  ObjectValue,
  primitive,
  symbolic,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from '../interpreter/values.js';
import { storedAlong } from './stored-along.js';
import { field, listOf, objectOf, Table, type Where } from './table.js';
import { type Model, type Verb, tableOf, conditions, placed, valuesOf, DocumentHost } from './model.js';
import { shown, joinedNames } from './shown-rows.js';

/** Does what the verb says. */
export function perform(model: Model, verb: Verb, args: Value[], interpreter: Interpreter, span: Span): Value {
  const table = tableOf(model, interpreter, span);
  const where = conditions(model, placed(args, verb.where), span, verb.where?.key);
  const options = placed(args, verb.options);
  const show = (row: Symbolic): Value => shown(model, row, options);
  const none = (): Value => {
    if (verb.throws) interpreter.throw(verb.throws(interpreter), span);
    return model.manner.absent ?? primitive(null);
  };
  switch (verb.does) {
    case 'one': {
      const found = table.one(where, show);
      return isNil(found) ? none() : found;
    }
    case 'list':
      return table.list(where, show);
    case 'count':
      return table.count(where);
    case 'exists':
      return table.exists(where);
    case 'page':
      return objectOf({ rows: table.list(where, show), count: table.count(where) });
    case 'insert':
      return inserted(model, table, placed(args, verb.values), span, options);
    case 'insertAll': {
      const given = placed(args, verb.values);
      const items = given?.type === 'array' ? [...given.items, ...(given.more ? [given.more] : [])] : [given];
      return listOf(...items.map((item) => inserted(model, table, item ?? undefinedValue, span, undefined)));
    }
    case 'findOrInsert': {
      const found = table.one(where, show);
      if (!isNil(found)) return listOf(found, primitive(false));
      const defaults = valuesOf(model, field(args[0], 'defaults'));
      return listOf(table.insert(new Map([...where.by, ...defaults])).row, primitive(true));
    }
    case 'upsert': {
      const found = table.change('update', where, valuesOf(model, placed(args, verb.values)), true);
      if (found.found) return found.after;
      return inserted(model, table, field(args[0], 'create') ?? placed(args, verb.values), span, options);
    }
    case 'update':
    case 'delete':
      return changed(model, table, verb, where, args, span, none, show);
  }
}

function inserted(model: Model, table: Table, given: Value | undefined, span: Span, options: Value | undefined): Value {
  const document = given?.type === 'object' ? draft(given) : given && wholeInput(given);
  if (document?.type === 'object') document.host = new DocumentHost(model);
  if (document?.type === 'object') for (const hook of model.beforeInsert) hook(table.interpreter, document, span);
  const { row } = table.insert(valuesOf(model, document));
  if (document?.type === 'object')
    for (const along of storedAlong(model, document, row, joinedNames(model, options)))
      inserted(along.model, tableOf(along.model, table.interpreter, span), along.values, span, undefined);
  return shown(model, row, options);
}

/** The body as it is: what hooks change of it comes before what it holds. */
function wholeInput(given: Value): Value {
  if (given.type !== 'symbolic' || given.origin.kind !== 'input') return given;
  const document = new ObjectValue(false);
  document.open = given;
  return document;
}

/** A copy that hooks may change. */
export function draft(given: ObjectValue): ObjectValue {
  const copy = objectOf(Object.fromEntries(given.fields));
  copy.open = given.open;
  return copy;
}

function changed(
  model: Model,
  table: Table,
  verb: Verb,
  where: Where,
  args: Value[],
  span: Span,
  none: () => Value,
  show: (row: Symbolic) => Value,
): Value {
  const values = verb.does === 'update' ? valuesOf(model, placed(args, verb.values)) : undefined;
  const sees = verb.gives === 'before' || verb.gives === 'after' || verb.throws !== undefined;
  const result = table.change(verb.does as 'update' | 'delete', where, values, sees || table.isSingle(where.by));
  if (!result.found && sees) return none();
  if (verb.gives === 'before') return show(result.before);
  if (verb.gives === 'after') return show(result.after);
  const single = table.isSingle(where.by);
  const count = !result.found
    ? primitive(0)
    : single
      ? primitive(1)
      : symbolic({ kind: 'count', lookup: result.lookup.id });
  return verb.gives ? verb.gives(table.interpreter, count) : unknown(`${verb.does} result`, [], span);
}
