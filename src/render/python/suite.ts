import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, TestPlan, Triage } from '../../model/index.js';
import { dotenv } from '../dotenv.js';
import { print } from '../handlebars.js';
import { configuration } from './configuration.js';
import { Uses } from './expressions.js';
import { factoryViews } from './factories.js';
import { format } from './format.js';
import { harnessView, type HarnessView } from './harness.js';
import { Imports, moduleOf } from './imports.js';
import { conftestImports, harnessImports } from './support-imports.js';
import { type FileView, testFiles } from './tests.js';

/** The files of one suite: tests, the harness that they share, and configuration. */
export class Suite {
  /** Folder of the tests. */
  private readonly folder: string;
  /** Folder of conftest.py and what stands beside it: the tests' own, or the one above where it is free. */
  private readonly support: string;

  constructor(
    private readonly plan: TestPlan,
    private readonly triage: Triage,
  ) {
    this.folder = plan.cases[0] ? path.posix.dirname(plan.cases[0].file) : triage.testFolder.value;
    const up = path.posix.dirname(this.folder);
    this.support = up === '.' || this.isForeign(`${up}/conftest.py`) ? this.folder : up;
  }

  files(): RenderedFile[] {
    const tests = testFiles(this.plan);
    const uses = new Uses();
    for (const file of tests) {
      for (const name of file.uses.harness) uses.harness.add(name);
      for (const name of file.uses.factories) uses.factories.add(name);
      for (const name of file.uses.callers) uses.callers.add(name);
      for (const name of file.uses.signed) uses.signed.add(name);
    }
    const imports = { conftest: new Imports(this.triage), harness: new Imports(this.triage) };
    const view = harnessView(this.plan, this.triage, uses.callers, uses, imports);
    const rendered = tests.map((file) => this.test(file));
    const code = rendered.map((file) => file.text).join('\n') + JSON.stringify(view.callers);
    const files = [
      ...rendered,
      ...(uses.factories.size ? [this.seeded('factories', this.factories(uses))] : []),
      this.seeded('harness', this.harness(view, code, imports.harness)),
      this.seeded('conftest', this.conftest(view, code, uses, imports.conftest)),
    ].map((file) => ({ ...file, text: format(file.text, file.path, this.triage) }));
    return [...files, ...this.packages(), this.environment(view), ...configuration(this.triage, this.folder)];
  }

  /** A conftest.py that is not ours: ours has our harness beside it. */
  private isForeign(file: string): boolean {
    const { root } = this.triage;
    if (!existsSync(path.join(root, file))) return false;
    const harness = path.join(root, path.dirname(file), 'harness.py');
    return !existsSync(harness) || !readFileSync(harness, 'utf8').includes('class State');
  }

  private seeded(name: string, text: string): RenderedFile {
    return { path: `${this.support}/${name}.py`, text, ownership: 'seeded', cases: [] };
  }

  private module(name: string): string {
    return moduleOf(this.triage, `${this.support}/${name}.py`);
  }

  private test(file: FileView): RenderedFile {
    const imports = new Imports(this.triage);
    const { uses } = file;
    const tests = file.operations.flatMap((operation) => operation.tests);
    if (uses.pytest.size) imports.module('pytest');
    if (tests.some((test) => !test.todo)) imports.from('fastapi.testclient', 'TestClient');
    if (tests.some((test) => test.parameters.includes('dict[str, Any]'))) imports.from('typing', 'Any');
    if (uses.matchers.size) imports.from('dirty_equals', ...uses.matchers);
    imports.from(this.module('harness'), ...uses.harness);
    imports.from(this.module('factories'), ...uses.factories);
    const text = print('pytest', 'test', { importLines: imports.lines(), operations: file.operations });
    return { path: file.path, text, ownership: 'managed', cases: file.cases, reportedAs: file.reportedAs };
  }

  private factories(uses: Uses): string {
    const views = factoryViews(this.plan, uses.factories, uses.signed);
    const imports = new Imports(this.triage);
    imports.from('typing', 'Any');
    const sends = views.some((view) => view.request);
    if (sends) imports.from('fastapi.testclient', 'TestClient');
    const omits = uses.factories.has('OMITTED');
    const needsFields = omits || views.some((view) => view.input);
    imports.from(
      this.module('harness'),
      ...(needsFields ? ['Fields'] : []),
      ...(sends ? ['succeeded'] : []),
      ...(views.some((view) => view.request?.takesCredential) ? ['Headers'] : []),
    );
    return print('pytest', 'factories', { importLines: imports.lines(), factories: views, omits });
  }

