import type { Scope } from '../../interpreter/scope.js';
import { ArrayValue, ClassValue, nullValue, ObjectValue, primitive, type Value } from '../../interpreter/values.js';

/** Python's own exceptions, each with its parent. */
const parents: Record<string, string> = {
  Exception: 'BaseException',
  KeyboardInterrupt: 'BaseException',
  SystemExit: 'BaseException',
  GeneratorExit: 'BaseException',
  ArithmeticError: 'Exception',
  ZeroDivisionError: 'ArithmeticError',
  OverflowError: 'ArithmeticError',
  AssertionError: 'Exception',
  AttributeError: 'Exception',
  EOFError: 'Exception',
  ImportError: 'Exception',
  ModuleNotFoundError: 'ImportError',
  LookupError: 'Exception',
  IndexError: 'LookupError',
  KeyError: 'LookupError',
  NameError: 'Exception',
  OSError: 'Exception',
  IOError: 'OSError',
  ConnectionError: 'OSError',
  FileExistsError: 'OSError',
  FileNotFoundError: 'OSError',
  PermissionError: 'OSError',
  TimeoutError: 'OSError',
  RuntimeError: 'Exception',
  NotImplementedError: 'RuntimeError',
  RecursionError: 'RuntimeError',
  StopIteration: 'Exception',
  StopAsyncIteration: 'Exception',
  SyntaxError: 'Exception',
  TypeError: 'Exception',
  ValueError: 'Exception',
  UnicodeError: 'ValueError',
  UnicodeDecodeError: 'UnicodeError',
  Warning: 'Exception',
  UserWarning: 'Warning',
  DeprecationWarning: 'Warning',
};

export function declareExceptions(scope: Scope): void {
  const base = new ClassValue('BaseException', undefined, undefined, undefined, ({ args, keywords }, self) => {
    self.fields.set('args', new ArrayValue(args, self.atLoad));
    self.fields.set('__cause__', nullValue);
    for (const [name, value] of keywords ?? []) self.fields.set(name, value);
  });
  const made = new Map<string, ClassValue>([['BaseException', base]]);
  for (const [name, parent] of Object.entries(parents))
    made.set(name, new ClassValue(name, made.get(parent), undefined, undefined, base.construct));
  for (const [name, cls] of made) scope.declare(name, cls);
}

/** What `str(error)` gives: its first argument. */
export function messageOf(error: ObjectValue): Value {
  const args = error.fields.get('args');
  return (args?.type === 'array' ? args.items[0] : undefined) ?? primitive('');
}
