import { sourceRef, type Span } from '../../../core/language.js';
import {
  type ClassValue,
  type Keywords,
  isNil,
  type ObjectValue,
  symbolic,
  textOf,
  undefinedValue,
  type Value,
} from '../../../interpreter/values.js';
import { chainOf } from '../../chain.js';
import { literal } from '../../validation.js';
import { modelFields, type ModelField, modelOption } from './models.js';
import type { TypeWorld } from './types.js';

/** `Settings()`: each field is an environment variable, with the default that the code has. */
export function settingsInstance(
  world: TypeWorld,
  cls: ClassValue,
  self: ObjectValue,
  keywords: Keywords | undefined,
  span: Span,
): Value {
  const prefix = textOf(modelOption(world, cls, 'env_prefix')) ?? '';
  const fields = modelFields(world, cls);
  for (const field of fields) {
    const given = keywords?.get(field.name);
    self.fields.set(field.name, given ?? variable(world, field, prefix, span));
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

function variable(world: TypeWorld, field: ModelField, prefix: string, span: Span): Value {
  const { interpreter } = world;
  const env = field.marker?.keywords.get('env');
  const name = textOf(env) ?? (field.alias === field.name ? `${prefix}${field.name}`.toUpperCase() : field.alias);
  const nested = field.type.outside;
  if (nested?.type === 'class' && field.fallback) return field.fallback;
  if (field.factory) return interpreter.call(field.factory, undefinedValue, [], span);
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

/** `secrets.token_urlsafe(32)`: another one in each process, so that only the variable can be known. */
const isMadeAnew = (value: Value): boolean =>
  value.type === 'symbolic' &&
  (value.origin.kind === 'generated' ||
    (value.origin.kind === 'call' && /^(secrets|uuid|random|os)$/.test(chainOf(value).module ?? '')));
