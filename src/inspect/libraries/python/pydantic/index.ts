import type { Span } from '../../../core/language.js';
import { findMethod } from '../../../interpreter/ancestors.js';
import { getMember, setMember } from '../../../interpreter/access.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import type { Library } from '../../../interpreter/library.js';
import {
  type ClassValue,
  entriesOf,
  isNil,
  type NativeCall,
  ObjectValue,
  operation,
  symbolic,
  undefinedValue,
  type Value,
} from '../../../interpreter/values.js';
import { enumMembers } from '../../../python/rules/enums.js';
import { dumped, newInstance } from './instances.js';
import { modelFields, modelKind } from './models.js';
import { settingsInstance } from './settings.js';
import type { TypeWorld } from './types.js';

export const typeWorld = (interpreter: Interpreter): TypeWorld => ({ interpreter, active: [] });

/** Pydantic 1 and 2, SQLModel's data side, dataclasses, TypedDict, enums and settings. */
export const pydantic: Library = {
  name: 'pydantic',
  construct(cls, call) {
    const members = enumMembers(cls);
    if (members) return call.args[0] ?? undefinedValue;
    const kind = modelKind(cls);
    if (!kind || findMethod(cls, '__init__') || call.self.type !== 'object') return undefined;
    const world = typeWorld(call.interpreter);
    if (kind === 'settings') return settingsInstance(world, cls, call.self, call.keywords, call.span);
    if (kind === 'typed-dict') return asDict(call);
    if (call.interpreter.loading)
      call.interpreter.made.set(call.self, {
        callee: cls,
        args: call.args,
        keywords: call.keywords,
        isNew: true,
        isAsync: false,
        first: call.self.id,
        last: call.self.id,
      });
    return newInstance(world, cls, call.self, call.args, call.keywords ?? new Map<string, Value>(), call.span);
  },
  method(of, name, call) {
    if (!of.cls || !modelKind(of.cls)) return undefined;
    if (findMethod(of.cls, name)) return undefined;
    return modelMethod(of, name, call);
  },
  call(callee, call) {
    const { origin } = callee;
    const name = origin.kind === 'external' ? origin.path.at(-1) : origin.kind === 'member' ? origin.key : undefined;
    if (call.self.type === 'class' && name !== undefined && modelKind(call.self))
      return classCall(call.self, name, call);
    if (origin.kind !== 'external') return undefined;
    if (origin.module === 'dataclasses' && (name === 'asdict' || name === 'astuple'))
      return call.args[0]?.type === 'object'
        ? dumped(typeWorld(call.interpreter), call.args[0], undefined)
        : call.args[0];
    if (origin.module === 'dataclasses' && name === 'replace' && call.args[0]?.type === 'object')
      return copied(call.interpreter, call.args[0], call.keywords);
    // A secret is its text: what hides it is for logs.
    if (origin.module === 'pydantic' && (name === 'SecretStr' || name === 'SecretBytes')) return call.args[0];
    if (origin.module === 'fastapi' && name === 'jsonable_encoder')
      return call.args[0]?.type === 'object' && call.args[0].cls
        ? dumped(typeWorld(call.interpreter), call.args[0], call.keywords)
        : call.args[0];
    return undefined;
  },
  /** `order.status.value` of a value that is an enum's member: members are their values. */
  member(of, key) {
    const { origin } = of;
    if (key !== 'value' || !('at' in origin) || origin.at.length === 0) return undefined;
    return origin.kind === 'input' || origin.kind === 'row' || origin.kind === 'written' ? of : undefined;
  },
};

function asDict(call: NativeCall): Value {
  const object = new ObjectValue(call.interpreter.loading);
  for (const [name, value] of call.keywords ?? []) object.fields.set(name, value);
  return object;
}

function modelMethod(of: ObjectValue, name: string, call: NativeCall): Value | undefined {
  const { interpreter, keywords, span } = call;
  const world = typeWorld(interpreter);
  switch (name) {
    case 'model_dump':
    case 'dict':
    case '_asdict':
      return dumped(world, of, keywords);
    case 'model_dump_json':
    case 'json':
      return operation('json', dumped(world, of, keywords));
    case 'model_copy':
    case 'copy': {
      const update = keywords?.get('update');
      return copied(interpreter, of, update?.type === 'object' ? update.fields : undefined);
    }
    case 'sqlmodel_update':
      return updated(interpreter, of, call.args[0], keywords?.get('update'), span);
    default:
      return undefined;
  }
}

function copied(
  interpreter: Interpreter,
  of: ObjectValue,
  changes: ReadonlyMap<string, Value> | undefined,
): ObjectValue {
  const copy = new ObjectValue(interpreter.loading);
  copy.cls = of.cls;
  copy.open = of.open;
  for (const [name, value] of [...of.fields, ...(changes ?? [])]) copy.fields.set(name, value);
  return copy;
}

/** Assigns every field of a dict or a model to an object or a row. */
export function updated(
  interpreter: Interpreter,
  of: Value,
  values: Value | undefined,
  more: Value | undefined,
  span: Span,
): Value {
  for (const source of [values, more]) {
    if (source?.type === 'object') {
      for (const [name, value] of entriesOf(source)) setMember(interpreter, of, name, value, span);
      if (source.open) setMember(interpreter, of, '*', source.open, span);
    } else if (source?.type === 'symbolic') setMember(interpreter, of, '*', source, span);
  }
  return of;
}

/** `Model.model_validate(value)` and its older names. */
function classCall(cls: ClassValue, name: string, call: NativeCall): Value | undefined {
  const {
    interpreter,
    args: [source = undefinedValue],
    keywords,
    span,
  } = call;
  switch (name) {
    case 'model_validate':
    case 'parse_obj':
    case 'from_orm':
    case 'validate':
    case 'model_construct':
    case 'construct':
      return validated(cls, source, keywords, call);
    case 'model_validate_json':
    case 'parse_raw':
      return symbolic({ kind: 'unknown', text: `${cls.name}.${name}`, reads: [source], span });
    case 'model_json_schema':
    case 'schema':
      return new ObjectValue(interpreter.loading);
    case 'model_rebuild':
    case 'update_forward_refs':
      return undefinedValue;
    default:
      return undefined;
  }
}

/** What a source holds under a name; a model holds its fields and nothing else. */
function held(interpreter: Interpreter, source: Value, name: string, span: Span): Value {
  if (source.type === 'object' && source.cls && modelKind(source.cls) && !source.open && !source.trap)
    return source.fields.get(name) ?? undefinedValue;
  return getMember(interpreter, source, name, span);
}

function validated(
  cls: ClassValue,
  source: Value,
  keywords: NativeCall['keywords'],
  { interpreter, span }: NativeCall,
): Value {
  const world = typeWorld(interpreter);
  if (isNil(source) && keywords) return interpreter.construct(cls, [], span, keywords);
  const values = new Map<string, Value>();
  for (const field of modelFields(world, cls)) {
    const own = held(interpreter, source, field.name, span);
    const value = isNil(own) ? held(interpreter, source, field.alias, span) : own;
    if (!isNil(value)) values.set(field.name, value);
  }
  const update = keywords?.get('update');
  if (update?.type === 'object') for (const [name, value] of update.fields) values.set(name, value);
  return interpreter.construct(cls, [], span, values);
}
