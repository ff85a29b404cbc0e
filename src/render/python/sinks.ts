import type { HarnessPlan } from '../../model/index.js';
import { Expressions, type Uses } from './expressions.js';
import type { Imports } from './imports.js';
import { literal, text } from './literals.js';
import { sinkName } from './names.js';

export interface HostView {
  name: string;
  origin: string;
  answers: { key: string; status: number; answer: string }[];
}

/** Other services, intercepted on the wire. */
export const hostViews = (harness: HarnessPlan, imports: Imports, uses: Uses): HostView[] =>
  harness.sinks
    .filter((one) => one.sink.kind === 'http')
    .map((one) => ({
      name: text(sinkName(one.sink.name)),
      origin: one.sink.origin ? imports.code(one.sink.origin) : text(one.sink.name),
      answers: Object.entries(one.answers).map(([key, value]) => ({
        key: text(key),
        status: value.status ?? 200,
        answer: new Expressions(uses).code(value.answer),
      })),
    }));

export interface SpyView {
  name: string;
  target: string;
  methods: string;
  /** An object of the class is made at each use. */
  made: boolean;
}

/** What the service imports and calls: its methods are replaced. */
export const spyViews = (harness: HarnessPlan, imports: Imports): SpyView[] =>
  harness.sinks.flatMap(({ sink }) => {
    const { handle, kind, methods, name } = sink;
    if (!handle || kind === 'http') return [];
    const made = handle.kind === 'call';
    const target = imports.code(handle.kind === 'call' ? handle.callee : handle);
    return [{ name: text(sinkName(name)), target, methods: literal(methods), made }];
  });
