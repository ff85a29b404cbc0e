import type { ClassNode, Statement } from '../core/language.js';
import { decorate } from './decorators.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import type { Interpreter } from './interpreter.js';
import { Scope } from './scope.js';
import { ClassValue, FunctionValue, type Symbolic, undefinedValue, type Value } from './values.js';

export function makeClass(interpreter: Interpreter, node: ClassNode, scope: Scope): ClassValue {
  const parents = [node.parent, ...(node.mixins ?? [])]
    .flatMap((parent) => (parent ? [ungeneric(evaluate(interpreter, parent, scope))] : []))
    .filter((parent): parent is ClassValue | Symbolic => parent.type === 'class' || parent.type === 'symbolic');
  const cls = new ClassValue(node.name, parents[0], node, scope);
  cls.mixins = parents.slice(1);
  cls.label = node.name;
  if (node.body) return makeByBody(interpreter, node, node.body, cls, scope);
  const inner = new Scope(scope, interpreter.loading, scope.file);
  if (node.name) inner.declare(node.name, cls);
  for (const member of node.members) {
    const key = evaluate(interpreter, member.key, inner);
    const name = key.type === 'primitive' ? String(key.value) : '';
    if (member.fn && (member.kind === 'method' || member.kind === 'getter')) {
      const fn = new FunctionValue(member.fn, inner, undefined, interpreter.loading);
      fn.home = cls;
      fn.label = `${node.name}.${name}`;
      if (member.kind === 'getter') (member.isStatic ? cls.staticGetters : cls.getters).set(name, fn);
      else if (member.isStatic) cls.fields.set(name, fn);
      else cls.methods.set(name, fn);
    }
  }
  runStatics(interpreter, node, cls, inner);
  const isDecorated =
    node.decorators.length > 0 ||
    node.members.some((member) => member.decorators.length > 0 || member.fn?.params.some((param) => param.decorators));
  return isDecorated ? decorate(interpreter, node, cls, inner) : cls;
}

/** `Repository[Order]` is the class `Repository`. */
export const ungeneric = (value: Value): Value =>
  value.type === 'symbolic' &&
  value.origin.kind === 'op' &&
  value.origin.op === 'at' &&
  (value.origin.args[0]?.type === 'class' || value.origin.args[0]?.type === 'native')
    ? value.origin.args[0]
    : value;

/** A class whose attributes are what its body binds. */
function makeByBody(
  interpreter: Interpreter,
  node: ClassNode,
  body: Statement[],
  cls: ClassValue,
  scope: Scope,
): ClassValue {
  const inner = new Scope(scope, interpreter.loading, scope.file);
  inner.closure = scope;
  execute(interpreter, body, inner, undefined);
  for (const [name, binding] of inner.names) {
    const value = binding.get?.() ?? binding.value;
    if (value.type === 'primitive' && value.value === undefined) continue;
    attach(interpreter, cls, name, value);
  }
  interpreter.rules?.defined?.(interpreter, cls);
  for (const library of interpreter.having('defined')) library.defined?.(cls, interpreter);
  void node;
  return cls;
}

function attach(interpreter: Interpreter, cls: ClassValue, name: string, value: Value): void {
  const special = interpreter.rules?.attribute(value);
  const fn = special?.fn ?? (value.type === 'function' && value.node.takesSelf ? value : undefined);
  if (fn) {
    fn.home = cls;
    fn.label = `${cls.name}.${name}`;
  }
  if (special?.kind === 'getter') cls.getters.set(name, special.fn);
  else if (special) cls.fields.set(name, special.fn);
  else if (fn) cls.methods.set(name, fn);
  else {
    if (value.type !== 'primitive' && !value.label) {
      value.label = name;
      value.owner = cls.name;
    }
    cls.fields.set(name, value);
  }
}

function runStatics(interpreter: Interpreter, node: ClassNode, cls: ClassValue, scope: Scope): void {
  const inner = new Scope(scope, interpreter.loading, scope.file);
  inner.declare('this', cls);
  for (const member of node.members) {
    if (!member.isStatic) continue;
    if (member.kind === 'block' && member.fn) execute(interpreter, member.fn.body, inner, undefined);
    if (member.kind !== 'field') continue;
    const key = evaluate(interpreter, member.key, inner);
    if (key.type === 'primitive')
      cls.fields.set(String(key.value), member.value ? evaluate(interpreter, member.value, inner) : undefinedValue);
  }
}
