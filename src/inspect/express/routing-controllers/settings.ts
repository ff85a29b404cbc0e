import { type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { getMember } from '../../interpreter/access.js';
import { ClassValue, NativeValue, ObjectValue, undefinedValue, type Value } from '../../interpreter/values.js';

export interface Settings {
  option(name: string): Value | undefined;
  app: ObjectValue;
  span: Span;
}

/** A middleware class: its `use(request, response, next)`, or `error(error, request, response, next)`. */
export function middleware(interpreter: Interpreter, cls: ClassValue, method: 'use' | 'error'): Value {
  const instance = make(interpreter, cls);
  return new NativeValue(
    `${cls.name}.${method}`,
    ({ args, span }) => interpreter.call(getMember(interpreter, instance, method), instance, args, span),
    method === 'error' ? 4 : 3,
  );
}

/** Through the service's container where one makes classes, else with nothing. */
export function make(interpreter: Interpreter, cls: ClassValue): Value {
  const span = cls.node?.span;
  if (!span) return undefinedValue;
  const container = interpreter.modules.external('typedi', 'Container');
  const made = interpreter.call(getMember(interpreter, container, 'get'), container, [cls], span);
  return made.type === 'object' ? made : interpreter.construct(cls, [], span);
}
