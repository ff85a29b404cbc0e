import type { JsonSchema } from '../../model/index.js';
import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { isNil, ObjectValue, symbolic, type Symbolic, type Value } from '../interpreter/values.js';
import type { Json } from '../../model/index.js';

/** Puts `value` through a schema: asks the path whether it is valid. Gives false where the path says no. */
export function validate(interpreter: Interpreter, value: Value, schema: JsonSchema, span: Span): boolean {
  if (value.type === 'symbolic' && value.origin.kind === 'input') return validPart(interpreter, value, schema, span);
  if (value.type === 'object' && schema.properties) {
    for (const [name, part] of Object.entries(schema.properties)) {
      const field = value.fields.get(name) ?? value.trap?.get?.(name, value);
      if (field?.type === 'symbolic' && field.origin.kind === 'input' && !validPart(interpreter, field, part, span))
        return false;
    }
  }
  return true;
}

function validPart(interpreter: Interpreter, value: Symbolic, schema: JsonSchema, span: Span): boolean {
  if (value.origin.kind !== 'input') return true;
  const { part, at } = value.origin;
  const holds = interpreter.decide({ kind: 'valid', part, at, schema }, span, true);
  interpreter.path?.validated.push({ part, at, schema, span });
  return holds;
}

export const validationError = (name: string): Symbolic =>
  symbolic({ kind: 'failure', of: 'validation', name, at: [] });

/** `schema.parse(process.env)` while loading: variables with the schema's defaults. */
export function parsedEnvironment(interpreter: Interpreter, schema: JsonSchema, span: Span): Value {
  const result = new ObjectValue(true);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const fallback = field.default;
    const usable = fallback === undefined || typeof fallback === 'object' ? undefined : fallback;
    const example = exampleOf(interpreter, name);
    result.fields.set(
      name,
      symbolic(
        {
          kind: 'environment',
          name,
          ...(usable === undefined ? {} : { fallback: usable }),
          ...(example === undefined ? {} : { example }),
        },
        true,
      ),
    );
    const required = fallback === undefined && (schema.required?.includes(name) ?? false);
    interpreter.environment.set(name, {
      name,
      required,
      schema: field,
      source: span.source.ref(span.start, span.end),
      ...(fallback === undefined ? {} : { fallback }),
    });
  }
  result.trap = { name: 'environment', get: () => undefined };
  return result;
}

/** What an env file that is checked in says of a variable. */
function exampleOf(interpreter: Interpreter, name: string): string | undefined {
  const process = interpreter.global.find('process')?.binding.value;
  const environment = process?.type === 'object' ? process.fields.get('env') : undefined;
  const value = environment?.type === 'object' ? environment.trap?.get?.(name, environment) : undefined;
  return value?.type === 'symbolic' && value.origin.kind === 'environment' ? value.origin.example : undefined;
}

export const isEnvironment = (value: Value | undefined): boolean =>
  value?.type === 'object' && value.trap?.name === 'environment';

/** A literal argument as JSON; undefined where it is not one. */
export function literal(value: Value | undefined): Json | undefined {
  if (!value) return undefined;
  if (value.type === 'primitive')
    return typeof value.value === 'bigint' ? Number(value.value) : isNil(value) ? null : (value.value as Json);
  if (value.type === 'array') {
    const items = value.items.map(literal);
    return items.every((item) => item !== undefined) ? (items as Json[]) : undefined;
  }
  return undefined;
}

export const numberArg = (value: Value | undefined): number | undefined =>
  value?.type === 'primitive' && typeof value.value === 'number' ? value.value : undefined;
