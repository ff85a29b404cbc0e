import type { Catalog } from '../../../catalog.js';
import type { Span } from '../../../core/language.js';
import { boundMethod, getMember } from '../../../interpreter/access.js';
import { findMethod } from '../../../interpreter/ancestors.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import type { RecordedLookup } from '../../../interpreter/path.js';
import {
  type NativeCall,
  NativeValue,
  ObjectValue,
  operation,
  symbolic,
  type Symbolic,
  type Value,
} from '../../../interpreter/values.js';
import { recordEffect } from '../../record.js';
import { updated } from '../pydantic/index.js';
import { mappedEntity, mappedOf } from './models.js';
import { pendingOf } from './sessions.js';
import { invoke } from '../../../interpreter/functions.js';

/** The lookup that gave a row. */
export const lookupOf = (interpreter: Interpreter, row: Value | undefined): RecordedLookup | undefined => {
  const id =
    row?.type === 'symbolic' && row.origin.kind === 'row' && !row.origin.at.length ? row.origin.lookup : undefined;
  return id === undefined ? undefined : interpreter.path?.lookups.find((one) => one.id === id);
};

/** A field of a row: of its class what the class defines, else the column. */
export function rowMember(catalog: Catalog, of: Symbolic, key: string, interpreter: Interpreter): Value | undefined {
  const { origin } = of;
  if (origin.kind !== 'row' || origin.at.length) return undefined;
  const lookup = lookupOf(interpreter, of);
  const mapped = lookup && mappedEntity(catalog, lookup.entity);
  if (!mapped) return undefined;
  const changed = of.changes?.get(key);
  if (changed) return changed;
  const spread = of.changes?.get('*');
  if (spread?.type === 'symbolic' && mapped.columns.has(key) && mayHold(interpreter, spread, key)) {
    const given = getMember(interpreter, spread, key);
    return operation('??', given, symbolic({ ...origin, at: [key] }));
  }
  if (mapped.columns.has(key)) return undefined;
  if (key === 'sqlmodel_update')
    return new NativeValue(key, ({ args: [values], keywords, span }) =>
      updated(interpreter, of, values, keywords?.get('update'), span),
    );
  const method = findMethod(mapped.cls, key);
  if (method) return boundMethod(interpreter, method, of);
  const getter = mapped.cls.getters.get(key);
  return getter && invoke(interpreter, getter, of, [], getter.node.span);
}

/** Does a request's part that was validated have this field at all? */
function mayHold(interpreter: Interpreter, part: Symbolic, key: string): boolean {
  const { origin } = part;
  if (origin.kind !== 'input') return true;
  return (
    interpreter.path?.validated.some(
      (valid) => valid.part === origin.part && valid.at.length === 0 && valid.schema.properties?.[key] !== undefined,
    ) ?? false
  );
}

/** `sqlmodel_update` and the like on a row. */
export function rowMethod(of: ObjectValue, name: string, call: NativeCall): Value | undefined {
  return name === 'sqlmodel_update' && mappedOf(of.cls)
    ? updated(call.interpreter, of, call.args[0], call.keywords?.get('update'), call.span)
    : undefined;
}

/** Assigning to a field of a row changes it, when the session is committed. */
export function assign(
  catalog: Catalog,
  of: Symbolic,
  key: string,
  value: Value,
  interpreter: Interpreter,
  span: Span,
): boolean {
  const lookup = lookupOf(interpreter, of);
  const mapped = lookup && mappedEntity(catalog, lookup.entity);
  if (!lookup || !mapped || !interpreter.path) return false;
  const changes = (of.changes ??= new Map<string, Value>());
  changes.set(key, value);
  if (key !== '*' && !mapped.columns.has(key)) return true;
  const pending = pendingOf(interpreter);
  const known = pending.effects.find((effect) => effect.verb === 'update' && effect.values === changes);
  if (known) return true;
  const effect = recordEffect(
    interpreter,
    { kind: 'db-write', target: lookup.entity, verb: 'update', values: changes, by: lookup.by },
    span,
  );
  pending.effects.push(effect);
  return true;
}
