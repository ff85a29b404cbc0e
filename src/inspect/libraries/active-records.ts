import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { Library } from '../interpreter/library.js';
import { promised } from '../interpreter/promises.js';
import {
  type NativeCall,
  nullValue,
  ObjectValue,
  operation,
  PromiseValue,
  primitive,
  symbolic,
  type Symbolic,
  undefinedValue,
  type Value,
} from '../interpreter/values.js';
import type { ChainStep } from './chain.js';
import { DocumentHost, type Model, tableOf, valuesOf, type Verb } from './model.js';
import { entityOfRow, type RowVerbs, rowMethod } from './row-methods.js';
import { shownColumns } from './shown-rows.js';
import { draft, perform } from './perform.js';
import { fieldsOf } from './record.js';
import { columnOf, objectOf } from './table.js';

/** A library whose models have methods of their own and whose rows are objects that write themselves back. */
export interface ActiveRecords {
  name: string;
  verbs: Record<string, Verb>;
  rowVerbs: RowVerbs;
  /** The model that a value stands for. */
  modelOf(value: Value): Model | undefined;
  modelFor(entity: string): Model | undefined;
  /** Methods that act when they are called. Absent: all of them do; a query waits until it is awaited. */
  eager?: Set<string>;
  /** What a row is in an answer, where that is not all of its columns. */
  toJson?(model: Model, row: Symbolic, interpreter: Interpreter, span: Span): Value | undefined;
  /** A chain of steps on a model that has been awaited. */
  run?(model: Model, steps: ChainStep[], interpreter: Interpreter, span: Span): Value | undefined;
}

export function activeRecords(records: ActiveRecords): Library {
  return {
    name: records.name,
    call: (callee, call) =>
      call.interpreter.path
        ? (construct(records, callee, call) ?? modelCall(records, callee, call) ?? rowCall(records, callee, call))
        : undefined,
    settle(value, interpreter, span) {
      if (!interpreter.path || value.origin.kind !== 'call' || !records.run) return undefined;
      const chain = stepsOf(records, value);
      return chain && records.run(chain.model, chain.steps, interpreter, value.origin.span ?? span);
    },
    member(of, key, interpreter) {
      const model = records.modelOf(of);
      if (model) return model.statics.get(key);
      const own = interpreter.path && rowModel(records, of, interpreter);
      if (!own) return undefined;
      if (key === own.alias && !(key in own.entity.columns)) return columnOf(of, own.entity.key ?? 'id');
      return undefined;
    },
    assign(of, key, value, interpreter) {
      const model = interpreter.path && rowModel(records, of, interpreter);
      if (!model) return false;
      const values = key === '*' ? fieldsOf(value) : new Map([[key, value]]);
      of.changes = new Map([...(of.changes ?? []), ...values]);
      return true;
    },
    method: (of, name, call) =>
      of.host instanceof DocumentHost ? documentCall(records, of, of.host, name, call) : undefined,
    answer(value, interpreter, span) {
      const model = rowModel(records, value, interpreter);
      return model && records.toJson?.(model, value, interpreter, span);
    },
  };
}

function rowModel(records: ActiveRecords, value: Symbolic, interpreter: Interpreter): Model | undefined {
  const entity = entityOfRow(value, interpreter);
  return entity === undefined ? undefined : records.modelFor(entity);
}

/** The steps of a query on a model. */
function stepsOf(records: ActiveRecords, value: Symbolic): { model: Model; steps: ChainStep[] } | undefined {
  const steps: ChainStep[] = [];
  for (let current: Value = value; current.type === 'symbolic';) {
    const model = records.modelOf(current);
    if (model) return steps.length ? { model, steps } : undefined;
    const { origin }: Symbolic = current;
    if (origin.kind !== 'call' || origin.callee.origin.kind !== 'member') return undefined;
    steps.unshift({ name: origin.callee.origin.key, args: origin.args, isNew: origin.isNew });
    current = origin.callee.origin.of;
  }
  return undefined;
}

/** `new User({ … })`: a document with these fields, written by `save`. */
function construct(records: ActiveRecords, callee: Symbolic, call: NativeCall): Value | undefined {
  const model = call.isNew ? records.modelOf(callee) : undefined;
  return model && newDocument(model, call.args[0]);
}

export function newDocument(model: Model, given: Value | undefined): ObjectValue {
  const document = given?.type === 'object' ? draft(given) : new ObjectValue(false);
  if (given?.type === 'symbolic') document.open = given;
  document.host = new DocumentHost(model);
  document.trap = {
    name: 'document',
    get: (key, self) => self.fields.get(key) ?? model.methods.get(key),
  };
  return document;
}

