import type { ClassNode } from '../core/language.js';
import { decorate } from './decorators.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import type { Interpreter } from './interpreter.js';
import { Scope } from './scope.js';
import { ClassValue, FunctionValue, undefinedValue } from './values.js';

export function makeClass(interpreter: Interpreter, node: ClassNode, scope: Scope): ClassValue {
  const parent = node.parent ? evaluate(interpreter, node.parent, scope) : undefined;
  const cls = new ClassValue(
    node.name,
    parent?.type === 'class' || parent?.type === 'symbolic' ? parent : undefined,
    node,
    scope,
  );
  cls.label = node.name;
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
