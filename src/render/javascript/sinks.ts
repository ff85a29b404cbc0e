import type { BuildExpr, HarnessPlan, SinkPlan } from '../../model/index.js';
import { exprCode, type Uses } from './expressions.js';
import type { Imports } from './imports.js';
import { literal, text } from './literals.js';
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

export const mailerViews = (harness: HarnessPlan): { name: string }[] =>
  harness.sinks.filter(isNodemailer).map((one) => ({ name: sinkName(one.sink.name) }));

/** Objects that the service imports: their methods are replaced. */
export function spyViews(
  harness: HarnessPlan,
  service: Imports,
  special: (expression: BuildExpr) => string | undefined,
): SpyView[] {
  const fakes = injected(harness);
  return harness.sinks.flatMap((one) => {
    const { handle, id, kind, methods, name } = one.sink;
    if (!handle || fakes.has(id) || kind === 'http' || isNodemailer(one)) return [];
    return [{ name: sinkName(name), target: service.code(handle, special), methods: literal(methods) }];
  });
}

/** A transport that the service makes for itself: replaced where it is made. */
const isNodemailer = ({ sink: { handle } }: SinkPlan): boolean =>
  handle?.kind === 'call' && JSON.stringify(handle.callee).includes('"nodemailer"');

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
