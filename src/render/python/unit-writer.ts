import type {
  ClassRef,
  Collaborator,
  StubCall,
  ThrownError,
  Triage,
  UnitCase,
  UnitInput,
  UnitPlan,
} from '../../model/index.js';
import { print } from '../handlebars.js';
import { Imports, moduleOf } from './imports.js';
import { literal, text } from './literals.js';
import { className, snake, testName, unique, variable } from './names.js';
import { UnitValues } from './unit-values.js';

interface UnitTest {
  decorators: string[];
  name: string;
  parameters: string;
  arrange: string[];
  body: string[];
  todo: boolean;
}

/** Writes the tests of one unit: a class, a table where cases end alike. */
export class UnitWriter {
  private readonly imports: Imports;
  private readonly values: UnitValues;
  private readonly callee: string;
  private readonly names = new Set<string>();
  private readonly className: string;
  private readonly reportedAs: Record<string, string> = {};

  constructor(
    private readonly plan: UnitPlan,
    private readonly triage: Triage,
  ) {
    this.imports = new Imports(triage);
    this.values = new UnitValues(this.imports, triage);
    const { unit, exported } = plan.subject;
    this.callee = this.values.name({ file: unit.file, name: exported });
    this.className = className(unit.name);
  }

  file(): { text: string; reportedAs: Record<string, string> } {
    const tests = this.groups().map((group) => this.test(group));
    const code = print('pytest', 'unit', {
      importLines: this.imports.lines(),
      name: this.className,
      title: this.plan.subject.unit.name,
      tests,
    });
    return { text: code, reportedAs: this.reportedAs };
  }

  /** Cases that end alike and differ in what they are given are one table. */
  private groups(): UnitCase[][] {
    const groups = new Map<string, UnitCase[]>();
    for (const one of this.plan.cases) {
      const { expect } = one;
      const left = this.plan.inputs.map(({ name, place }) => [name, place !== 'result' && !isGiven(one, name)]);
      const outcome =
        expect.outcome === 'gives' ? ['gives', kindOf(this.values.known(expect.value))] : ['throws', expect.error];
      const key = one.state === 'active' ? JSON.stringify([outcome, expect.isAsync, one.calls, left]) : one.id;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()];
  }

  private test(group: UnitCase[]): UnitTest {
    const [first] = group as [UnitCase, ...UnitCase[]];
    const varying = group.length > 1 ? this.varying(group) : [];
    const name = unique(testName(group.length > 1 ? tableTitle(first) : first.title), this.names);
    const decorators = this.decorators(group, varying, name);
    if (first.state === 'todo') return { decorators, name, parameters: '', arrange: [], body: [], todo: true };
    const arrange = this.stubs(first, varying);
    const call = this.call(first, varying);
    const seen = this.callsSeen(first.calls);
    const outcome =
      first.expect.outcome === 'gives'
        ? this.gives(first, call, group.length > 1)
        : this.throws(first.expect.error, call);
    const body = [...outcome, ...(seen.length ? ['', ...seen] : [])];
    return { decorators, name, parameters: this.parameters(group, varying), arrange, body, todo: false };
  }

  private varying(group: UnitCase[]): UnitInput[] {
    return this.plan.inputs.filter(({ name }) => new Set(group.map((one) => JSON.stringify(one.given[name]))).size > 1);
  }

  private decorators(group: UnitCase[], varying: UnitInput[], name: string): string[] {
    const [first] = group as [UnitCase, ...UnitCase[]];
    if (group.length === 1) {
      this.reportedAs[first.id] = `${this.className}::${name}`;
      if (first.state === 'active') return [];
      this.imports.module('pytest');
      const reason = `reason=${text(first.reason?.split('\n')[0] ?? first.title)}`;
      return [`@pytest.mark.${first.state === 'todo' ? `skip(${reason})` : `xfail(strict=True, ${reason})`}`];
    }
    this.imports.module('pytest');
    const used = new Set<string>();
    const gives = first.expect.outcome === 'gives';
    const rows = group.map((one) => {
      const id = unique(rowId(one.title), used);
      this.reportedAs[one.id] = `${this.className}::${name}[${id}]`;
      const values = varying.map((input) => this.values.given(one.given[input.name], input.made));
      if (one.expect.outcome === 'gives') values.push(this.values.known(one.expect.value));
      return `pytest.param(${values.join(', ')}, id=${text(id)})`;
    });
    const fields = [...varying.map(fieldName), ...(gives ? ['expected'] : [])];
    const head = fields.length === 1 ? text(fields[0] ?? '') : `(${fields.map(text).join(', ')})`;
    return [`@pytest.mark.parametrize(${head}, [${rows.join(', ')},])`];
  }

