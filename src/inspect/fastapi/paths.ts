import type { Span } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { environmentValue } from '../interpreter/operators.js';
import type { Symbolic, Value } from '../interpreter/values.js';

/** The text of a path. A hole that nothing fills is a gap, and what is under it is left out: never a wrong path. */
export function pathText(interpreter: Interpreter, value: Value, span: Span): string | undefined {
  if (value.type === 'primitive') return value.value === undefined || value.value === null ? '' : String(value.value);
  const text = value.type === 'symbolic' ? symbolText(value) : undefined;
  if (text === undefined)
    interpreter.gap(
      'path-made-at-run-time',
      'This path could not be read: its value is made at run time. The operations under it are missing.',
      span,
    );
  return text;
}

function symbolText(value: Symbolic): string | undefined {
  const { origin } = value;
  if (origin.kind === 'environment') {
    const assumed = environmentValue(value) ?? origin.example;
    return assumed === undefined ? undefined : String(assumed);
  }
  if (origin.kind !== 'op' || !['template', 'string'].includes(origin.op)) return undefined;
  const parts = origin.args.map((part) =>
    part.type === 'primitive' ? String(part.value) : part.type === 'symbolic' ? symbolText(part) : undefined,
  );
  return parts.every((part) => part !== undefined) ? parts.join('') : undefined;
}

/** Starlette's converters as an OpenAPI template: `/files/{name:path}` → `/files/{name}`. */
export const template = (path: string): string => {
  const text = path.replace(/\{(\w+):\w+\}/g, '{$1}').replace(/\/{2,}/g, '/');
  return text === '' ? '/' : text;
};

/** Names of the parameters in a path, with their converters. */
export const pathNames = (path: string): { name: string; converter: string | undefined }[] =>
  [...path.matchAll(/\{(\w+)(?::(\w+))?\}/g)].map(([, name = '', converter]) => ({ name, converter }));
