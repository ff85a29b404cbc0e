import { ArrayValue, ObjectValue, operation, primitive, textOf, type Value } from '../../interpreter/values.js';
import { percent } from './text.js';

const isType = (value: Value): boolean => value.type === 'class' || value.type === 'native';

/** A moment plus a span of time is a moment. */
const isClock = (value: Value): boolean =>
  value.type === 'symbolic' &&
  value.origin.kind === 'generated' &&
  value.origin.what === 'clock' &&
  value.origin.schema.type === 'string';

/** Operators that mean something else in Python: `"%s" % x`, `[a] + [b]`, `a // b`, `{…} | {…}`, `int | None`. */
export function operate(op: string, left: Value, right: Value, atLoad: boolean): Value | undefined {
  const text = textOf(left);
  if (op === '%' && text !== undefined) return percent(text, right);
  if (op === '+' && left.type === 'array')
    return right.type === 'array'
      ? new ArrayValue([...left.items, ...right.items], atLoad, left.more ?? right.more)
      : new ArrayValue([...left.items], atLoad, right);
  if (op === '*' && text !== undefined && right.type === 'primitive')
    return primitive(text.repeat(Math.max(0, Math.min(10_000, Number(right.value)))));
  if (op === '//' && left.type === 'primitive' && right.type === 'primitive')
    return primitive(Math.floor(Number(left.value) / Number(right.value)));
  if ((op === '+' || op === '-') && isClock(left) && right.type === 'symbolic') return left;
  if (op !== '|') return undefined;
  if (left.type === 'object' && right.type === 'object' && !left.cls) return merged(left, right, atLoad);
  return isType(left) || isType(right) || left.type === 'symbolic' || right.type === 'symbolic'
    ? operation('|', left, right)
    : undefined;
}

function merged(left: ObjectValue, right: ObjectValue, atLoad: boolean): ObjectValue {
  const object = new ObjectValue(atLoad);
  for (const [name, value] of [...left.fields, ...right.fields]) object.fields.set(name, value);
  object.open = left.open ?? right.open;
  return object;
}
