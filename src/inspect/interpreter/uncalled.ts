import { type Span, spanText } from '../core/language.js';
import { attempt } from './callbacks.js';
import type { Interpreter } from './interpreter.js';
import { type ClassValue, FunctionValue, symbolic, undefinedValue, type Value } from './values.js';

/**
 * Calls what nobody calls. Where a library of its own starts the service (`bootstrap({ loaders })`), or the caller is a
 * command line, the functions that make the app are there but no code that can be read runs them.
 *
 * @param isBuilder does this source text make an app, or register operations?
 * @param given what stands for a parameter; undefined: an unknown value
 */
export function callUncalled(
  interpreter: Interpreter,
  isBuilder: (text: string) => boolean,
  given: (name: string, span: Span) => Value | undefined,
): void {
  for (const { fn, self } of candidates(interpreter)) {
    if (interpreter.invoked.has(fn.node) || !isBuilder(spanText(fn.node.span))) continue;
    const args = fn.node.params.map((param, index) => {
      const name = param.target.kind === 'name' ? param.target.name : '';
      return given(name, fn.node.span) ?? symbolic({ kind: 'parameter', index, name, of: fn }, true);
    });
    attempt(interpreter, () => interpreter.call(fn, self?.() ?? undefinedValue, args, fn.node.span));
  }
}

interface Candidate {
  fn: FunctionValue;
  self?: () => Value | undefined;
}

/** Functions of modules, then methods of classes, in the order in which the modules were loaded. */
function candidates(interpreter: Interpreter): Candidate[] {
  const found: Candidate[] = [];
  for (const record of interpreter.modules.values()) {
    const values = new Set<Value>([
      ...[...record.scope.names.values()].flatMap((binding) => (binding.get ? [] : [binding.value])),
      ...interpreter.modules.exportsOf(record).map(([, value]) => value),
    ]);
    for (const value of values) {
      if (value.type === 'function') found.push({ fn: value });
      if (value.type === 'class') found.push(...methodsOf(interpreter, value));
      if (value.type === 'object')
        for (const field of value.fields.values())
          if (field.type === 'function') found.push({ fn: field, self: () => value });
    }
  }
  return found;
}

function methodsOf(interpreter: Interpreter, cls: ClassValue): Candidate[] {
  let instance: Value | undefined;
  const self = (): Value | undefined =>
    (instance ??= attempt(interpreter, () => {
      const own = cls.node?.members.find((member) => member.kind === 'constructor');
      const span = cls.node?.span;
      if (!span) return undefined;
      const args = (own?.fn?.params ?? []).map((param, index) =>
        symbolic({
          kind: 'unknown',
          text: param.target.kind === 'name' ? param.target.name : `argument ${index}`,
          reads: [],
        }),
      );
      return interpreter.construct(cls, args, span);
    }));
  const statics = [...cls.fields.values()].filter((value): value is FunctionValue => value instanceof FunctionValue);
  return [...statics.map((fn) => ({ fn, self: () => cls })), ...[...cls.methods.values()].map((fn) => ({ fn, self }))];
}
