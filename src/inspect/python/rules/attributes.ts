import { FunctionValue, NativeValue, ObjectValue, type Value } from '../../interpreter/values.js';

/** What `property`, `classmethod` and `staticmethod` make of a function, until the class is made. */
class AttributeHost {
  constructor(
    readonly kind: 'getter' | 'static',
    readonly fn: FunctionValue,
  ) {}
}

export function attributeOf(value: Value): { kind: 'getter' | 'static'; fn: FunctionValue } | undefined {
  return value.type === 'object' && value.host instanceof AttributeHost ? value.host : undefined;
}

/** A decorator that says how the function is reached: `@property`, `@classmethod`, `@staticmethod`. */
export function attributeDecorator(name: string, kind: 'getter' | 'static'): NativeValue {
  return new NativeValue(name, ({ args: [fn], self }) => {
    if (fn?.type !== 'function') return fn ?? self;
    const object = new ObjectValue(true);
    object.host = new AttributeHost(kind, fn);
    for (const other of ['setter', 'deleter', 'expression'])
      object.fields.set(other, new NativeValue(other, () => object));
    object.fields.set('getter', attributeDecorator(name, kind));
    return object;
  });
}
