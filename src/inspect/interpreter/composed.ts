import type { Argument, Expression, SequenceShape } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import { iterate } from './iterate.js';
import { Scope } from './scope.js';
import {
  ArrayValue,
  entriesOf,
  FunctionValue,
  ObjectValue,
  operation,
  type Symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { evaluate } from './evaluate.js';

export function object(
  interpreter: Interpreter,
  expression: Extract<Expression, { kind: 'object' }>,
  scope: Scope,
): Value {
  const result = new ObjectValue(interpreter.loading);
  for (const property of expression.properties) {
    if (property.kind === 'spread') {
      spreadInto(result, evaluate(interpreter, property.value, scope));
      continue;
    }
    const key = evaluate(interpreter, property.key, scope);
    if (key.type !== 'primitive') {
      result.open ??= unknown('computed field', [key], expression.span);
      continue;
    }
    if (property.kind === 'getter') {
      (result.getters ??= new Map()).set(
        String(key.value),
        new FunctionValue(property.fn, scope, undefined, interpreter.loading),
      );
      continue;
    }
    const value = evaluate(interpreter, property.value, scope);
    if (value.type !== 'primitive' && !value.label) value.label = String(key.value);
    result.fields.set(String(key.value), value);
  }
  return result;
}

export function spreadInto(result: ObjectValue, value: Value): void {
  if (value.type === 'object') {
    for (const [key, field] of entriesOf(value)) result.fields.set(key, field);
    if (value.open) result.open = value.open;
  } else if (value.type === 'symbolic') {
    const known = value.origin.kind === 'written' && value.origin.at.length === 0 ? value.origin.known : undefined;
    if (known) for (const [key, field] of known.fields) result.fields.set(key, field);
    if (value.origin.kind === 'op' && ['cond', '&&'].includes(value.origin.op)) return spreadConditional(result, value);
    result.open = value;
  }
}

/** `...(x ? { a } : {})`, `...(x && { a })`: the fields may be there. */
function spreadConditional(result: ObjectValue, value: Symbolic): void {
  if (value.origin.kind !== 'op') return;
  const [condition, ...branches] = value.origin.args;
  for (const branch of branches) {
    if (branch.type !== 'object') continue;
    for (const [key, field] of branch.fields)
      result.fields.set(
        key,
        operation('maybe', condition ?? undefinedValue, field, result.fields.get(key) ?? undefinedValue),
      );
  }
}

export function array(interpreter: Interpreter, items: Argument[], scope: Scope, shape?: SequenceShape): Value {
  const values: Value[] = [];
  let more: Value | undefined;
  for (const item of items) {
    const value = evaluate(interpreter, item.value, scope);
    if (!item.spread) values.push(value);
    else if (value.type === 'array') {
      values.push(...value.items);
      more ??= value.more;
    } else if (items.length === 1) return value;
    else more ??= iterate(interpreter, value, 'of', item.value.span)[0] ?? unknown('spread', [value]);
  }
  return new ArrayValue(values, interpreter.loading, more, shape);
}
