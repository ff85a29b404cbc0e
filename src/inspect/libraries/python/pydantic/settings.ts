import { sourceRef, type Span } from '../../../core/language.js';
import {
  type ClassValue,
  type Keywords,
  isNil,
  ObjectValue,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../../interpreter/values.js';
import { chainOf } from '../../chain.js';
import { literal } from '../../validation.js';
import { modelFields, modelKind, type ModelField, modelOption } from './models.js';
import type { TypeWorld } from './types.js';

/** `Settings()`: each field is an environment variable, with the default that the code has. */
export function settingsInstance(
  world: TypeWorld,
  cls: ClassValue,
  self: ObjectValue,
  keywords: Keywords | undefined,
  span: Span,
): Value {
  const names: Names = {
    prefix: textOf(modelOption(world, cls, 'env_prefix')) ?? '',
    delimiter: textOf(modelOption(world, cls, 'env_nested_delimiter')),
  };
  for (const field of modelFields(world, cls)) {
    const given = keywords?.get(field.name);
    self.fields.set(field.name, given ?? variable(world, field, names, span));
  }
  if (world.interpreter.loading)
    world.interpreter.made.set(self, {
      callee: cls,
      args: [],
      keywords,
      isNew: true,
      isAsync: false,
      first: self.id,
      last: self.id,
    });
  return self;
}

/** How the variables of a class's fields are called. */
interface Names {
  prefix: string;
  /** Between a field's name and those of the fields of its model: `SECURITY__SECRET`. Undefined: such a field is one variable. */
  delimiter: string | undefined;
}

function variable(world: TypeWorld, field: ModelField, names: Names, span: Span): Value {
  const { interpreter } = world;
  const env = field.marker?.keywords.get('env');
  const name = textOf(env) ?? (field.alias === field.name ? `${names.prefix}${field.name}`.toUpperCase() : field.alias);
  const nested = field.type.outside;
  if (nested?.type === 'class' && field.fallback) return field.fallback;
  const { cls } = field.type;
  const made = field.factory && interpreter.call(field.factory, undefinedValue, [], span);
  if (cls && modelKind(cls) === 'pydantic' && names.delimiter !== undefined)
    return nestedModel(world, cls, made ?? field.fallback, { ...names, prefix: `${name}${names.delimiter}` }, span);
  if (made) return made;
  const fallback = field.fallback && literal(field.fallback);
  if (!interpreter.environment.has(name))
    interpreter.environment.set(name, {
      name,
      required: field.isRequired,
      schema: field.type.schema,
      source: sourceRef(field.span),
      ...(fallback === undefined ? {} : { fallback }),
    });
  if (field.fallback && field.fallback.type !== 'primitive' && !isMadeAnew(field.fallback)) return field.fallback;
  const value = field.fallback?.type === 'primitive' && !isNil(field.fallback) ? field.fallback.value : undefined;
  return symbolic({ kind: 'environment', name, ...(value === undefined ? {} : { fallback: value }) }, true);
}

/** A model whose fields are variables of their own. `usual`: the instance that stands where none of them is set. */
function nestedModel(world: TypeWorld, cls: ClassValue, usual: Value | undefined, names: Names, span: Span): Value {
  const self = new ObjectValue(world.interpreter.loading);
  self.cls = cls;
  for (const field of modelFields(world, cls)) {
    const own = usual?.type === 'object' ? usual.fields.get(field.name) : undefined;
    const fallback = own ?? field.fallback;
    const { factory, ...rest } = field;
    const made = fallback === undefined && factory ? { factory } : {};
    const known = { ...rest, ...made, ...(fallback ? { fallback } : {}), isRequired: field.isRequired && !fallback };
    self.fields.set(field.name, variable(world, known, names, span));
  }
  return self;
}

/** `secrets.token_urlsafe(32)`: another one in each process, so that only the variable can be known. */
const isMadeAnew = (value: Value): boolean =>
  value.type === 'symbolic' &&
  (value.origin.kind === 'generated' ||
    (value.origin.kind === 'call' && /^(secrets|uuid|random|os)$/.test(chainOf(value).module ?? '')));
