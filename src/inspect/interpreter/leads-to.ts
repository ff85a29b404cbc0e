import { type Span, spanText } from '../core/language.js';
import { callbacksIn } from './callbacks.js';
import type { Scope } from './scope.js';
import type { ClassValue, Value } from './values.js';

const maxSteps = 4;

/** Does this text meet the test, or that of a function, class or object that it names, a few steps far? */
export function leadsTo(span: Span, scope: Scope | undefined, test: (text: string) => boolean): boolean {
  const seen = new Set<unknown>();
  const look = (at: Span, within: Scope | undefined, steps: number): boolean => {
    const place = `${at.source.file} ${at.start}`;
    if (seen.has(place)) return false;
    seen.add(place);
    const text = spanText(at);
    if (test(text)) return true;
    if (!within || steps >= maxSteps) return false;
    return [...new Set(text.match(/[A-Za-z_$][\w$]*/g))].some((name) => {
      const binding = within.find(name)?.binding;
      const value = binding && (binding.get?.() ?? binding.value);
      return value ? parts(value).some((part) => look(part.span, part.scope, steps + 1)) : false;
    });
  };
  return look(span, scope, 0);
}

/** The code of a value: a function's, a class's, that of an object's methods. */
function parts(value: Value): { span: Span; scope: Scope | undefined }[] {
  const of = (cls: ClassValue | undefined): { span: Span; scope: Scope | undefined }[] =>
    cls?.node ? [{ span: cls.node.span, scope: cls.scope }] : [];
  if (value.type === 'function') return [{ span: value.node.span, scope: value.scope }];
  if (value.type === 'class') return of(value);
  if (value.type !== 'object') return [];
  return [
    ...of(value.cls),
    ...callbacksIn([...value.fields.values()]).map((fn) => ({ span: fn.node.span, scope: fn.scope })),
  ];
}
