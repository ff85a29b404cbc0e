import type { Span } from '../core/language.js';
import { sourceRef } from '../core/language.js';
import { replaces } from './bind.js';
import type { Interpreter } from './interpreter.js';
import { ancestors, classAttribute, classesOf, findMethod, outsideParent } from './ancestors.js';
import { arrayMethods } from './arrays.js';
import { callMethod } from './methods.js';
import { Abandoned } from './path.js';
import {
  type ClassValue,
  FunctionValue,
  generated,
  NativeValue,
  ObjectValue,
  operation,
  type Origin,
  primitive,
  type Symbolic,
  symbolic,
  undefinedValue,
  unknown,
  type Value,
} from './values.js';
import { invoke } from './functions.js';

/** `of[key]`. */
export function getMember(interpreter: Interpreter, of: Value, key: string, span?: Span): Value {
  switch (of.type) {
    case 'primitive':
      if (interpreter.probe && of.value == null) throw new Abandoned(`${key} of nothing is read`);
      return interpreter.rules?.member(interpreter, of, key) ?? primitiveMember(of.value, key);
    case 'object':
      return objectMember(interpreter, of, key, span);
    case 'array':
      return arrayMember(interpreter, of, key);
    case 'function':
    case 'native':
      if (interpreter.probe && of.type === 'native' && !of.fields.has(key) && !['name', 'length'].includes(key))
        throw new Abandoned(`${of.name}.${key} is not known`);
      return interpreter.rules?.member(interpreter, of, key) ?? functionMember(of, key);
    case 'class':
      return classMember(interpreter, of, key, span);
    case 'promise':
      return undefinedValue;
    case 'symbolic':
      return symbolicMember(interpreter, of, key);
  }
}

function primitiveMember(value: unknown, key: string): Value {
  if (typeof value !== 'string') return undefinedValue;
  if (key === 'length') return primitive(value.length);
  return /^\d+$/.test(key) ? primitive(value[Number(key)]) : undefinedValue;
}

function objectMember(interpreter: Interpreter, of: ObjectValue, key: string, span?: Span): Value {
  const trapped = of.trap?.get?.(key, of);
  if (trapped) {
    if (of.trap?.name === 'environment') recordEnvironment(interpreter, key, span);
    return trapped;
  }
  const own = of.fields.get(key);
  if (own)
    return interpreter.path && own.type === 'primitive' && interpreter.shared.isFieldChanged(of, key)
      ? openField(own)
      : own;
  const getter = of.getters?.get(key) ?? findGetter(of.cls, key);
  if (getter && span) return invoke(interpreter, getter, of, [], span);
  const method = findMethod(of.cls, key);
  if (method) return boundMethod(interpreter, method, of);
  const shared = of.cls?.node?.body ? classAttribute(of.cls, key) : undefined;
  if (shared) return shared.type === 'function' && of.cls ? boundMethod(interpreter, shared, of.cls) : shared;
  if (key === 'constructor' && of.cls) return of.cls;
  const special = interpreter.rules?.member(interpreter, of, key);
  if (special) return special;
  if (of.open) return symbolicMember(interpreter, of.open, key);
  return outsideParent(of.cls) ? symbolic({ kind: 'unknown', text: key, reads: [of] }) : undefinedValue;
}

/** Where a method's first parameter is its object, the method of an object remembers it. */
export function boundMethod(interpreter: Interpreter, method: FunctionValue | NativeValue, of: Value): Value {
  if (method.type === 'native')
    return interpreter.rules ? new NativeValue(method.name, (call) => method.run({ ...call, self: of })) : method;
  if (!method.node.takesSelf || method.self) return method;
  const copy = new FunctionValue(method.node, method.scope, of, method.atLoad);
  copy.home = method.home;
  copy.label = method.label;
  copy.fallbacks = method.fallbacks;
  return copy;
}

function recordEnvironment(interpreter: Interpreter, name: string, span: Span | undefined): void {
  if (span && !interpreter.environment.has(name))
    interpreter.environment.set(name, { name, required: false, source: sourceRef(span) });
}

/** A field of a load-time object that operations assign to: counters and the like. */
function openField(own: Value): Value {
  if (own.type !== 'primitive') return own;
  return generated('other', typeof own.value === 'number' ? { type: 'integer' } : {});
}