function modelCall(records: ActiveRecords, callee: Symbolic, call: NativeCall): Value | undefined {
  const { origin } = callee;
  if (origin.kind !== 'member') return undefined;
  const { interpreter, span } = call;
  const callback = call.args.at(-1);
  const called = callback?.type === 'function' ? callback : undefined;
  const args = called ? call.args.slice(0, -1) : call.args;
  const model = records.modelOf(origin.of);
  const verb = model && records.verbs[origin.key];
  if (model && verb && (!records.eager || records.eager.has(origin.key))) {
    const outcome = promised(interpreter, span, () => perform(model, verb, args, interpreter, span));
    return called ? answered(called, outcome, interpreter, span) : outcome;
  }
  if (!called || !records.run) return undefined;
  const chain =
    model && verb
      ? { model, steps: [{ name: origin.key, args, isNew: false }] }
      : origin.key === 'exec'
        ? origin.of.origin.kind === 'call'
          ? stepsOf(records, origin.of)
          : undefined
        : undefined;
  if (!chain) return undefined;
  const { run } = records;
  const outcome = promised(interpreter, span, () => run(chain.model, chain.steps, interpreter, span) ?? undefinedValue);
  return answered(called, outcome, interpreter, span);
}

/** `(error, rows) => …` is called with what came out. */
export function answered(callback: Value, outcome: Value, interpreter: Interpreter, span: Span, self?: Value): Value {
  if (outcome.type !== 'promise') return undefinedValue;
  outcome.handled = true;
  const args = outcome.state.ok ? [nullValue, outcome.state.value] : [outcome.state.error];
  return interpreter.call(callback, self ?? undefinedValue, args, span);
}

function rowCall(records: ActiveRecords, callee: Symbolic, call: NativeCall): Value | undefined {
  const { origin } = callee;
  const { interpreter, span, args } = call;
  if (!('at' in origin) || origin.at.length !== 1 || call.self.type !== 'symbolic') return undefined;
  const row = call.self;
  const model = rowModel(records, row, interpreter);
  const [name = ''] = origin.at;
  if (!model) return undefined;
  if (name === 'isModified' || name === 'changed' || name === 'isDirectModified')
    return primitive(row.changes?.has(textOfFirst(args)) ?? false);
  if (name === 'get' && args[0]?.type === 'primitive') return columnOf(row, String(args[0].value));
  if (name === 'set' || name === 'setDataValue') {
    const values =
      args[0]?.type === 'object' ? args[0].fields : new Map([[textOfFirst(args), args[1] ?? undefinedValue]]);
    row.changes = new Map([...(row.changes ?? []), ...values]);
    return row;
  }
  const callback = args.at(-1);
  const given = callback?.type === 'function' ? args.slice(0, -1) : args;
  const plain = records.rowVerbs.plain.has(name);
  const outcome = rowMethod(model, records.rowVerbs, row, name, given, interpreter, span);
  if (!outcome || plain) return outcome;
  const promise = new PromiseValue({ ok: true, value: outcome }, false);
  return callback?.type === 'function'
    ? answered(callback, promise, interpreter, span)
    : outcome.type === 'promise'
      ? outcome
      : model.methods.has(name)
        ? outcome
        : promise;
}

const textOfFirst = (args: Value[]): string => (args[0]?.type === 'primitive' ? String(args[0].value) : '');

function documentCall(
  records: ActiveRecords,
  document: ObjectValue,
  host: DocumentHost,
  name: string,
  call: NativeCall,
): Value | undefined {
  const { interpreter, span, args } = call;
  const { model } = host;
  if (name === 'isModified' || name === 'isNew' || name === 'changed') return primitive(true);
  if (name === 'set') {
    if (args[0]?.type === 'object') for (const [key, value] of args[0].fields) document.fields.set(key, value);
    else document.fields.set(textOfFirst(args), args[1] ?? undefinedValue);
    return document;
  }
  if (records.rowVerbs.plain.has(name)) return document.open ?? objectOf(Object.fromEntries(document.fields));
  if (!records.rowVerbs.save.has(name)) return undefined;
  const callback = args.at(-1);
  const outcome = promised(interpreter, span, () => saved(model, document, interpreter, span));
  return callback?.type === 'function' ? answered(callback, outcome, interpreter, span) : outcome;
}

/** The first save inserts; what the document holds from then on is the row. */
export function saved(model: Model, document: ObjectValue, interpreter: Interpreter, span: Span): Value {
  const already = document.open?.type === 'symbolic' && document.open.origin.kind === 'written';
  const table = tableOf(model, interpreter, span);
  if (already) {
    const { key = 'id' } = model.entity;
    const by = new Map([[key, columnOf(document.open as Symbolic, key)]]);
    const values = valuesOf(model, objectOf(Object.fromEntries(document.fields)));
    if (values.size) table.change('update', { by, other: [] }, values, false);
    return document;
  }
  for (const hook of model.beforeInsert) hook(interpreter, document, span);
  const { row } = table.insert(valuesOf(model, document));
  document.fields.clear();
  document.open = row;
  return row;
}

/** A row as a plain object with all the columns that a read shows. */
export function documentOf(model: Model, row: Symbolic): ObjectValue {
  const result = new ObjectValue(false);
  for (const name of shownColumns(model)) result.fields.set(name, columnOf(row, name));
  for (const [name, value] of row.changes ?? [])
    if (name !== '*') result.fields.set(name, value);
    else if (value.type === 'symbolic') overlay(result, value);
  return result;
}

/** Fields of the body that are laid over a row: each is what was given, or else what was there. */
function overlay(document: ObjectValue, given: Symbolic): void {
  if (given.origin.kind !== 'input') return;
  const { origin } = given;
  for (const [name, before] of document.fields)
    document.fields.set(name, operation('??', symbolic({ ...origin, at: [...origin.at, name] }), before));
}
