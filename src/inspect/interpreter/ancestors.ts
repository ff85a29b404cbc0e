import type { ClassValue, FunctionValue, NativeValue, Symbolic, Value } from './values.js';

const known = new WeakMap<ClassValue, (ClassValue | Symbolic)[]>();

/** The class itself and its parents, in the order in which attributes are looked up: each once, after all its children. */
export function ancestors(cls: ClassValue): (ClassValue | Symbolic)[] {
  const cached = known.get(cls);
  if (cached) return cached;
  const found = [
    cls,
    ...[cls.parent, ...cls.mixins].flatMap((parent) =>
      parent === undefined ? [] : parent.type === 'class' ? ancestors(parent) : [parent],
    ),
  ];
  const unique = found.filter((one, index) => found.lastIndexOf(one) === index);
  known.set(cls, unique);
  return unique;
}

export const classesOf = (cls: ClassValue | undefined): ClassValue[] =>
  cls ? ancestors(cls).filter((one): one is ClassValue => one.type === 'class') : [];

export function findMethod(cls: ClassValue | undefined, key: string): FunctionValue | NativeValue | undefined {
  for (const current of classesOf(cls)) {
    const method = current.methods.get(key) ?? current.natives.get(key);
    if (method) return method;
  }
  return undefined;
}

/** The first parent that is not part of the code. */
export const outsideParent = (cls: ClassValue | undefined): Symbolic | undefined =>
  cls && ancestors(cls).find((one): one is Symbolic => one.type === 'symbolic');

/** An attribute that the class and not the instance holds, where the language lets instances have it. */
export function classAttribute(cls: ClassValue | undefined, key: string): Value | undefined {
  for (const current of classesOf(cls)) {
    const value = current.fields.get(key);
    if (value) return value;
  }
  return undefined;
}