function findGetter(cls: ClassValue | undefined, key: string): FunctionValue | undefined {
  for (const current of classesOf(cls)) {
    const getter = current.getters.get(key);
    if (getter) return getter;
  }
  return undefined;
}

function arrayMember(interpreter: Interpreter, of: Extract<Value, { type: 'array' }>, key: string): Value {
  if (key === 'length') {
    if (!of.more && !(interpreter.path && interpreter.shared.isChanged(of))) return primitive(of.items.length);
    return interpreter.ask('lengthOf', (library) => library.lengthOf?.(of, interpreter)) ?? operation('length', of);
  }
  if (/^\d+$/.test(key))
    return of.items[Number(key)] ?? (of.more && Number(key) >= of.items.length ? of.more : undefinedValue);
  if (arrayMethods.has(key))
    return new NativeValue(
      key,
      ({ self, args, span }) => callMethod(interpreter, self, key, args, span) ?? unknown(key, [self, ...args], span),
    );
  return undefinedValue;
}

function functionMember(of: FunctionValue | NativeValue, key: string): Value {
  const own = of.fields.get(key);
  if (own) return own;
  if (key === 'name') return primitive(of.type === 'function' ? of.node.name || (of.label ?? '') : of.name);
  if (key === 'length') return primitive(of.type === 'function' ? of.node.params.length : of.arity);
  if (key === 'prototype' && of.type === 'function') {
    const prototype = new ObjectValue(true);
    of.fields.set('prototype', prototype);
    return prototype;
  }
  return undefinedValue;
}

function classMember(interpreter: Interpreter, of: ClassValue, key: string, span?: Span): Value {
  for (const current of ancestors(of)) {
    if (current.type === 'symbolic' && (key === 'name' || key === 'prototype')) break;
    if (current.type === 'symbolic') return symbolicMember(interpreter, current, key);
    const own = current.fields.get(key);
    if (own) return own.type === 'function' && own.node.takesSelf ? boundMethod(interpreter, own, of) : own;
    const getter = current.staticGetters.get(key);
    if (getter && span) return invoke(interpreter, getter, of, [], span);
    const method = current.node?.body ? current.methods.get(key) : current.natives.get(key);
    if (method) return method;
  }
  const special = interpreter.rules?.member(interpreter, of, key);
  if (special) return special;
  if (key === 'name') return primitive(of.name);
  if (key === 'prototype') {
    const known = of.fields.get('prototype');
    if (known) return known;
    const prototype = new ObjectValue(true);
    of.fields.set('prototype', prototype);
    for (const [name, method] of of.methods) prototype.fields.set(name, method);
    prototype.trap = {
      name: 'prototype',
      set: (name, value) => {
        if (value.type === 'function') of.methods.set(name, value);
        return false;
      },
    };
    return prototype;
  }
  return undefinedValue;
}

/** The row whose place `findIndex` gave: `orders[index]` is that row. */
export const indexedRow = (key: Value): Symbolic | undefined =>
  key.type === 'symbolic' &&
  key.origin.kind === 'op' &&
  key.origin.op === 'index' &&
  key.origin.args[0]?.type === 'symbolic'
    ? key.origin.args[0]
    : undefined;

type Deepening = Extract<Origin, { at: string[] }>;
const deepens = (origin: Origin): origin is Deepening => 'at' in origin && Array.isArray(origin.at);

export function symbolicMember(interpreter: Interpreter, of: Symbolic, key: string): Value {
  for (const library of interpreter.having('member')) {
    const value = library.member?.(of, key, interpreter);
    if (value) return value;
  }
  const changed = of.changes?.get(key);
  if (changed) return changed;
  const { origin } = of;
  if (key === 'length' && !isWholeBody(interpreter, of)) return lengthOf(of);
  if (origin.kind === 'written' && origin.at.length === 0) {
    const known = origin.known?.fields.get(key);
    if (known) return known;
  }
  if (origin.kind === 'failure' && key === 'name' && origin.name) return primitive(origin.name);
  if (of.closed && !of.closed.has(key)) return undefinedValue;
  if (deepens(origin)) return symbolic({ ...origin, at: [...origin.at, key] }, of.atLoad);
  if (origin.kind === 'rows' && /^\d+$/.test(key))
    return origin.each ?? symbolic({ kind: 'row', lookup: origin.lookup, at: [] });
  if (origin.kind === 'external')
    return symbolic({ ...origin, path: key === 'default' ? origin.path : [...origin.path, key] }, true);
  if (origin.kind === 'op') return opMember(interpreter, of, origin, key);
  return symbolic({ kind: 'member', of, key }, of.atLoad);
}

