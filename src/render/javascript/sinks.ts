import type { BuildExpr, HarnessPlan } from '../../model/index.js';
import { exprCode, type Uses } from './expressions.js';
import type { Imports } from './imports.js';
import { keyLiteral, literal, text } from './literals.js';
import { sinkName } from './names.js';

export interface HostView {
  name: string;
  origin: string;
  answers: { key: string; status: number; answer: string }[];
}

export interface SpyView {
  name: string;
  target: string;
  /** Literal list of their names. */
  methods: string;
}

/** Other services, intercepted on the wire. */
export const hostViews = (harness: HarnessPlan, imports: Imports, uses: Uses): HostView[] =>
  harness.sinks
    .filter((one) => one.sink.kind === 'http')
    .map((one) => ({
      name: sinkName(one.sink.name),
      origin: one.sink.origin ? imports.code(one.sink.origin) : text(one.sink.name),
      answers: Object.entries(one.answers).map(([key, value]) => ({
        key: text(key),
        status: value.status ?? 200,
        answer: exprCode(value.answer, uses),
      })),
    }));

/** Packages whose makings are replaced where they are made, before the service is loaded. */
export interface DeliveryViews {
  /** `object.method` gives a stand-in. */
  makers: { name: string; object: string; method: string; emits: string }[];
  /** Methods of classes that hand something over: remembered. */
  watched: { name: string; object: string; methods: string }[];
  /** Methods that do nothing. */
  silent: { object: string; methods: string }[];
  replaced: boolean;
  /** Methods of classes are among them. */
  replaces: boolean;
}

/** What a package delivers is remembered in another file than the harness: in place before the service is loaded. */
export const hasDeliveries = (harness: HarnessPlan): boolean =>
  harness.sinks.some(({ sink: { handle, silent } }) => isMade(handle) || isPackage(handle) || silent);

export function deliveryViews(harness: HarnessPlan, imports: Imports): DeliveryViews {
  const makers = harness.sinks.flatMap(({ sink }) => {
    const { handle, name, methods } = sink;
    if (!isMade(handle) || handle.callee.kind !== 'member') {
      const module = isMade(handle) && handle.callee.kind === 'import' ? handle.callee : undefined;
      if (module?.module === undefined) return [];
      return [
        {
          name: sinkName(name),
          object: imports.code({ kind: 'import', module: module.module, name: 'default' }),
          method: keyLiteral(module.name),
          emits: literal(methods),
        },
      ];
    }
    const { of, name: method } = handle.callee;
    return [{ name: sinkName(name), object: imports.code(of), method: keyLiteral(method), emits: literal(methods) }];
  });
  const watched = harness.sinks.flatMap(({ sink: { handle, name, methods } }) =>
    handle && isPackage(handle)
      ? [{ name: sinkName(name), object: imports.code(handle), methods: literal(methods) }]
      : [],
  );
  const silent = harness.sinks.flatMap(({ sink }) =>
    (sink.silent ?? []).map(({ of, methods }) => ({ object: imports.code(of), methods: literal(methods) })),
  );
  const once = silent.filter((one, index) => silent.findIndex(({ object }) => object === one.object) === index);
  const replaces = watched.length + once.length > 0;
  return { makers, watched, silent: once, replaces, replaced: replaces || makers.length > 0 };
}

/** Objects that the service imports: their methods are replaced. */
export function spyViews(
  harness: HarnessPlan,
  service: Imports,
  special: (expression: BuildExpr) => string | undefined,
): SpyView[] {
  const fakes = injected(harness);
  return harness.sinks.flatMap((one) => {
    const { handle, id, kind, methods, name } = one.sink;
    if (!handle || fakes.has(id) || kind === 'http' || isMade(handle) || isPackage(handle)) return [];
    return [{ name: sinkName(name), target: service.code(handle, special), methods: literal(methods) }];
  });
}

const isPackage = (handle: BuildExpr | undefined): boolean => handle?.kind === 'member' && handle.name === 'prototype';

/** Made by a package for the service: replaced where it is made. */
const isMade = (handle: BuildExpr | undefined): handle is Extract<BuildExpr, { kind: 'call' }> =>
  handle?.kind === 'call' && !handle.isNew && !handle.args.length;

/** Sinks that the app's factory takes. */
export function injected(harness: HarnessPlan): Set<string> {
  const found = new Set<string>();
  const visit = (expression: BuildExpr): void => {
    if (expression.kind === 'sink') found.add(expression.sink);
    else if (expression.kind === 'call') [expression.callee, ...expression.args].forEach(visit);
    else if (expression.kind === 'object') Object.values(expression.fields).forEach(visit);
    else if (expression.kind === 'array') expression.items.forEach(visit);
    else if (expression.kind === 'member') visit(expression.of);
  };
  if ('build' in harness.app) visit(harness.app.build);
  return found;
}

/** A fake that the app's factory takes instead. */
export function recorderCode(harness: HarnessPlan, id: string): string {
  const sink = harness.sinks.find((one) => one.sink.id === id)?.sink;
  return `recorder(${text(sinkName(sink?.name ?? id))}, ${literal(sink?.methods ?? [])})`;
}
