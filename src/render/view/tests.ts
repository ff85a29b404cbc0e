import type { CallMatcher, Expectation, Expr, RequestPlan, Step, TestCase, TestPlan } from '../../model/index.js';
import { access, keyLiteral, text } from '../literals.js';
import { assertion, exprCode, matcherCode, pathCode, Uses } from './expressions.js';
import { factoryOf, inputName, requestName, sinkName } from './names.js';

export interface TestView {
  /** `test('…', async () => {` or a table's head. */
  open: string;
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

/** One file a resource. */
export function testFiles(plan: TestPlan, testFunction: string, failing: string): FileView[] {
  const files = new Map<string, FileView>();
  for (const one of plan.cases) {
    const file = files.get(one.file) ?? { path: one.file, operations: [], uses: new Uses(inputName), cases: [] };
    files.set(one.file, file);
    file.cases.push(one.id);
  }
  for (const file of files.values()) {
    const cases = plan.cases.filter((one) => one.file === file.path);
    for (const operation of new Set(cases.map((one) => one.operation))) {
      const own = cases.filter((one) => one.operation === operation);
      file.operations.push({
        title: text(operation),
        tests: groups(own).map((group) => new TestWriter(plan, file.uses, testFunction, failing).write(group)),
      });
    }
  }
  return [...files.values()];
}

/** Cases that differ only in one value are one table. */
function groups(cases: TestCase[]): TestCase[][] {
  const result: TestCase[][] = [];
  const tables = new Map<string, TestCase[]>();
  for (const one of cases) {
    if (one.table === undefined || one.state !== 'active') {
      result.push([one]);
      continue;
    }
    const key = `${one.table} ${JSON.stringify(one.expect)} ${JSON.stringify(one.arrange)} ${variesIn(one)}`;
    const known = tables.get(key);
    if (known) known.push(one);
    else {
      const group = [one];
      tables.set(key, group);
      result.push(group);
    }
  }
  return result;
}

/** What may differ within a table: the presented credential, or fields of the body. */
const variesIn = (one: TestCase): string =>
  one.table === 'unauthenticated' ? 'presented' : one.act.body?.kind === 'sample' ? 'change' : `alone ${one.id}`;

class TestWriter {
  private presenter: string | undefined;
  private change: string | undefined;
  /** Fields of the body that refer to what was arranged: the same in all rows of a table. */
  private shared: Record<string, Expr> = {};

  constructor(
    private readonly plan: TestPlan,
    private readonly uses: Uses,
    private readonly testFunction: string,
    private readonly failing: string,
  ) {}

  write(group: TestCase[]): TestView {
    const [first] = group;
    if (!first) return { open: '', arrange: [], act: [], expect: [] };
    if (first.state === 'todo')
      return { open: '', arrange: [], act: [], expect: [], todo: `${this.testFunction}.todo(${text(first.title)});` };
    const open =
      group.length > 1
        ? this.table(group, first)
        : `${this.testFunction}${first.state === 'failing' ? `.${this.failing}` : ''}(${text(first.title)}, async () => {`;
    const needsBefore = first.expect.some(
      (one) => one.kind === 'unchanged' || one.kind === 'count' || one.kind === 'calls',
    );
    const arrange = first.arrange.flatMap((step) => this.step(step, group));
    if (needsBefore) arrange.push('const before = await service.snapshot();');
    const act = [`const response = await ${this.request(first.act)};`];
    return { open, arrange, act, expect: this.expectations(first.expect) };
  }

  private table(group: TestCase[], first: TestCase): string {
    const isCredential = first.table === 'unauthenticated';
    if (isCredential) this.presenter = group.map((one) => principalOf(one.act)).find(Boolean) ?? 'service.anonymous';
    else this.change = 'change';
    this.shared = Object.assign({}, ...group.map(sharedOverrides)) as Record<string, Expr>;
    const rows = group.map(
      (one) =>
        `{ title: ${text(one.title)}, ${isCredential ? `presented: ${text(presentedName(one.act))}` : `change: ${this.changeOf(one)}`} }`,
    );
    return `${this.testFunction}.each([${rows.join(',\n')}])('$title', async ({ ${isCredential ? 'presented' : 'change'} }) => {`;
  }

