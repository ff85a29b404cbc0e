import type { Span } from '../core/language.js';
import type { Interpreter } from './interpreter.js';
import type { Scope } from './scope.js';
import type { ClassValue, FunctionValue, NativeCall, Value } from './values.js';

/**
 * What a language says differently of the same core: its own names and methods, what counts as empty, what a subscript reads.
 * Absent: JavaScript's rules.
 */
export interface LanguageRules {
  /** Declares the language's own names. */
  globals(interpreter: Interpreter, scope: Scope): void;
  /** `self.key(…args)` where the language itself says what it does. Undefined: an ordinary call of a member. */
  method(call: NativeCall, key: string): Value | undefined;
  /** `of.key` that no field, method or library answers. */
  member(interpreter: Interpreter, of: Value, key: string): Value | undefined;
  /** `of[key]` */
  subscript(interpreter: Interpreter, of: Value, key: Value, span: Span): Value | undefined;
  /** The items of a value that is no list: of a class whose members can be listed. */
  items?(value: Value): Value[] | undefined;
  /** An operator on values that the core does not know it for: texts with holes, lists that are joined, types. */
  operate(op: string, left: Value, right: Value, atLoad: boolean): Value | undefined;
  /** `left in right` */
  within(interpreter: Interpreter, left: Value, right: Value, span: Span): Value;
  /** Names of the classes that every exception belongs to. */
  exceptionRoots: string[];
  /** The method that sets a new object up. */
  constructorName: string;
  /** Entering and leaving what a `with` statement manages. */
  enterNames: string[];
  exitNames: string[];
  /** The method that makes an object callable. */
  callName: string;
  /** What a class attribute of the language's own making is: a property, or a function that the class and not the object has. */
  attribute(value: Value): { kind: 'getter' | 'static'; fn: FunctionValue } | undefined;
  /** An exception of this name, raised by the language itself. */
  exception(interpreter: Interpreter, name: string, message: string, span: Span): Value;
  /** A class has been made. */
  defined?(interpreter: Interpreter, cls: ClassValue): void;
}