  /** `self`, then what the table gives, typed as the unit itself types it. */
  private parameters(group: UnitCase[], varying: UnitInput[]): string {
    const [first] = group as [UnitCase, ...UnitCase[]];
    const typed = varying.map((input) => {
      const declared = this.values.type(input.type, input.made);
      const isNone = group.some((one) => one.given[input.name]?.kind === 'undefined');
      return `${fieldName(input)}: ${(isNone ? undefined : declared) ?? 'object'}`;
    });
    const expected = group.length > 1 && first.expect.outcome === 'gives' ? ['expected: object'] : [];
    return ['self', ...this.patches(first), ...typed, ...expected].join(', ');
  }

  /** Functions at the edge are replaced where the unit's module has them, and are put back after the test. */
  private patches(one: UnitCase): string[] {
    const isPatched = one.state !== 'todo' && this.plan.subject.collaborators.some(({ place }) => place === 'module');
    if (isPatched) this.imports.module('pytest');
    return isPatched ? ['monkeypatch: pytest.MonkeyPatch'] : [];
  }

  /** Stubs know the methods of what they stand for and their parameters: a call that the real one would not take fails. */
  private stubs(one: UnitCase, varying: UnitInput[]): string[] {
    return this.plan.subject.collaborators.flatMap((collaborator) => {
      const name = variable(collaborator.name);
      if (collaborator.module) return this.edge(collaborator, collaborator.module, one, varying);
      const methods = [
        ...new Set(one.calls.filter((call) => call.collaborator === collaborator.name).map(({ method }) => method)),
      ];
      const lines = methods.flatMap((method) => {
        const input = this.plan.inputs.find((each) => each.name === `${collaborator.name}.${method}()`);
        const known = input && one.given[input.name];
        if (!input || !known || known.kind === 'undefined') return [`${name}.${method}.return_value = None`];
        const value = varying.includes(input) ? fieldName(input) : this.values.given(known, input.made);
        return [`${name}.${method}.return_value = ${value}`];
      });
      return [`${name} = ${this.stub(collaborator, methods)}`, ...lines];
    });
  }

  private edge({ name }: Collaborator, { file, name: real }: ClassRef, one: UnitCase, varying: UnitInput[]): string[] {
    const local = variable(name);
    const module = moduleOf(this.triage, file);
    const [leaf = module] = module.split('.').slice(-1);
    if (leaf === module) this.imports.module(module);
    else this.imports.from(module.slice(0, -leaf.length - 1), leaf);
    this.imports.from('unittest.mock', 'create_autospec');
    const input = this.plan.inputs.find((each) => each.name === `${name}()`);
    const known = input && one.given[input.name];
    const value = input && varying.includes(input) ? fieldName(input) : this.values.given(known, input?.made);
    const given = known && known.kind !== 'undefined' ? value : 'None';
    const isCalled = one.calls.some(({ collaborator }) => collaborator === name);
    return [
      `${local} = create_autospec(${leaf}.${real}${isCalled ? `, return_value=${given}` : ''})`,
      `monkeypatch.setattr(${text(`${moduleOf(this.triage, this.plan.subject.unit.file)}.${name}`)}, ${local})`,
    ];
  }

  private stub({ file, type }: Collaborator, methods: string[]): string {
    if (file !== undefined) {
      this.imports.from('unittest.mock', 'create_autospec');
      return `create_autospec(${this.values.name({ file, name: type })}, instance=True)`;
    }
    this.imports.from('unittest.mock', 'Mock');
    return `Mock(spec_set=${literal(methods)})`;
  }

  private call(one: UnitCase, varying: UnitInput[]): string {
    const { subject } = this.plan;
    const args = this.args(one, subject.arguments, varying);
    if (!subject.method) return this.awaited(one, `${this.callee}(${args})`);
    const { name, isStatic } = subject.method;
    const self = isStatic ? this.callee : `${this.callee}(${this.args(one, subject.constructorArguments, varying)})`;
    return this.awaited(one, `${self}.${name}(${args})`);
  }

  private awaited({ expect }: UnitCase, call: string): string {
    if (!expect.isAsync) return call;
    this.imports.module('asyncio');
    return `asyncio.run(${call})`;
  }

