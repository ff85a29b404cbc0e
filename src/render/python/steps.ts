import type { Step, TestCase } from '../../model/index.js';
import { isUsed } from '../tables.js';
import { keywordArguments, text } from './literals.js';
import { factoryOf, requestName, sinkName, variable } from './names.js';
import type { RequestWriter } from './requests.js';

type CreateStep = Extract<Step, { kind: 'create' }>;

/** What must have happened before the act, a line a step; callers come as fixtures and need none. */
export class StepWriter {
  constructor(private readonly requests: RequestWriter) {}

  lines(step: Step, group: TestCase[]): string[] {
    const { expressions } = this.requests;
    const { uses } = expressions;
    const bound = (bind: string | undefined, code: string): string =>
      bind !== undefined && isUsed(bind, group) ? `${variable(bind)} = ${code}` : code;
    switch (step.kind) {
      case 'principal':
        return this.caller(step, group);
      case 'visitor':
        return [];
      case 'create':
        return step.row && isUsed(step.row.bind, group)
          ? [this.stored(step, step.row, step.bind !== undefined && isUsed(step.bind, group))]
          : [bound(step.bind, this.create(step))];
      case 'request':
        uses.harness.add('succeeded');
        return [bound(step.bind, `succeeded(${this.requests.request(step.request)}, ${step.status})`)];
      case 'insert':
        return [bound(step.bind, `state.insert(${text(step.entity)}, ${expressions.object(step.values)})`)];
      case 'alter':
        return [`state.alter(${text(step.entity)}, ${expressions.object(step.by)}, ${expressions.object(step.set)})`];
      case 'remove':
        return [`state.remove(${text(step.entity)}, ${expressions.object(step.by)})`];
      case 'upstream':
        return [this.upstream(step)];
    }
  }

  private caller(step: Extract<Step, { kind: 'principal' }>, group: TestCase[]): string[] {
    if (!isUsed(step.bind, group) && this.requests.presenter !== step.bind) return [];
    this.requests.expressions.uses.callers.add(step.principal);
    return step.bind === step.principal ? [] : [`${variable(step.bind)} = ${variable(step.principal)}`];
  }

  /** The answer, where it is asked for, and the row that its request has stored. */
  stored(step: CreateStep, row: NonNullable<CreateStep['row']>, usesAnswer: boolean): string {
    const answer = usesAnswer && step.bind !== undefined ? variable(step.bind) : '_';
    return `${answer}, ${variable(row.bind)} = state.made(${text(row.entity)}, lambda: ${this.create(step)})`;
  }

  create(step: CreateStep): string {
    const { expressions, plan } = this.requests;
    const { uses } = expressions;
    const factory = factoryOf(plan, step.factory);
    if (!factory) return '...';
    const name = requestName(factory);
    uses.factories.add(name);
    if (step.as !== undefined) uses.signed.add(name);
    const keys = [...factory.template.matchAll(/\{([^}:]+)[^}]*\}/g)].map(([, key = '']) => key);
    const places = keys.map((key) => {
      const value = step.path?.[key];
      return value ? expressions.code(value) : '""';
    });
    const changes = Object.entries(step.overrides ?? {}).map(([key, value]): [string, string] => [
      key,
      expressions.code(value),
    ]);
    const args = [
      'client',
      ...places,
      ...(step.as === undefined ? [] : [`headers=${variable(step.as)}.headers`]),
      ...keywordArguments(changes, ['client', 'headers', ...keys.map(variable)]),
    ];
    return `${name}(${args.join(', ')})`;
  }

  private upstream(step: Extract<Step, { kind: 'upstream' }>): string {
    const { expressions, plan } = this.requests;
    const sink = plan.harness.sinks.find((one) => one.sink.id === step.sink);
    const name = text(sinkName(sink?.sink.name ?? step.sink));
    if (step.fails) return `state.break_down(${name})`;
    const answer = expressions.code(step.answer ?? { kind: 'literal', value: {} });
    return `state.answer(${text(step.method ?? '')}, ${step.status ?? 200}, ${answer})`;
  }
}