  /** Fields of the body that this row changes, beside those that all rows share. */
  private changeOf(one: TestCase): string {
    const body = one.act.body;
    if (body?.kind !== 'sample') return '{}';
    const fields = Object.entries(body.overrides ?? {}).filter(
      ([key, value]) => JSON.stringify(this.shared[key]) !== JSON.stringify(value),
    );
    const parts = fields.map(([key, value]) => `${keyLiteral(key)}: ${exprCode(value, this.uses)}`);
    for (const key of body.omit ?? []) parts.push(`${keyLiteral(key)}: undefined`);
    return `{ ${parts.join(', ')} }`;
  }

  private step(step: Step, group: TestCase[]): string[] {
    const { uses } = this;
    const bound = (bind: string | undefined, code: string): string =>
      bind !== undefined && isUsed(bind, group) ? `const ${bind} = await ${code};` : `await ${code};`;
    switch (step.kind) {
      case 'principal':
        if (!isUsed(step.bind, group) && this.presenter !== step.bind) return [];
        uses.callers.add(step.principal);
        return [`const ${step.bind} = await signIn.${step.principal}(service);`];
      case 'visitor':
        return [`const ${step.bind} = service.visitor();`];
      case 'create':
        return [bound(step.bind, this.create(step))];
      case 'request':
        uses.harness.add('succeeded');
        return [bound(step.bind, `succeeded(${this.request(step.request)}, ${step.status})`)];
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
      case 'upstream':
        return [this.upstream(step)];
    }
  }

