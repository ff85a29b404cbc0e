import type { FunctionNode, Pattern, Span } from '../core/language.js';
import { spanText } from '../core/language.js';
import { bind } from './bind.js';
import { getMember } from './access.js';
import { execute } from './execute.js';
import { hoist } from './hoist.js';
import { generator, GeneratorHost, receiverName } from './generators.js';
import { Scope } from './scope.js';
import {
  ArrayValue,
  FunctionValue,
  type Keywords,
  isNil,
  nextHeapId,
  ObjectValue,
  PromiseValue,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import type { Interpreter } from './interpreter.js';
import { Thrown } from './thrown.js';

/** A load-time call that gave a value, and the heap ids (`first` to `last`) of what it made on the way. */
export interface Made {
  callee: Value;
  args: Value[];
  keywords?: Keywords | undefined;
  isNew: boolean;
  isAsync: boolean;
  first: number;
  last: number;
}

/** Calls inside each other. */
export const maxDepth = 48;

/** The object that a method is called on comes before its arguments, unless the method was taken from the class. */
function withSelf(fn: FunctionValue, self: Value, args: Value[]): Value[] {
  if (fn.self) return [fn.self, ...args];
  const isUnbound = self.type === 'class' || (self.type === 'primitive' && self.value === undefined);
  return isUnbound ? args : [self, ...args];
}

/** The argument that was given for this parameter by its name. */
function takeNamed(interpreter: Interpreter, named: Keywords | undefined, target: Pattern): Value | undefined {
  if (!named || target.kind !== 'name') return undefined;
  const value = named.get(target.name);
  named.delete(target.name);
  const more = named.get('**');
  return value ?? (more && getMember(interpreter, more, target.name));
}

const arguing = new WeakMap<FunctionNode, boolean>();

/** The word `arguments` stands somewhere in the function. */
function readsArguments(node: FunctionNode): boolean {
  let found = arguing.get(node);
  if (found === undefined) arguing.set(node, (found = spanText(node.span).includes('arguments')));
  return found;
}

export function invoke(
  interpreter: Interpreter,
  fn: FunctionValue,
  self: Value,
  args: Value[],
  span: Span,
  keywords?: Keywords,
): Value {
  if (fn.node.yields) return generator(new GeneratorHost(fn, self, args, keywords), interpreter.loading);
  return enter(interpreter, fn, self, args, span, keywords);
}

/** Runs the body of a function. `receiver`: takes what a generator hands out. */
export function enter(
  interpreter: Interpreter,
  fn: FunctionValue,
  self: Value,
  given: Value[],
  span: Span,
  keywords: Keywords | undefined,
  handedTo?: Value,
): Value {
  const running = interpreter.active.get(fn.node) ?? 0;
  if (running >= 3 || interpreter.depth >= maxDepth)
    return unknown(`recursion into ${fn.node.name || 'a function'}`, [], span);
  if (interpreter.loading) interpreter.invoked.add(fn.node);
  const first = nextHeapId();
  const scope = new Scope(fn.scope, interpreter.loading, fn.scope.file);
  const args = fn.node.takesSelf ? withSelf(fn, self, given) : given;
  const receiver = fn.node.isArrow ? undefined : fn.node.takesSelf ? args[0] : (fn.self ?? self);
  if (receiver) scope.declare('this', receiver);
  if (fn.home) scope.declare('super', fn.home);
  if (handedTo) scope.declare(receiverName, handedTo);
  if (!fn.node.isArrow && !interpreter.rules && readsArguments(fn.node))
    scope.declare('arguments', new ArrayValue(args, interpreter.loading));
  interpreter.active.set(fn.node, running + 1);
  interpreter.depth++;
  try {
    bindParameters(interpreter, fn.node, args, scope, fn, keywords);
    return runBody(interpreter, fn, scope, span, given, first, keywords);
  } finally {
    interpreter.depth--;
    interpreter.active.set(fn.node, running);
  }
}

export function bindParameters(
  interpreter: Interpreter,
  node: FunctionNode,
  args: Value[],
  scope: Scope,
  fn?: FunctionValue,
  keywords?: Keywords,
): void {
  const named = keywords && new Map(keywords);
  node.params.forEach((param, index) => {
    if (param.byName === 'rest') return bind(interpreter, param.target, leftOver(interpreter, named), scope);
    if (param.rest)
      return bind(interpreter, param.target, new ArrayValue(args.slice(index), interpreter.loading), scope);
    const value = (param.byName ? undefined : args[index]) ?? takeNamed(interpreter, named, param.target);
    bind(interpreter, param.target, value ?? fn?.fallbacks?.get(index) ?? undefinedValue, scope);
  });
}

/** Named arguments that no parameter took. */
function leftOver(interpreter: Interpreter, named: Keywords | undefined): Value {
  const rest = new ObjectValue(interpreter.loading);
  for (const [name, value] of named ?? [])
    if (name !== '**') rest.fields.set(name, value);
    else if (value.type === 'symbolic') rest.open = value;
  return rest;
}

function runBody(
  interpreter: Interpreter,
  fn: FunctionValue,
  scope: Scope,
  span: Span,
  args: Value[],
  first: number,
  keywords: Keywords | undefined,
): Value {
  if (!fn.node.isAsync || scope.names.has(receiverName)) {
    const result = completion(interpreter, fn, scope);
    remember(interpreter, result, fn, args, false, first, keywords);
    return result;
  }
  try {
    const result = interpreter.settle(completion(interpreter, fn, scope), span);
    remember(interpreter, result, fn, args, true, first, keywords);
    return result.type === 'promise' ? result : new PromiseValue({ ok: true, value: result }, interpreter.loading);
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    return new PromiseValue(
      { ok: false, error: error.value, guards: error.decisions, span: error.span },
      interpreter.loading,
    );
  }
}

function completion(interpreter: Interpreter, fn: FunctionValue, scope: Scope): Value {
  const outer = interpreter.perhaps;
  interpreter.perhaps = undefined;
  try {
    hoist(interpreter, fn.node.body, scope, undefined);
    const done = execute(interpreter, fn.node.body, scope, undefined);
    const value = done.kind === 'return' ? done.value : undefinedValue;
    return (isNil(value) ? interpreter.perhaps : undefined) ?? value;
  } finally {
    interpreter.perhaps = outer;
  }
}

function remember(
  interpreter: Interpreter,
  value: Value,
  callee: Value,
  args: Value[],
  isAsync: boolean,
  first: number,
  keywords: Keywords | undefined,
): void {
  if (interpreter.loading && value.type !== 'primitive' && !interpreter.made.has(value))
    interpreter.made.set(value, { callee, args, keywords, isNew: false, isAsync, first, last: nextHeapId() - 1 });
}
