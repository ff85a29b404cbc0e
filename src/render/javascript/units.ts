import { posix } from 'node:path';
import type {
  Collaborator,
  JsonSchema,
  Known,
  RenderedFile,
  StubCall,
  ThrownError,
  Triage,
  UnitCase,
  UnitInput,
  UnitPlan,
} from '../../model/index.js';
import { dotenv } from '../dotenv.js';
import { print } from '../handlebars.js';
import { configuration, environmentParser } from './configuration.js';
import { Edges } from './edges.js';
import { format, withoutTypes } from './format.js';
import { importLines, Imports, writesRequire } from './imports.js';
import { access, keyLiteral, literal, text } from './literals.js';
import type { TableRow, Target } from './target.js';

interface TestView {
  open: string;
  arrange: string[];
  act: string[];
  expect: string[];
  todo?: string;
}

/** The test file of each unit, the environment that their modules want, and runner configuration where there is none. */
export async function unitFiles(plans: UnitPlan[], triage: Triage, target: Target): Promise<RenderedFile[]> {
  const typescript = triage.language.value === 'typescript';
  const folder = triage.testFolder.value;
  const finish = async (file: RenderedFile): Promise<RenderedFile> => ({
    ...file,
    text: await format(typescript ? file.text : withoutTypes(file.text), file.path, triage),
  });
  const environment = Object.assign({}, ...plans.map((plan) => plan.environment)) as Record<string, string>;
  const files = plans
    .filter(({ cases }) => cases.length)
    .map((plan): RenderedFile => {
      const [first] = plan.cases;
      return {
        path: first?.file ?? '',
        text: new UnitWriter(plan, triage, target).file(),
        ownership: 'managed',
        cases: plan.cases.map(({ id }) => id),
      };
    });
  const finished = await Promise.all(files.map(finish));
  const support = Object.keys(environment).length ? [await finish(environmentFile(triage)), dotenv(environment)] : [];
  return [...finished, ...support, ...(await configuration(triage, target, folder))];
}

const extensionOf = (triage: Triage): string => (triage.language.value === 'typescript' ? 'ts' : 'js');
const supportPath = (triage: Triage, name: string): string =>
  `${triage.testFolder.value}/support/${name}.${extensionOf(triage)}`;

function environmentFile(triage: Triage): RenderedFile {
  const path = supportPath(triage, 'environment');
  const imports = new Imports(triage, posix.dirname(path));
  imports.named('node:fs', 'existsSync', 'readFileSync');
  imports.named(...environmentParser(triage));
  const code = print('javascript', 'environment', { importLines: importLines(imports.list(), writesRequire(triage)) });
  return { path, text: code, ownership: 'seeded', cases: [] };
}

class UnitWriter {
  private readonly typescript: boolean;
  private readonly imports: Imports;
  private readonly edges: Edges;
  /** How the test calls what it imports. */
  private readonly callee: string;
  /** Objects that several cases share, each changing a field: input → name of the constant. */
  private readonly shared = new Map<string, string>();

  constructor(
    private readonly plan: UnitPlan,
    private readonly triage: Triage,
    private readonly target: Target,
  ) {
    this.typescript = triage.language.value === 'typescript';
    this.imports = new Imports(triage, posix.dirname(plan.cases[0]?.file ?? triage.testFolder.value));
    const { unit, exported } = plan.subject;
    const from = this.imports.specifier(unit.file);
    const plain = unit.name.split('.')[0] ?? unit.name;
    if (exported === 'default')
      this.callee = this.imports.whole(
        from,
        /^[A-Za-z_$][\w$]*$/.test(plain) && plain !== 'default' ? plain : 'subject',
      );
    else {
      this.imports.named(from, exported);
      this.callee = exported;
    }
    this.edges = new Edges(plan, triage, this.imports, this.mocks);
    for (const { name, schema } of plan.inputs) if (this.isShared(name, schema)) this.shared.set(name, name);
  }