  private harness(view: HarnessView, code: string, imports: Imports): string {
    const calls = (name: string): boolean => code.includes(`${name}(`);
    const uses = {
      fromNow: calls('from_now'),
      caller: code.includes('Caller('),
      state: true,
      insert: calls('state.insert'),
      alter: calls('state.alter'),
      remove: calls('state.remove'),
      made: calls('state.made'),
      added: calls('state.added'),
    };
    const printed = {
      ...view,
      apiKey: calls('key_holder') ? view.apiKey : undefined,
      jwt: calls('token_holder') ? view.jwt : undefined,
      bearer: calls('token_holder') || calls('bearer') ? view.bearer : undefined,
      session: view.session && calls('session_of'),
      rollsBack: view.sql?.rollsBack ?? false,
      typed: uses.insert || uses.alter || uses.remove,
      parses: /^[^\d]*1\./.test(this.triage.python?.value.packages['pydantic'] ?? ''),
      records: view.spies.length > 0 || view.hosts.length > 0,
      makers: view.spies.filter((spy) => spy.made),
      rows: true,
      uses: { ...uses, caller: uses.caller || calls('key_holder') || calls('token_holder') },
    };
    harnessImports(printed, imports);
    return print('pytest', 'harness', { ...printed, importLines: imports.lines() });
  }

  private conftest(view: HarnessView, code: string, uses: Uses, imports: Imports): string {
    const appImports = new Imports(this.triage);
    const { app } = this.plan.harness;
    const appCode = app.how === 'export' || app.how === 'factory' ? appImports.code(app.build) : 'None';
    const stateIterates = view.hosts.length > 0;
    const { sql } = view;
    const makers = view.spies.filter((spy) => spy.made);
    const parameters = [
      'client: TestClient',
      ...(sql?.rollsBack ? [`connection: ${sql.isAsync ? 'AsyncConnection' : 'Connection'}`] : []),
      ...(view.clears && sql?.server && !sql.isAsync ? ['engine: Engine'] : []),
      ...(view.spies.length ? ['monkeypatch: pytest.MonkeyPatch'] : []),
    ];
    const depth = this.support.split('/').length;
    const harness = this.module('harness');
    conftestImports({ view, code, stateIterates, harness, factories: this.module('factories'), uses }, imports);
    return print('pytest', 'conftest', {
      ...view,
      readings: view.readings.length > 0,
      makers,
      importLines: imports.lines(),
      up: `parents[${depth}]`,
      appImports: appImports.lines(),
      appCode,
      packages: text_(this.servicePackages()),
      stateParameters: parameters.join(', '),
      stateIterates,
      stateImports: sql?.stateImports ?? [],
    });
  }

  /** Top-level packages of the service: what is forgotten when it is loaded again. */
  private servicePackages(): string[] {
    const { app } = this.plan.harness;
    const file = 'source' in app ? app.source.file : (this.triage.entry.value.split(':')[0] ?? '');
    return [moduleOf(this.triage, file).split('.')[0] ?? ''];
  }

  /** Folders are packages where tests are: as the repository has it, or where there were none. */
  private packages(): RenderedFile[] {
    const { root, existingTests } = this.triage;
    const folders = [...new Set([this.support, this.folder])];
    const top = path.join(root, this.folder.split('/')[0] ?? '');
    const hasOwn = existsSync(path.join(top, '__init__.py'));
    if (existingTests.value.length && existsSync(top) && !hasOwn) return [];
    return folders.map((folder) => ({ path: `${folder}/__init__.py`, text: '', ownership: 'seeded', cases: [] }));
  }

  private environment(view: HarnessView): RenderedFile {
    const { environment } = this.plan.harness;
    const given = Object.entries(environment).filter(
      ([name]) => name !== 'NODE_ENV' && JSON.stringify(name) !== view.temporary?.variable,
    );
    return dotenv(Object.fromEntries(given));
  }
}

const text_ = (names: string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
