import type { Step, TestCase, TestPlan } from '../../model/index.js';
import { isUsed, tablesOf } from '../tables.js';
import { expectationLines } from './expectations.js';
import { exprCode, Uses } from './expressions.js';
import { text } from './literals.js';
import { factoryOf, requestName, sinkName } from './names.js';
import { RequestWriter } from './requests.js';
import type { Runner, Target } from './target.js';

export interface TestView {
  /** `test('…', async () => {` or a table's head. */
  open: string;
  close: string;
  arrange: string[];
  act: string[];
  expect: string[];
  /** A one-line todo instead. */
  todo?: string;
}

export interface OperationView {
  title: string;
  tests: TestView[];
}

export interface FileView {
  path: string;
  operations: OperationView[];
  uses: Uses;
  cases: string[];
}

/** One file a resource. `fn`: `test` or `it`. */
export function testFiles(plan: TestPlan, fn: string, target: Target): FileView[] {
  const files = new Map<string, FileView>();
  for (const one of plan.cases) {
    const file = files.get(one.file) ?? { path: one.file, operations: [], uses: new Uses(target.client), cases: [] };
    files.set(one.file, file);
    file.cases.push(one.id);
  }
  for (const file of files.values()) {
    const cases = plan.cases.filter((one) => one.file === file.path);
    for (const operation of new Set(cases.map((one) => one.operation))) {
      const own = cases.filter((one) => one.operation === operation);
      file.operations.push({
        title: text(operation),
        tests: tablesOf(own).map((group) =>
          new TestWriter(plan, file.uses, target.runner.testFunction ?? fn, target.runner).write(group),
        ),
      });
    }
  }
  return [...files.values()];
}

class TestWriter {
  private readonly requests: RequestWriter;

  constructor(
    private readonly plan: TestPlan,
    private readonly uses: Uses,
    private readonly fn: string,
    private readonly runner: Runner,
  ) {
    this.requests = new RequestWriter(plan, uses);
  }

  write(group: TestCase[]): TestView {
    const [first] = group;
    if (!first) return { open: '', close: '', arrange: [], act: [], expect: [] };
    const title = text(first.title);
    if (first.state === 'todo')
      return { open: '', close: '', arrange: [], act: [], expect: [], todo: this.runner.todo(this.fn, title) };
    const open = group.length > 1 ? this.table(group) : this.open(first, title);
    const wrapped = first.state === 'failing' && !this.runner.openFailing;
    if (wrapped) this.uses.harness.add('failing');
    const close = wrapped ? '}));' : '});';
    const needsBefore = first.expect.some((one) => ['unchanged', 'count', 'calls', 'added'].includes(one.kind));
    const arrange = first.arrange.flatMap((step) => this.step(step, group));
    if (needsBefore) arrange.push('const before = await service.snapshot();');
    const act = [`const response = await ${this.requests.request(first.act)};`];
    return { open, close, arrange, act, expect: expectationLines(first.expect, this.requests) };
  }

  private open(one: TestCase, title: string): string {
    if (one.state !== 'failing') return this.runner.open(this.fn, title);
    return this.runner.openFailing?.(this.fn, title) ?? `${this.fn}(${title}, failing(async () => {`;
  }

  private table(group: TestCase[]): string {
    const { rows, field } = this.requests.table(group);
    return this.runner.openTable(this.fn, rows, field);
  }

  private step(step: Step, group: TestCase[]): string[] {
    const { uses } = this;
    const bound = (bind: string | undefined, code: string): string =>
      bind !== undefined && isUsed(bind, group) ? `const ${bind} = await ${code};` : `await ${code};`;
    switch (step.kind) {
      case 'principal':
        if (!isUsed(step.bind, group) && this.requests.presenter !== step.bind) return [];
        uses.callers.add(step.principal);
        return [`const ${step.bind} = await signIn.${step.principal}(service);`];
      case 'visitor':
        return [`const ${step.bind} = service.visitor();`];
      case 'create': {
        if (!step.row || !isUsed(step.row.bind, group)) return [bound(step.bind, this.create(step))];
        const answer = step.bind !== undefined && isUsed(step.bind, group) ? `answer: ${step.bind}, ` : '';
        return [
          `const { ${answer}row: ${step.row.bind} } = await service.made(${text(step.row.entity)}, () => ${this.create(step)});`,
        ];
      }
      case 'request':
        uses.harness.add('succeeded');
        return [bound(step.bind, `succeeded(${this.requests.request(step.request)}, ${step.status})`)];
      case 'insert':
        return [
          bound(
            step.bind,
            `service.insert(${text(step.entity)}, ${exprCode({ kind: 'object', fields: step.values }, uses)})`,
          ),
        ];
      case 'alter':
        return [
          `await service.alter(${text(step.entity)}, ${exprCode({ kind: 'object', fields: step.by }, uses)}, ${exprCode({ kind: 'object', fields: step.set }, uses)});`,
        ];
      case 'remove':
        return [`await service.remove(${text(step.entity)}, ${exprCode({ kind: 'object', fields: step.by }, uses)});`];
      case 'upstream':
        return [this.upstream(step)];
    }
  }

  private create(step: Extract<Step, { kind: 'create' }>): string {
    const factory = factoryOf(this.plan, step.factory);
    if (!factory) return `service.unknown(${text(step.factory)})`;
    const name = requestName(factory, this.plan);
    this.uses.factories.add(name);
    const args = [step.as ?? 'service.anonymous'];
    if (step.path && Object.keys(step.path).length)
      args.push(exprCode({ kind: 'object', fields: step.path }, this.uses));
    if (step.overrides && Object.keys(step.overrides).length)
      args.push(exprCode({ kind: 'object', fields: step.overrides }, this.uses));
    return `${name}(${args.join(', ')})`;
  }

  private upstream(step: Extract<Step, { kind: 'upstream' }>): string {
    const sink = this.plan.harness.sinks.find((one) => one.sink.id === step.sink);
    const name = text(sinkName(sink?.sink.name ?? step.sink));
    if (step.fails) return `service.breakDown(${name});`;
    return `service.answer(${name}, ${text(step.method ?? '')}, ${step.status ?? 200}, ${exprCode(step.answer ?? { kind: 'literal', value: {} }, this.uses)});`;
  }
}