  file(): string {
    const { plan, triage, target } = this;
    const tests = this.groups().map((group) => this.test(group));
    const functions = ['describe', 'expect', target.runner.testFunction ?? triage.style.value.testFunction];
    const { beforeEach } = target.runner.hooks;
    const hasEdges = this.edges.list.length > 0;
    target.runner.imports(this.imports, triage, {
      hooks: hasEdges ? [beforeEach] : [],
      functions: plan.subject.collaborators.length ? [...functions, this.mocks] : functions,
      support: this.imports.specifier(supportPath(triage, 'runner')),
    });
    const before = Object.keys(plan.environment).length
      ? [{ names: [], from: this.imports.specifier(supportPath(triage, 'environment')) }]
      : [];
    return print('javascript', 'unit', {
      importLines: this.edges.head(before),
      title: text(plan.subject.unit.name),
      reset: hasEdges ? `${beforeEach}(() => ${this.mocks}.resetAllMocks());` : '',
      shared: [...this.shared].map(
        ([input, name]) => `const ${name}${this.typeOf(input)} = ${knownCode(plan.usual[input])};`,
      ),
      tests,
    });
  }

  private get mocks(): string {
    return this.triage.runner.value === 'vitest' ? 'vi' : 'jest';
  }

  /** An object that at least two cases give, and that is long enough to be worth a name. */
  private isShared(name: string, schema: JsonSchema): boolean {
    const usual = this.plan.usual[name];
    if (name.endsWith('()') || usual?.kind !== 'json' || typeof usual.value !== 'object' || usual.value === null)
      return false;
    return !Array.isArray(usual.value) && !!schema.properties && this.plan.cases.length > 1;
  }

  /** Literal types are lost in a constant: there the parameter's own type is named. */
  private typeOf(input: string): string {
    const { subject, inputs } = this.plan;
    const found = inputs.find((one) => one.name === input);
    if (!this.typescript || !found || !JSON.stringify(found.schema).match(/"(enum|const)"/)) return '';
    if (found.place === 'constructor')
      return `: ConstructorParameters<typeof ${this.callee}>[${subject.constructorArguments.indexOf(input)}]`;
    const { method } = subject;
    const callee = method ? `${this.callee}['${method.name}']` : `typeof ${this.callee}`;
    const of = method?.isStatic ? `(typeof ${this.callee})['${method.name}']` : callee;
    return `: Parameters<${of}>[${subject.arguments.indexOf(input)}]`;
  }

