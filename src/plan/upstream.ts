import type { Effect, Json, Operation, Term } from '../model/index.js';
import { type PlanContext, successOf } from './context.js';
import type { Scene } from './scene.js';

/** Fields of another service's answer that an operation reads, with a value that leads to success. */
export function answerFor(context: PlanContext, operation: Operation, effect: Effect): Record<string, Json> {
  const answer: Record<string, Json> = {};
  const success = successOf(operation);
  const put = (at: string[], value: Json): void => {
    const [name] = at;
    if (name !== undefined && !name.startsWith('$') && at.length === 1) answer[name] ??= value;
  };
  for (const guard of success?.guards ?? []) {
    const { predicate } = guard;
    if (
      predicate.kind === 'eq' &&
      predicate.left.kind === 'upstream' &&
      predicate.left.effect === effect.id &&
      predicate.right.kind === 'const' &&
      guard.holds
    )
      put(predicate.left.at, predicate.right.value);
    if (predicate.kind === 'falsy' && predicate.of.kind === 'upstream' && predicate.of.effect === effect.id)
      put(predicate.of.at, guard.holds ? false : true);
    if (
      predicate.kind === 'in' &&
      guard.holds &&
      predicate.of.kind === 'upstream' &&
      predicate.of.effect === effect.id &&
      predicate.set.kind === 'array' &&
      predicate.set.items[0]?.kind === 'const'
    )
      put(predicate.of.at, predicate.set.items[0].value);
  }
  for (const other of operation.effects) {
    for (const [column, term] of Object.entries(other.values ?? {})) {
      if (term.kind !== 'upstream' || term.effect !== effect.id) continue;
      const type = context.entity(other.target)?.columns[column]?.schema.type;
      put(term.at, type === 'integer' || type === 'number' ? 7 : `${term.at.at(-1) ?? 'value'}-1`);
    }
  }
  for (const term of upstreamTerms(success?.body))
    if (term.effect === effect.id) put(term.at, `${term.at.at(-1) ?? 'value'}-1`);
  return answer;
}

function upstreamTerms(term: Term | undefined): Extract<Term, { kind: 'upstream' }>[] {
  if (!term) return [];
  if (term.kind === 'upstream') return [term];
  if (term.kind === 'object') return Object.values(term.fields).flatMap(upstreamTerms);
  return term.kind === 'op' ? term.args.flatMap(upstreamTerms) : [];
}

export function answerValue(scene: Scene, term: Extract<Term, { kind: 'upstream' }>): Json | undefined {
  const effect = scene.operation.effects.find((one) => one.id === term.effect);
  if (!effect || effect.kind !== 'http') return undefined;
  const [name = ''] = term.at;
  return term.at.length === 1 ? answerFor(scene.context, scene.operation, effect)[name] : undefined;
}

/** The path of an outbound request, without its origin; parts that vary end it. */
export function outboundPath(effect: Effect): string | undefined {
  const url = effect.request?.url;
  if (!url) return undefined;
  const text = (term: Term): string | undefined => (term.kind === 'const' ? String(term.value) : undefined);
  if (url.kind === 'const') return stripOrigin(String(url.value));
  if (url.kind !== 'op' || url.op !== 'template') return undefined;
  const [first, ...rest] = url.args;
  const head = first && text(first);
  const tail = rest.map(text);
  if (tail.some((part) => part === undefined)) return undefined;
  return stripOrigin((head ?? '') + tail.join(''));
}

const stripOrigin = (url: string): string => {
  const path = url.replace(/^https?:\/\/[^/]+/, '');
  return path.startsWith('/') ? path : `/${path}`;
};
