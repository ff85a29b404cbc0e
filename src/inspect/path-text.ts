import type { Span } from './core/language.js';
import { assumedText } from './interpreter/environment.js';
import type { Interpreter } from './interpreter/interpreter.js';
import { environmentValue } from './interpreter/operators.js';
import type { Symbolic, Value } from './interpreter/values.js';

/** The text of a path. A hole that nothing fills is a gap, and the registration is left out: never a wrong path. */
export function pathText(interpreter: Interpreter, value: Value, span: Span): string | undefined {
  if (value.type === 'primitive') return value.value === undefined || value.value === null ? '' : String(value.value);
  const text = value.type === 'symbolic' ? symbolText(interpreter, value) : undefined;
  if (text !== undefined) return text;
  if (value.type === 'object') {
    interpreter.gap('path-made-at-run-time', 'This path is a regular expression: its operations are not listed.', span);
    return undefined;
  }
  interpreter.gap(
    'path-made-at-run-time',
    'This path could not be read: its value is made at run time. The operations under it are missing.',
    span,
  );
  return undefined;
}

function symbolText(interpreter: Interpreter, value: Symbolic): string | undefined {
  const { origin } = value;
  if (origin.kind === 'environment') {
    const known = environmentValue(value);
    if (known !== undefined) return String(known);
    return assumedText(interpreter, value);
  }
  if (origin.kind !== 'op' || (origin.op !== 'template' && origin.op !== '+')) return undefined;
  const parts = origin.args.map((part) =>
    part.type === 'primitive'
      ? String(part.value)
      : part.type === 'symbolic'
        ? symbolText(interpreter, part)
        : undefined,
  );
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
}