  /** What is left out is left out; what stands behind it goes by name. */
  private args(one: UnitCase, names: string[], varying: UnitInput[]): string {
    let isByName = false;
    return names
      .flatMap((name) => {
        const input = this.plan.inputs.find((each) => each.name === name);
        const isLeftOut = input?.optional && !isGiven(one, name) && !varying.includes(input);
        isByName ||= isLeftOut === true || input?.byName === true;
        if (isLeftOut) return [];
        const code = !input
          ? variable(name)
          : varying.includes(input)
            ? fieldName(input)
            : this.values.given(one.given[name], input.made);
        return [isByName ? `${name}=${code}` : code];
      })
      .join(', ');
  }

  private gives({ expect }: UnitCase, call: string, isTable: boolean): string[] {
    if (expect.outcome !== 'gives') return [];
    const code = this.values.known(expect.value);
    const kind = kindOf(code);
    const isPlain = kind === 'None' || kind === 'bool';
    if (code === 'float("nan")') {
      this.imports.module('math');
      return [`assert math.isnan(${call})`];
    }
    return [`assert ${call} ${isPlain ? 'is' : '=='} ${isTable ? 'expected' : code}`];
  }

  /** By class and message, and by the fields that the code gives it. */
  private throws(error: ThrownError, call: string): string[] {
    this.imports.module('pytest');
    const { exported, isBuiltIn, className: name, message, fields } = error;
    if (error.module !== undefined) this.imports.from(error.module, name);
    const isNamed = isBuiltIn || error.module !== undefined;
    const cls = exported ? this.values.name(exported) : isNamed ? name : 'Exception';
    const match = message ? [`match=${pattern(message)}`] : [];
    const own = Object.entries(fields);
    const seen = own.map(([field, known]) => {
      const code = this.values.known(known);
      return `assert caught.value.${field} ${['None', 'bool'].includes(kindOf(code)) ? 'is' : '=='} ${code}`;
    });
    return [
      `with pytest.raises(${[cls, ...match].join(', ')})${own.length ? ' as caught' : ''}:`,
      `    ${call}`,
      ...(seen.length ? ['', ...seen] : []),
    ];
  }

  private callsSeen(calls: StubCall[]): string[] {
    const methods = [...new Set(calls.map(({ collaborator, method }) => `${collaborator}\n${method}`))];
    const silent = this.plan.subject.collaborators
      .filter(({ name, place }) => place === 'module' && !calls.some((one) => one.collaborator === name))
      .map(({ name }) => `${variable(name)}.assert_not_called()`);
    const seen = methods.map((key) => {
      const [collaborator = '', method = ''] = key.split('\n');
      const own = calls.filter((one) => one.collaborator === collaborator && one.method === method);
      const of = method === '' ? variable(collaborator) : `${variable(collaborator)}.${method}`;
      const list = own.some((one) => one.isAsync) ? 'await_args_list' : 'call_args_list';
      if (!own.every(({ args }) => args !== undefined)) return `assert len(${of}.${list}) == ${own.length}`;
      this.imports.from('unittest.mock', 'call');
      const written = own.map(({ args = [], named = {} }) => {
        const byName = Object.entries(named).map(([name, known]) => `${name}=${this.values.known(known)}`);
        return `call(${[...args.map((known) => this.values.known(known)), ...byName].join(', ')})`;
      });
      return `assert ${of}.${list} == [${written.join(', ')}]`;
    });
    return [...seen, ...silent];
  }
}

const isGiven = (one: UnitCase, name: string): boolean => (one.given[name]?.kind ?? 'undefined') !== 'undefined';

const kindOf = (code: string): string => (code === 'None' ? 'None' : /^(True|False)$/.test(code) ? 'bool' : 'other');

const fieldName = ({ name }: UnitInput): string =>
  name.endsWith('()') ? `${snake(name.slice(0, -2).split('.').at(-1) ?? 'stub')}_gives` : variable(name);

const tableTitle = ({ expect }: UnitCase): string =>
  expect.outcome === 'throws' ? `raises ${expect.error.className}` : 'gives what follows from its input';

/** The whole message, as a regular expression. */
function pattern(message: string): string {
  const escaped = message.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return /["\n\r]/.test(escaped) ? text(`^${escaped}$`) : `r"^${escaped}$"`;
}

/** Readable, and in letters that pytest does not escape. */
const rowId = (title: string): string =>
  title
    .replace(/[^ -~]/g, '')
    .replace(/[[\]"]|::/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 70)
    .trim() || 'row';
