import type { Span } from '../core/language.js';
import { ancestors } from './ancestors.js';
import { evaluate } from './evaluate.js';
import { execute } from './execute.js';
import { hoist } from './hoist.js';
import { Scope } from './scope.js';
import {
  type ClassValue,
  FunctionValue,
  type Keywords,
  nextHeapId,
  ObjectValue,
  type Symbolic,
  symbolic,
  undefinedValue,
  type Value,
} from './values.js';
import { bindParameters, invoke, maxDepth, type Made } from './functions.js';
import type { Interpreter } from './interpreter.js';

export function construct(
  interpreter: Interpreter,
  cls: ClassValue,
  args: Value[],
  span: Span,
  keywords?: Keywords,
): Value {
  const first = nextHeapId();
  const self = new ObjectValue(interpreter.loading);
  self.cls = cls;
  for (const library of interpreter.having('construct')) {
    const value = library.construct?.(cls, { interpreter, self, args, span, isNew: true, keywords });
    if (value) return value;
  }
  const made: Made = { callee: cls, args, keywords, isNew: true, isAsync: false, first, last: first };
  if (interpreter.loading) interpreter.made.set(self, made);
  const result = cls.node?.body
    ? initializeByMethod(interpreter, cls, self, args, span, keywords)
    : initialize(interpreter, cls, self, args, span, keywords);
  made.last = nextHeapId() - 1;
  return result;
}

/** The constructor is a method like others: the first that the class or a parent has. */
function initializeByMethod(
  interpreter: Interpreter,
  cls: ClassValue,
  self: ObjectValue,
  args: Value[],
  span: Span,
  keywords: Keywords | undefined,
): Value {
  for (const parent of ancestors(cls)) {
    if (parent.type === 'symbolic') {
      openParent(interpreter, self, parent, args, span, keywords);
      return self;
    }
    const name = interpreter.rules?.constructorName ?? '';
    const own = parent.methods.get(name) ?? parent.natives.get(name);
    if (own) interpreter.call(own, self, args, span, false, keywords);
    else if (parent.construct) parent.construct({ interpreter, self, args, span, isNew: true, keywords }, self);
    else continue;
    return self;
  }
  return self;
}

/** A parent outside the code is constructed: what it is given by name can be read from the object. */
export function openParent(
  interpreter: Interpreter,
  self: ObjectValue,
  parent: Symbolic,
  args: Value[],
  span: Span,
  keywords: Keywords | undefined,
): void {
  self.open = symbolic(
    { kind: 'call', callee: parent, args, isNew: true, span, ...(keywords ? { keywords } : {}) },
    interpreter.loading,
  );
  for (const [name, value] of keywords ?? []) if (name !== '**') self.fields.set(name, value);
}

/** Runs the constructor chain of `cls` on `self`. */
function initialize(
  interpreter: Interpreter,
  cls: ClassValue,
  self: ObjectValue,
  args: Value[],
  span: Span,
  keywords?: Keywords,
): Value {
  if (cls.construct) {
    cls.construct({ interpreter, self, args, span, isNew: true, keywords }, self);
    return self;
  }
  const own = cls.node?.members.find((member) => member.kind === 'constructor');
  if (!own?.fn) {
    initializeParent(interpreter, cls, self, args, span);
    initializeFields(interpreter, cls, self);
    return self;
  }
  if (!cls.parent) initializeFields(interpreter, cls, self);
  const scope = new Scope(cls.scope, interpreter.loading, cls.scope?.file ?? '');
  scope.declare('this', self);
  scope.declare('super', cls);
  bindParameters(interpreter, own.fn, args, scope);
  for (const name of own.parameterFields ?? []) self.fields.set(name, scope.names.get(name)?.value ?? undefinedValue);
  interpreter.depth++;
  hoist(interpreter, own.fn.body, scope, undefined);
  if (interpreter.depth < maxDepth) execute(interpreter, own.fn.body, scope, undefined);
  interpreter.depth--;
  return self;
}

export function initializeParent(
  interpreter: Interpreter,
  cls: ClassValue,
  self: ObjectValue,
  args: Value[],
  span: Span,
): void {
  if (cls.parent?.type === 'class') initialize(interpreter, cls.parent, self, args, span);
  else if (cls.parent)
    self.open = symbolic({ kind: 'call', callee: cls.parent, args, isNew: true, span }, interpreter.loading);
}

export function initializeFields(interpreter: Interpreter, cls: ClassValue, self: ObjectValue): void {
  for (const member of cls.node?.members ?? []) {
    if (member.kind !== 'field' || member.isStatic) continue;
    const scope = new Scope(cls.scope, interpreter.loading, cls.scope?.file ?? '');
    scope.declare('this', self);
    scope.declare('super', cls);
    const key = evaluate(interpreter, member.key, scope);
    if (key.type !== 'primitive') continue;
    const value = member.value ? evaluate(interpreter, member.value, scope) : undefinedValue;
    if ('label' in value && !value.label) {
      value.label = String(key.value);
      value.owner = cls.name;
    }
    self.fields.set(String(key.value), value);
  }
}

/** `new` on a plain function: its `this` becomes the object. */
export function constructLegacy(interpreter: Interpreter, fn: FunctionValue, args: Value[], span: Span): Value {
  const self = new ObjectValue(interpreter.loading);
  const prototype = fn.fields.get('prototype');
  if (prototype?.type === 'object') for (const [name, value] of prototype.fields) self.fields.set(name, value);
  const result = invoke(interpreter, fn, self, args, span);
  return result.type === 'object' ? result : self;
}