/** `const { length } = req.body`: a body that nobody has found to be a list has a field of that name. */
const isWholeBody = (interpreter: Interpreter, of: Symbolic): boolean =>
  of.origin.kind === 'input' &&
  of.origin.part === 'body' &&
  !of.origin.at.length &&
  !interpreter.path?.knows({ kind: 'type', of, is: 'array' });

function lengthOf(of: Symbolic): Value {
  if (of.origin.kind === 'rows') return symbolic({ kind: 'count', lookup: of.origin.lookup });
  // A row that is there has fields: whether there are any is whether it is there.
  const [row] = of.origin.kind === 'op' && of.origin.op === 'keys' ? of.origin.args : [];
  if (row?.type === 'symbolic' && row.origin.kind === 'row' && !row.origin.at.length)
    return symbolic({ kind: 'count', lookup: row.origin.lookup });
  return operation('length', of);
}

/** A field of a choice is the choice of the fields. */
function opMember(interpreter: Interpreter, of: Symbolic, origin: Extract<Origin, { kind: 'op' }>, key: string): Value {
  const { op, args } = origin;
  if (op === 'cond' && args[0] && args[1] && args[2])
    return operation('cond', args[0], getMember(interpreter, args[1], key), getMember(interpreter, args[2], key));
  if ((op === '??' || op === '||') && args[0] && args[1]) {
    const right = args[1].type === 'primitive' ? undefinedValue : getMember(interpreter, args[1], key);
    const left = getMember(interpreter, args[0], key);
    return right.type === 'primitive' && right.value === undefined ? left : operation(op, left, right);
  }
  if (op === 'omit' && args[0])
    return args.slice(1).some((name) => name.type === 'primitive' && name.value === key)
      ? undefinedValue
      : getMember(interpreter, args[0], key);
  if (op === 'split' && /^\d+$/.test(key)) return operation('item', of, primitive(Number(key)));
  return symbolic({ kind: 'member', of, key }, of.atLoad);
}

/** `of[key] = value`. What was there at load time comes back after the request. */
export function setMember(interpreter: Interpreter, of: Value, key: string, value: Value, span: Span): void {
  if (of.type === 'object') {
    if (of.trap?.set?.(key, value, of, span)) return;
    return setField(interpreter, of, of.fields, key, value, span);
  }
  if (of.type === 'function' || of.type === 'native' || of.type === 'class')
    return setField(interpreter, of, of.fields, key, value, span);
  if (of.type === 'array') {
    if (/^\d+$/.test(key)) of.items[Number(key)] = value;
    else if (key === 'length' && interpreter.path) interpreter.shared.change(of);
    return;
  }
  if (of.type === 'symbolic')
    for (const library of interpreter.having('assign')) if (library.assign?.(of, key, value, interpreter, span)) return;
  // `User.findByLogin = …` on a model that a package has made.
  if (of.type === 'symbolic' && of.atLoad && interpreter.loading && ['call', 'member'].includes(of.origin.kind))
    (of.changes ??= new Map()).set(key, value);
}

function setField(
  interpreter: Interpreter,
  of: Exclude<Value, { type: 'primitive' }>,
  fields: Map<string, Value>,
  key: string,
  value: Value,
  span: Span,
): void {
  const { path } = interpreter;
  if (path && of.atLoad) {
    const before = fields.get(key);
    if (replaces(interpreter, before, value, span)) return;
    path.undo.push(() => (before ? fields.set(key, before) : fields.delete(key)));
    if (of.type === 'object' && !of.trap) interpreter.shared.changeField(of, key);
    interpreter.shared.change(of);
  }
  if (interpreter.loading && value.type !== 'primitive' && !value.label) value.label = key;
  fields.set(key, value);
}
