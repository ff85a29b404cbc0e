import type { ClassNode, Expression } from '../core/language.js';
import { getMember } from './access.js';
import { evaluate } from './evaluate.js';
import type { Interpreter } from './interpreter.js';
import type { Scope } from './scope.js';
import { ArrayValue, ClassValue, isCallable, ObjectValue, primitive, undefinedValue, type Value } from './values.js';

/** One decorator where it stands: on a class, a member, or a parameter of a member (`constructor` included). */
export interface Decoration {
  value: Value;
  member?: string;
  index?: number;
}

/** Runs the decorators of a class in TypeScript's order, and keeps them for libraries that read them. */
export function decorate(interpreter: Interpreter, node: ClassNode, cls: ClassValue, scope: Scope): ClassValue {
  for (const member of node.members) {
    const key = evaluate(interpreter, member.key, scope);
    const name = key.type === 'primitive' ? String(key.value) : '';
    const target = () => (member.isStatic ? cls : getMember(interpreter, cls, 'prototype'));
    member.fn?.params.forEach((param, index) => {
      for (const expression of param.decorators ?? [])
        apply(interpreter, expression, scope, { member: name, index }, cls, () => [target(), key, primitive(index)]);
    });
    if (!member.decorators.length) continue;
    const method = cls.methods.get(name);
    const descriptor = new ObjectValue(true);
    if (method) descriptor.fields.set('value', method);
    for (const expression of member.decorators.toReversed())
      apply(interpreter, expression, scope, { member: name }, cls, () => [target(), key, descriptor]);
    const replaced = descriptor.fields.get('value');
    if (method && replaced?.type === 'function' && replaced !== method) cls.methods.set(name, replaced);
  }
  let result = cls;
  for (const expression of node.decorators.toReversed()) {
    const value = apply(interpreter, expression, scope, {}, cls, () => [result]);
    if (value.type === 'class') result = value;
  }
  return result;
}

function apply(
  interpreter: Interpreter,
  expression: Expression,
  scope: Scope,
  place: Omit<Decoration, 'value'>,
  cls: ClassValue,
  args: () => Value[],
): Value {
  const value = evaluate(interpreter, expression, scope);
  cls.decorations.push({ value, ...place });
  return isCallable(value) ? interpreter.call(value, undefinedValue, args(), expression.span) : undefinedValue;
}

/** The classes that the constructor's parameters are declared with, as `emitDecoratorMetadata` gives them. */
export function parameterClasses(cls: ClassValue): Value[] {
  for (let current: Value | undefined = cls; current?.type === 'class'; current = current.parent) {
    const own = current.node?.members.find((member) => member.kind === 'constructor');
    const { scope } = current;
    if (own?.fn && scope)
      return own.fn.params.map((param) => {
        const name = /^[\w$]+/.exec(param.type ?? '')?.[0] ?? '';
        const binding = scope.find(name)?.binding;
        return binding?.get?.() ?? binding?.value ?? undefinedValue;
      });
  }
  return [];
}

/** `Reflect`'s metadata: what decorators remember of a class or a member. */
export class Metadata {
  private readonly entries = new Map<Value, Map<string, Value>>();

  set(key: Value, value: Value, target: Value, property: Value | undefined): void {
    const own = this.entries.get(target) ?? new Map<string, Value>();
    own.set(this.name(key, property), value);
    this.entries.set(target, own);
  }

  get(key: Value, target: Value, property: Value | undefined): Value | undefined {
    if (key.type === 'primitive' && key.value === 'design:paramtypes' && target.type === 'class')
      return new ArrayValue(parameterClasses(target), true);
    for (let current: Value | undefined = target; current; current = parentOf(current)) {
      const found = this.entries.get(current)?.get(this.name(key, property));
      if (found) return found;
    }
    return undefined;
  }

  private name(key: Value, property: Value | undefined): string {
    const text = (value: Value): string =>
      value.type === 'primitive' ? `${typeof value.value} ${String(value.value)}` : `${value.type} ${value.id}`;
    return `${text(key)} ${property ? text(property) : ''}`;
  }
}

const parentOf = (target: Value): Value | undefined => (target.type === 'class' ? target.parent : undefined);