  private create(step: Extract<Step, { kind: 'create' }>): string {
    const factory = factoryOf(this.plan, step.factory);
    if (!factory) return `service.unknown(${text(step.factory)})`;
    const name = requestName(factory);
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

  private request(request: RequestPlan): string {
    const caller = this.caller(request);
    const verb = request.method.toLowerCase();
    let code = `${caller}.${verb}(${pathCode(request, this.uses)})`;
    if (request.query && Object.keys(request.query).length)
      code += `.query(${exprCode({ kind: 'object', fields: request.query }, this.uses)})`;
    for (const [name, value] of Object.entries(request.headers ?? {}))
      code += `.set(${text(name)}, ${exprCode(value, this.uses)})`;
    if (request.rawBody !== undefined) return `${code}.type('json').send(${text(request.rawBody)})`;
    if (!request.body) return code;
    return `${code}.send(${this.body(request.body)})`;
  }

  private body(body: Expr): string {
    if (this.change === undefined || body.kind !== 'sample') return exprCode(body, this.uses);
    const input = inputName(body.factory);
    this.uses.factories.add(input);
    const shared = Object.entries(this.shared).map(
      ([key, value]) => `${keyLiteral(key)}: ${exprCode(value, this.uses)}`,
    );
    return shared.length ? `${input}({ ${[...shared, '...change'].join(', ')} })` : `${input}(change)`;
  }

  private caller(request: RequestPlan): string {
    const { as } = request;
    if (this.presenter) return `${this.presenter}.presenting(presented)`;
    if (as.kind === 'anonymous') return 'service.anonymous';
    if (as.kind === 'principal') return as.bind;
    return `${as.principal}.presenting(${text(presentedName(request))})`;
  }

  private expectations(expectations: Expectation[]): string[] {
    const { uses } = this;
    const lines: string[] = [];
    const counts = expectations.filter((one) => one.kind === 'count');
    const calls = expectations.filter((one) => one.kind === 'calls');
    for (const one of expectations) {
      if (one.kind === 'status') lines.push(`expect(response.status).toBe(${one.equals});`);
      else if (one.kind === 'body') lines.push(...bodyLine(one.matches, uses));
      else if (one.kind === 'no-body') lines.push("expect(response.text).toBe('');");
      else if (one.kind === 'header') lines.push(assertion(access('response.headers', one.name), one.matches, uses));
      else if (one.kind === 'unchanged') lines.push('expect(await service.snapshot()).toEqual(before);');
    }
    if (counts.length || calls.length) lines.push(this.changes(counts, calls));
    for (const one of expectations) if (one.kind === 'row') lines.push(this.row(one));
    for (const one of expectations) if (one.kind === 'read') lines.push(...this.read(one));
    return lines;
  }

  private changes(
    counts: Extract<Expectation, { kind: 'count' }>[],
    calls: Extract<Expectation, { kind: 'calls' }>[],
  ): string {
    const rows = counts.filter((one) => one.change !== 0).map((one) => `${keyLiteral(one.entity)}: ${one.change}`);
    const sinks = calls
      .filter((one) => one.calls.length)
      .map((one) => `${keyLiteral(this.sinkOf(one.sink))}: [${one.calls.map((call) => this.call(call)).join(', ')}]`);
    return `expect(await service.changesSince(before)).toEqual({ rows: { ${rows.join(', ')} }, calls: { ${sinks.join(', ')} } });`;
  }

  private sinkOf(id: string): string {
    return sinkName(this.plan.harness.sinks.find((one) => one.sink.id === id)?.sink.name ?? id);
  }

  private call(call: CallMatcher): string {
    if (call.args)
      return `{ method: ${text(call.method)}, args: [${call.args.map((arg) => matcherCode(arg, this.uses)).join(', ')}] }`;
    const path = call.path === undefined ? 'expect.any(String)' : text(call.path);
    return `{ method: ${text(call.method)}, path: ${path}, body: ${call.body ? matcherCode(call.body, this.uses) : "''"} }`;
  }

  private row(one: Extract<Expectation, { kind: 'row' }>): string {
    const read = `await service.row(${text(one.entity)}, ${exprCode({ kind: 'object', fields: one.by }, this.uses)})`;
    if (one.matches === 'absent') return `expect(${read}).toBeUndefined();`;
    const fields = one.matches.kind === 'object' ? { ...one.matches, exact: true } : one.matches;
    return `expect(${read}).toMatchObject(${matcherCode(fields, this.uses)});`;
  }

  private read(one: Extract<Expectation, { kind: 'read' }>): string[] {
    const lines = [
      `const readBack = await ${this.request(one.request)};`,
      `expect(readBack.status).toBe(${one.status});`,
    ];
    if (one.body && one.body.kind !== 'anything') lines.push(assertion('readBack.body', one.body, this.uses));
    return lines;
  }
}

function bodyLine(matches: Extract<Expectation, { kind: 'body' }>['matches'], uses: Uses): string[] {
  if (matches.kind === 'anything') return [];
  return [assertion('response.body', matches, uses)];
}

const presentedName = (request: RequestPlan): string =>
  request.as.kind === 'bad'
    ? request.as.variant === 'other-token'
      ? (request.as.other ?? 'other')
      : request.as.variant
    : 'nothing';
const principalOf = (request: RequestPlan): string | undefined =>
  request.as.kind === 'bad' ? request.as.principal : request.as.kind === 'principal' ? request.as.bind : undefined;

/** Overrides that refer to what was arranged are shared; the broken field is the row's own. */
function sharedOverrides(one: TestCase): Record<string, Expr> {
  return one.act.body?.kind === 'sample' ? sharedOf(one.act.body) : {};
}
const sharedOf = (body: Extract<Expr, { kind: 'sample' }>): Record<string, Expr> =>
  Object.fromEntries(Object.entries(body.overrides ?? {}).filter(([, value]) => value.kind === 'ref'));

/** Is the bound name read anywhere later? */
export function isUsed(name: string, group: TestCase[]): boolean {
  const code = JSON.stringify(
    group.map((one) => [
      one.arrange.map((step) => ('bind' in step && step.bind === name ? { ...step, bind: '', principal: '' } : step)),
      one.act,
      one.expect,
    ]),
  );
  return (
    code.includes(`"name":${JSON.stringify(name)}`) ||
    code.includes(`"bind":${JSON.stringify(name)}`) ||
    code.includes(`"as":${JSON.stringify(name)}`) ||
    code.includes(`"principal":${JSON.stringify(name)}`)
  );
}
