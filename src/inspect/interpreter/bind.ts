import type { Expression, Pattern, Span } from '../core/language.js';
import { getMember, indexedRow, setMember } from './access.js';
import { evaluate } from './evaluate.js';
import type { Interpreter } from './interpreter.js';
import type { Scope } from './scope.js';
import { ArrayValue, ObjectValue, symbolic, unknown, type Value } from './values.js';

/** Names, places and the parts of a pattern get their values. `assign`: they are there already. */
export function bind(interpreter: Interpreter, pattern: Pattern, value: Value, scope: Scope, assign = false): void {
  switch (pattern.kind) {
    case 'name':
      return assign
        ? assignName(interpreter, pattern.name, value, scope, pattern.span)
        : declareName(pattern.name, value, scope);
    case 'place':
      return assignPlace(interpreter, pattern.place, value, scope);
    case 'default': {
      const missing = value.type === 'primitive' && value.value === undefined;
      return bind(
        interpreter,
        pattern.target,
        missing ? evaluate(interpreter, pattern.value, scope) : withDefault(interpreter, value, pattern.value, scope),
        scope,
        assign,
      );
    }
    case 'array':
      pattern.items.forEach((item, index) => {
        if (item) bind(interpreter, item, getMember(interpreter, value, String(index), pattern.span), scope, assign);
      });
      if (pattern.rest)
        bind(
          interpreter,
          pattern.rest,
          value.type === 'array'
            ? new ArrayValue(value.items.slice(pattern.items.length), interpreter.loading)
            : unknown('rest', [value]),
          scope,
          assign,
        );
      return;
    case 'object':
      return bindObject(interpreter, pattern, value, scope, assign);
  }
}

/** A symbolic field may be absent: then the default is the value. */
function withDefault(interpreter: Interpreter, value: Value, fallback: Expression, scope: Scope): Value {
  if (value.type !== 'symbolic') return value;
  if (value.origin.kind === 'environment' && fallback.kind === 'literal')
    return symbolic({ ...value.origin, fallback: value.origin.fallback ?? fallback.value }, interpreter.loading);
  if (value.origin.kind !== 'input') return value;
  return symbolic({ kind: 'op', op: '??', args: [value, evaluate(interpreter, fallback, scope)] });
}

function bindObject(
  interpreter: Interpreter,
  pattern: Extract<Pattern, { kind: 'object' }>,
  value: Value,
  scope: Scope,
  assign: boolean,
): void {
  const used: string[] = [];
  for (const field of pattern.fields) {
    const key = evaluate(interpreter, field.key, scope);
    const name = key.type === 'primitive' ? String(key.value) : '';
    used.push(name);
    bind(interpreter, field.target, getMember(interpreter, value, name, pattern.span), scope, assign);
  }
  if (!pattern.rest) return;
  if (value.type !== 'object')
    return bind(
      interpreter,
      pattern.rest,
      value.type === 'symbolic'
        ? symbolic({
            kind: 'op',
            op: 'omit',
            args: [value, ...used.map((name) => ({ type: 'primitive' as const, value: name }))],
          })
        : unknown('rest', [value]),
      scope,
      assign,
    );
  const rest = new ObjectValue(interpreter.loading);
  for (const [name, field] of value.fields) if (!used.includes(name)) rest.fields.set(name, field);
  rest.open = value.open;
  bind(interpreter, pattern.rest, rest, scope, assign);
}

function declareName(name: string, value: Value, scope: Scope): void {
  if (value.type !== 'primitive' && !value.label) value.label = name;
  scope.declare(name, value);
}

/** A collection that lives between requests is replaced: a store's bulk change. */
export function replaces(interpreter: Interpreter, before: Value | undefined, value: Value, span: Span): boolean {
  if (!interpreter.path || (before?.type !== 'array' && before?.type !== 'object') || !before.atLoad) return false;
  interpreter.shared.change(before);
  return interpreter.having('replace').some((library) => library.replace?.(before, value, interpreter, span));
}

export function assignName(interpreter: Interpreter, name: string, value: Value, scope: Scope, span?: Span): void {
  const found = scope.find(name);
  if (!found) return scope.declare(name, value);
  const { binding } = found;
  if (binding.get && interpreter.loading) delete binding.get;
  if (interpreter.path && found.scope.atLoad) {
    const before = binding.value;
    if (span && replaces(interpreter, before, value, span)) return;
    interpreter.path.undo.push(() => (binding.value = before));
    interpreter.shared.change(binding);
  }
  binding.value = value;
}

export function assignPlace(interpreter: Interpreter, place: Expression, value: Value, scope: Scope): void {
  if (place.kind === 'name') return assignName(interpreter, place.name, value, scope, place.span);
  if (place.kind !== 'member') return;
  const target = evaluate(interpreter, place.of, scope);
  const key = evaluate(interpreter, place.key, scope);
  if (key.type === 'primitive') return setMember(interpreter, target, String(key.value), value, place.span);
  const row = indexedRow(key);
  if (target.type === 'array' && row) return setMember(interpreter, row, '*', value, place.span);
  if (target.type !== 'object') return;
  if (interpreter.path && target.atLoad) {
    interpreter.shared.useAsMap(target);
    if (interpreter.collection(target, 'set', [key, value], place.span)) return;
  }
  target.open ??= unknown('computed field', [key, value], place.span);
}