  /** Cases that end alike and differ in what they are given are one table. */
  private groups(): UnitCase[][] {
    const groups = new Map<string, UnitCase[]>();
    for (const one of this.plan.cases) {
      const stubs = this.plan.inputs
        .filter(({ place }) => place === 'result')
        .map(({ name }) => one.given[name] !== undefined);
      const outcome = one.expect.outcome === 'gives' ? 'gives' : JSON.stringify(one.expect.error);
      const key = one.state === 'active' ? JSON.stringify([outcome, one.expect.isAsync, one.calls, stubs]) : one.id;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return [...groups.values()];
  }

  private test(group: UnitCase[]): TestView {
    const [first] = group;
    const { runner } = this.target;
    const fn = runner.testFunction ?? this.triage.style.value.testFunction;
    if (!first) return { open: '', arrange: [], act: [], expect: [] };
    if (first.state === 'todo')
      return { open: '', arrange: [], act: [], expect: [], todo: runner.todo(fn, text(first.title)) };
    const varying = this.varying(group);
    const isTable = group.length > 1;
    const fields = [...varying.map(fieldName), ...(isTable && first.expect.outcome === 'gives' ? ['expected'] : [])];
    const head = isTable
      ? runner.openTable(
          fn,
          group.map((one) => this.row(one, varying)),
          fields.join(', '),
        )
      : ((first.state === 'failing' ? runner.openFailing?.(fn, text(first.title)) : undefined) ??
        runner.open(fn, text(first.title)));
    const open = first.expect.isAsync ? head : head.replace(/async \(/, '(');
    const arrange = this.stubs(first, isTable ? varying : []);
    const call = this.call(first, isTable ? varying : []);
    const asserted =
      first.expect.outcome === 'gives'
        ? this.gives(first, call, isTable)
        : this.throws(first.expect.error, call, first.expect.isAsync);
    const made = [...asserted.act];
    return { open, arrange, act: made, expect: [...asserted.expect, ...this.callsSeen(first.calls)] };
  }

  /** Inputs that are not the same in all cases of the table. */
  private varying(group: UnitCase[]): UnitInput[] {
    return this.plan.inputs.filter(({ name }) => new Set(group.map((one) => JSON.stringify(one.given[name]))).size > 1);
  }

  private row(one: UnitCase, varying: UnitInput[]): TableRow {
    const fields = varying.map((input) => {
      const [name, value] = [fieldName(input), this.value(one, input)];
      return name === value ? name : `${name}: ${value}`;
    });
    if (one.expect.outcome === 'gives') fields.push(`expected: ${knownCode(one.expect.value)}`);
    return { title: text(one.title), fields: fields.join(', ') };
  }

  /** The value in code; a shared object with its changed fields. */
  private value(one: UnitCase, { name, schema }: UnitInput): string {
    const known = one.given[name];
    const shared = this.shared.get(name);
    const usual = this.plan.usual[name];
    if (shared !== undefined && known?.kind === 'json' && usual?.kind === 'json') {
      const code = spreadOf(shared, known.value, usual.value);
      if (code !== undefined) return code;
    }
    const code = knownCode(known);
    const isLiteral =
      known?.kind === 'json' && typeof known.value === 'string' && (schema.enum ?? schema.const) !== undefined;
    return isLiteral && this.typescript ? `${code} as const` : code;
  }

  private argument(one: UnitCase, name: string, varying: UnitInput[]): string {
    const collaborator = this.plan.subject.collaborators.find((each) => each.name === name);
    if (collaborator) return this.stubArgument(collaborator);
    const input = this.plan.inputs.find((each) => each.name === name);
    if (!input) return 'undefined';
    return varying.includes(input) ? fieldName(input) : this.value(one, input).replace(/ as const$/, '');
  }

  private call(one: UnitCase, varying: UnitInput[]): string {
    const { subject } = this.plan;
    const list = (names: string[]): string => {
      const code = names.map((name) => this.argument(one, name, varying));
      while (code.at(-1) === 'undefined') code.pop();
      return code.join(', ');
    };
    const args = list(subject.arguments);
    if (!subject.method) return `${this.callee}(${args})`;
    const { name, isStatic } = subject.method;
    const self = isStatic ? this.callee : `new ${this.callee}(${list(subject.constructorArguments)})`;
    return `${access(self, name)}(${args})`;
  }

  /** Only what the case makes it call: a call of anything else fails by itself. */
  private stubs(one: UnitCase, varying: UnitInput[]): string[] {
    return this.plan.subject.collaborators.flatMap((collaborator) => {
      if (collaborator.module) return this.edge(collaborator, one, varying);
      const methods = [
        ...new Set(one.calls.filter((call) => call.collaborator === collaborator.name).map(({ method }) => method)),
      ];
      const fields = methods.map((method) => `${method}: ${this.mock(collaborator, method, one, varying)}`);
      return [`const ${collaborator.name} = { ${fields.join(', ')} };`];
    });
  }

  /** A module's function does nothing and gives nothing, unless the case says what. */
  private edge({ name }: Collaborator, one: UnitCase, varying: UnitInput[]): string[] {
    const call = one.calls.find(({ collaborator }) => collaborator === name);
    const input = this.plan.inputs.find((each) => each.name === `${name}()`);
    const given = input && one.given[input.name];
    if (!call || (!call.isAsync && (!given || given.kind === 'undefined'))) return [];
    const value = input && varying.includes(input) ? fieldName(input) : knownCode(given);
    return [`${this.edges.mock(name)}.${call.isAsync ? 'mockResolvedValue' : 'mockReturnValue'}(${value});`];
  }

  private mock(collaborator: Collaborator, method: string, one: UnitCase, varying: UnitInput[]): string {
    const typed = this.typescript && collaborator.file !== undefined;
    if (typed) this.imports.named(this.imports.specifier(collaborator.file ?? ''), `type ${collaborator.type}`);
    const fn = `${this.mocks}.fn${typed ? `<${collaborator.type}['${method}']>` : ''}()`;
    const input = this.plan.inputs.find(({ name }) => name === `${collaborator.name}.${method}()`);
    const given = input && one.given[input.name];
    const isAsync = one.calls.find((call) => call.method === method)?.isAsync;
    if (!input || given === undefined || given.kind === 'undefined')
      return isAsync ? `${fn}.mockResolvedValue(undefined)` : fn;
    const value = varying.includes(input) ? fieldName(input) : knownCode(given);
    return `${fn}.${isAsync ? 'mockResolvedValue' : 'mockReturnValue'}(${value})`;
  }

  private stubArgument({ name, type, file }: Collaborator): string {
    return this.typescript && file !== undefined ? `${name} as unknown as ${type}` : name;
  }

  private gives(one: UnitCase, call: string, isTable: boolean): { act: string[]; expect: string[] } {
    if (one.expect.outcome !== 'gives') return { act: [], expect: [] };
    const { value, isAsync } = one.expect;
    const read = isAsync ? `await ${call}` : call;
    const isObject = value.kind === 'json' && typeof value.value === 'object' && value.value !== null;
    const values = isTable ? 'expected' : knownCode(value);
    const line = isObject
      ? `expect(${read}).toEqual(${values});`
      : value.kind === 'undefined' && !isTable
        ? `expect(${read}).toBeUndefined();`
        : `expect(${read}).toBe(${values});`;
    return { act: [], expect: [line] };
  }

  /** By class and message, and by the fields that the code gives it. */
  private throws(error: ThrownError, call: string, isAsync: boolean): { act: string[]; expect: string[] } {
    const cls = this.classOf(error);
    const fields = {
      ...(error.message === undefined ? {} : { message: text(error.message) }),
      ...Object.fromEntries(Object.entries(error.fields).map(([name, known]) => [name, knownCode(known)])),
    };
    const shape = `{ ${Object.entries(fields)
      .map(([name, code]) => `${keyLiteral(name)}: ${code}`)
      .join(', ')} }`;
    if (isAsync)
      return {
        act: [`const failure = await ${call}.catch((error: unknown) => error);`],
        expect: [
          ...(cls ? [`expect(failure).toBeInstanceOf(${cls});`] : []),
          `expect(failure).toMatchObject(${shape});`,
        ],
      };
    return {
      act: [`const attempt = () => ${call};`],
      expect: [
        ...(cls ? [`expect(attempt).toThrow(${cls});`] : []),
        `expect(attempt).toThrow(expect.objectContaining(${shape}));`,
      ],
    };
  }

  private classOf({ className, exported, isBuiltIn }: ThrownError): string | undefined {
    if (isBuiltIn) return className;
    if (!exported) return undefined;
    const from = this.imports.specifier(exported.file);
    if (exported.name === 'default') return this.imports.whole(from, className);
    this.imports.named(from, exported.name);
    return exported.name;
  }

  private callsSeen(calls: StubCall[]): string[] {
    const seen = ({ collaborator, method }: StubCall): string =>
      method === '' ? this.edges.mock(collaborator) : `${collaborator}.${method}`;
    const silent = this.edges.list
      .filter(({ name }) => !calls.some(({ collaborator }) => collaborator === name))
      .map(({ name }) => `expect(${name}).not.toHaveBeenCalled();`);
    const asserted = [...new Set(calls.map(seen))].map((name) => {
      const own = calls.filter((one) => seen(one) === name);
      const known = own.map(({ args }) => args);
      return known.every((args) => args !== undefined)
        ? `expect(${name}.mock.calls).toEqual([${known.map((args) => `[${(args ?? []).map(knownCode).join(', ')}]`).join(', ')}]);`
        : `expect(${name}).toHaveBeenCalledTimes(${own.length});`;
    });
    return [...asserted, ...silent];
  }
}

const knownCode = (known: Known | undefined): string =>
  known?.kind === 'number' ? known.text : known?.kind === 'json' ? literal(known.value) : 'undefined';

/** What a row calls an input: a stub's result by its method. */
const fieldName = ({ name }: UnitInput): string =>
  name.endsWith('()') ? `${name.slice(0, -2).split('.').at(-1) ?? 'stub'}Gives` : name;

/** `{ ...parcel, grams: 0 }`; undefined: more than a few of its own fields differ. */
function spreadOf(name: string, value: unknown, usual: unknown): string | undefined {
  if (JSON.stringify(value) === JSON.stringify(usual)) return name;
  if (!isRecord(value) || !isRecord(usual)) return undefined;
  if (Object.keys(usual).some((key) => !(key in value))) return undefined;
  const changed = Object.entries(value).filter(([key, field]) => JSON.stringify(field) !== JSON.stringify(usual[key]));
  return `{ ...${name}, ${changed.map(([key, field]) => `${keyLiteral(key)}: ${literal(field as never)}`).join(', ')} }`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
