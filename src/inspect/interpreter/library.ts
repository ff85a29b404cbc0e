import type { Span } from '../core/language.js';
import { type Completion } from './execute.js';
import {
  ArrayValue,
  type ClassValue,
  FunctionValue,
  type NativeCall,
  ObjectValue,
  type Symbolic,
  type Value,
} from './values.js';
import type { Interpreter } from './interpreter.js';

/** Gives meaning to the names of a package. The first library that answers wins. */
export interface Library {
  name: string;
  /** The value that importing the package gives. Undefined: a symbolic external. */
  provide?(module: string, interpreter: Interpreter): Value | undefined;
  /** A call on a symbolic value. `callee` is the whole callee, e.g. external `jsonwebtoken.verify`. */
  call?(callee: Symbolic, call: NativeCall): Value | undefined;
  /** A symbolic value is awaited, or returned from an async function. */
  settle?(value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined;
  /** A field of a symbolic value. */
  member?(of: Symbolic, key: string, interpreter: Interpreter): Value | undefined;
  /** Assigning to a field of a symbolic value, e.g. of a stored row. True: handled. */
  assign?(of: Symbolic, key: string, value: Value, interpreter: Interpreter, span: Span): boolean;
  /** A method of an object of the service. */
  method?(of: ObjectValue, name: string, call: NativeCall): Value | undefined;
  /** `fn.name(…)` on a function of the service that something has decorated. */
  functionMethod?(of: FunctionValue, name: string, call: NativeCall): Value | undefined;
  /** A method of a load-time collection that operations change (an in-memory store). */
  collection?(of: ObjectValue | ArrayValue, method: string, call: NativeCall): Value | undefined;
  /** A class of the service is called: what it makes. */
  construct?(cls: ClassValue, call: NativeCall): Value | undefined;
  /** A class of the service has been made. */
  defined?(cls: ClassValue, interpreter: Interpreter): void;
  /** A request has been answered. */
  ended?(interpreter: Interpreter): void;
  /** A `with` statement over something from outside: how its body is run. */
  manage?(
    manager: Value,
    interpreter: Interpreter,
    span: Span,
    begin: (value: Value) => Completion,
  ): Completion | undefined;
  /** A method of a list of stored rows. */
  rows?(of: Symbolic, method: string, call: NativeCall): Value | undefined;
  /** What JSON.parse makes of a text that is stored. */
  parsed?(text: Symbolic, interpreter: Interpreter): Value | undefined;
  /** What a stored row is in an answer, where the service says so (`toJSON`). */
  answer?(value: Symbolic, interpreter: Interpreter, span: Span): Value | undefined;
  /** A load-time place that holds a collection is given another value (`orders = orders.filter(…)`). True: handled. */
  replace?(before: ObjectValue | ArrayValue, value: Value, interpreter: Interpreter, span: Span): boolean;
  /** An object of which the library itself chooses the entry that tests take. */
  chooses?(of: ObjectValue): boolean;
  /** How long a load-time collection is that operations change. */
  lengthOf?(of: ArrayValue, interpreter: Interpreter): Value | undefined;
  /** Whether one length is less than the other, where both are of stored rows. */
  fewer?(left: Value, right: Value, interpreter: Interpreter, span: Span): Value | undefined;
}
