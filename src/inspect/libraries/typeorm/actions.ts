import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { promised } from '../../interpreter/promises.js';
import {
  ClassValue,
  isNil,
  ObjectValue,
  primitive,
  undefinedValue,
  unknown,
  type Value,
} from '../../interpreter/values.js';
import { saved } from '../active-records.js';
import { conditions, DocumentHost, type Model, tableOf, valuesOf, type Verb } from '../model.js';
import { rowMethod } from '../row-methods.js';
import { perform } from '../perform.js';
import { listOf, objectOf } from '../table.js';
import { arranged, assignTo, criteria, keyPart } from './arguments.js';

const where = { arg: 0, at: 'where' };
const direct = { arg: 0 };
const options = { arg: 0 };
export const affected = (_: Interpreter, count: Value): Value => objectOf({ affected: count, raw: unknown('raw') });
const missing = (interpreter: Interpreter): Value =>
  errorOf(interpreter, 'EntityNotFoundError', 'Could not find any entity');

export const verbs: Record<string, Verb> = {
  find: { does: 'list', where, options },
  findBy: { does: 'list', where: direct },
  findOne: { does: 'one', where, options },
  findOneBy: { does: 'one', where: direct },
  findOneById: { does: 'one', where: { arg: 0, key: true } },
  findOneOrFail: { does: 'one', where, options, throws: missing },
  findOneByOrFail: { does: 'one', where: direct, throws: missing },
  count: { does: 'count', where },
  countBy: { does: 'count', where: direct },
  exist: { does: 'exists', where },
  exists: { does: 'exists', where },
  existsBy: { does: 'exists', where: direct },
  findAndCount: { does: 'page', where, options },
  findAndCountBy: { does: 'page', where: direct },
  insert: { does: 'insert', values: { arg: 0 } },
  update: { does: 'update', where: direct, values: { arg: 1 }, gives: affected },
  delete: { does: 'delete', where: direct, gives: affected },
};

export const rowVerbs = {
  save: new Set(['save']),
  update: new Set<string>(),
  remove: new Set(['remove']),
  plain: new Set<string>(),
  reload: new Set(['reload']),
};

export function act(
  model: Model,
  name: string,
  args: Value[],
  interpreter: Interpreter,
  span: Span,
): Value | undefined {
  const own = model.statics.get(name);
  if (own) return undefined;
  const run = (body: () => Value): Value => promised(interpreter, span, body);
  switch (name) {
    case 'create':
      return args[0]?.type === 'array'
        ? listOf(...args[0].items.map((item) => created(model, item)))
        : created(model, args[0]);
    case 'merge':
      for (const source of args.slice(1)) assignTo(args[0], source);
      return args[0];
    case 'save':
      return run(() => {
        const [given] = args;
        if (given?.type === 'array') return listOf(...given.items.map((item) => save(model, item, interpreter, span)));
        return save(model, given ?? undefinedValue, interpreter, span);
      });
    case 'remove':
    case 'softRemove':
      return run(() => remove(model, args[0], interpreter, span));
    case 'preload':
      return run(() => {
        const found = perform(model, { does: 'one', where: direct }, [keyPart(model, args[0])], interpreter, span);
        if (!isNil(found)) assignTo(found, args[0]);
        return isNil(found) ? undefinedValue : found;
      });
    case 'softDelete':
      return run(() => perform(model, { ...(verbs['delete'] as Verb) }, [criteria(model, args[0])], interpreter, span));
    case 'query':
    case 'createQueryBuilder':
      return undefined;
    default: {
      const verb = verbs[name];
      if (!verb) return undefined;
      return run(() => {
        const found = perform(model, verb, arranged(model, name, args), interpreter, span);
        return verb.does === 'page' && found.type === 'object'
          ? listOf(found.fields.get('rows') ?? undefinedValue, found.fields.get('count') ?? undefinedValue)
          : verb.does === 'insert'
            ? objectOf({ identifiers: listOf(found), generatedMaps: listOf(found), raw: unknown('raw') })
            : found;
      });
    }
  }
}

function created(model: Model, given: Value | undefined): ObjectValue {
  const document = objectOf(given?.type === 'object' ? Object.fromEntries(given.fields) : {});
  document.open = given?.type === 'object' ? given.open : given?.type === 'symbolic' ? given : undefined;
  document.host = new DocumentHost(model);
  return document;
}

/** Inserts what is new, changes what was read: `save({ ...row, title })`, `row.title = …; save(row)`. */
export function save(model: Model, given: Value, interpreter: Interpreter, span: Span): Value {
  if (given.type === 'symbolic') {
    if (given.origin.kind === 'input') {
      const row = created(model, given);
      return saved(model, row, interpreter, span);
    }
    return rowMethod(model, rowVerbs, given, 'save', [], interpreter, span) ?? given;
  }
  if (given.type !== 'object') return given;
  const base = given.open;
  if (base?.type === 'symbolic' && base.origin.kind === 'row' && !base.origin.at.length) {
    base.changes = new Map([...(base.changes ?? []), ...valuesOf(model, objectOf(Object.fromEntries(given.fields)))]);
    return rowMethod(model, rowVerbs, base, 'save', [], interpreter, span) ?? base;
  }
  const kept = [...given.fields].filter(([name]) => model.relations.has(name));
  const row = saved(model, given, interpreter, span);
  for (const [name, value] of kept) given.fields.set(name, value);
  return kept.length ? given : row;
}

function remove(model: Model, given: Value | undefined, interpreter: Interpreter, span: Span): Value {
  if (given?.type === 'symbolic' && given.origin.kind === 'row')
    return rowMethod(model, rowVerbs, given, 'remove', [], interpreter, span) ?? given;
  tableOf(model, interpreter, span).change('delete', conditions(model, keyPart(model, given), span), undefined, false);
  return given ?? undefinedValue;
}

function errorOf(interpreter: Interpreter, name: string, message: string): Value {
  const error = objectOf({ name: primitive(name), message: primitive(message) });
  const parent = interpreter.global.find('Error')?.binding.value;
  error.cls = new ClassValue(name, parent?.type === 'class' ? parent : undefined, undefined, undefined);
  return error;
}
