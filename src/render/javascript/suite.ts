import path from 'node:path';
import type { RenderedFile, Store, TestPlan, Triage } from '../../model/index.js';
import { dotenv } from '../dotenv.js';
import { print } from '../handlebars.js';
import { configuration, environmentParser, importersEnvironment, withoutNodePrefix } from './configuration.js';
import { deliveryViews } from './sinks.js';
import { databaseFile, databaseObject, databaseStores, databaseView, importDriver } from './database.js';
import { Uses } from './expressions.js';
import { format, withoutTypes, withoutUnusedTypes } from './format.js';
import { harnessView, type HarnessView } from './harness.js';
import { dynamicImports, importLines, Imports, writesRequire } from './imports.js';
import { text } from './literals.js';
import { requiredModules } from './required-modules.js';
import { type CallerView, callerViews, factoryViews, keysAreNumbers } from './support.js';
import type { Target } from './target.js';
import { type FileView, testFiles } from './tests.js';
import type { HarnessUses } from './harness-uses.js';

const clientPartials = ['caller', 'start', 'members', 'stop'];

/** The files of one suite: tests, the harness that they share, and configuration. */
export class Suite {
  private readonly folder: string;
  private readonly typescript: boolean;
  private readonly commonjs: boolean;

  constructor(
    private readonly plan: TestPlan,
    private readonly triage: Triage,
    private readonly target: Target,
    /** Unit tests have a folder beside: configuration and scripts know both layers. */
    private readonly layered = false,
  ) {
    this.folder = plan.cases[0] ? path.posix.dirname(plan.cases[0].file) : triage.testFolder.value;
    this.typescript = triage.language.value === 'typescript';
    this.commonjs = writesRequire(triage);
  }

  async files(): Promise<RenderedFile[]> {
    const tests = testFiles(this.plan, this.triage.style.value.testFunction, this.target);
    const factories = new Set(tests.flatMap((file) => [...file.uses.factories]));
    const callers = new Set(tests.flatMap((file) => [...file.uses.callers]));
    const harnessUses = new Set(tests.flatMap((file) => [...file.uses.harness]));
    const callerUses = new Uses(this.target.client);
    const callerList = callerViews(this.plan, callers, callerUses);
    for (const name of callerUses.factories) factories.add(name);
    const rendered = tests.map((file) => ({
      path: file.path,
      text: this.test(file),
      ownership: 'managed' as const,
      cases: file.cases,
    }));
    const code = rendered.map((file) => file.text).join('\n') + JSON.stringify(callerList);
    const outside = this.outside(code);
    const all: RenderedFile[] = [
      ...rendered,
      this.support('environment', this.environment()),
      ...(this.target.runner.hasSupport ? [this.support('runner', this.runner())] : []),
      ...(outside === undefined ? [] : [this.support('outside', outside)]),
      ...this.databases(code),
      this.support('harness', this.harness(harnessUses, code)),
      ...(factories.size ? [this.support('factories', this.factories(factories))] : []),
      ...(callerList.length ? [this.support('callers', this.callers(callerList, callerUses))] : []),
    ];
    const formatted = await Promise.all(all.map(async (file) => ({ ...file, text: await this.finish(file) })));
    return [
      ...formatted,
      dotenv({ ...this.plan.harness.environment, ...importersEnvironment(this.triage) }),
      ...(await configuration(this.triage, this.target, this.folder, this.layered)),
    ];
  }

  private async finish(file: RenderedFile): Promise<string> {
    const typed = this.typescript ? file.text : withoutTypes(file.text);
    const code = withoutNodePrefix(this.triage) ? typed.replace(/(['"])node:(?=[\w/]+\1)/g, '$1') : typed;
    return format(code, file.path, this.triage);
  }

  private support(name: string, code: string): RenderedFile {
    return { path: this.supportPath(name), text: code, ownership: 'seeded', cases: [] };
  }

  private supportPath(name: string): string {
    return `${this.folder}/support/${name}.${this.typescript ? 'ts' : 'js'}`;
  }

  private imports(inSupport: boolean): Imports {
    return new Imports(this.triage, inSupport ? `${this.folder}/support` : this.folder);
  }

  private view(imports: Imports, more: object): object {
    return {
      importLines: importLines(imports.list(), this.commonjs),
      commonjs: this.commonjs,
      typescript: this.typescript,
      ...more,
    };
  }

  private harnessView(used: Set<string>, code: string): HarnessView {
    return harnessView(this.plan, this.triage, this.target, `${this.folder}/support`, used, code);
  }

  private test(file: FileView): string {
    const imports = this.imports(false);
    const { runner } = this.target;
    const reloads = this.plan.harness.fresh === 'process';
    const { resets } = this.harnessView(new Set(), '');
    const { afterAll, afterEach, beforeAll, beforeEach } = runner.hooks;
    runner.imports(imports, this.triage, {
      hooks: reloads ? [afterEach, beforeEach] : [afterAll, beforeAll, ...(resets ? [beforeEach] : [])],
      functions: ['describe', 'expect', runner.testFunction ?? this.triage.style.value.testFunction],
      support: imports.specifier(this.supportPath('runner')),
    });
    imports.named(imports.specifier(this.supportPath('harness')), 'startService', ...file.uses.harness);
    if (this.typescript) imports.named(imports.specifier(this.supportPath('harness')), 'type Service');
    if (file.uses.callers.size) imports.named(imports.specifier(this.supportPath('callers')), 'signIn');
    if (file.uses.factories.size)
      imports.named(imports.specifier(this.supportPath('factories')), ...file.uses.factories);
    const { hooks } = runner;
    return print('javascript', 'test', this.view(imports, { operations: file.operations, reloads, resets, hooks }));
  }

  private environment(): string {
    const imports = this.imports(true);
    imports.named('node:fs', 'existsSync', 'readFileSync');
    imports.named(...environmentParser(this.triage));
    const { runner } = this.target;
    const trails = runner.requireFromNode ? requiredModules(this.triage) : [];
    if (trails.length) {
      imports.whole('node:module', 'Module');
      imports.whole('node:path', 'path');
    }
    const modules = trails.map((trail) => `[${trail.map(text).join(', ')}]`).join(', ');
    const required = trails.length ? runner.requireFromNode?.(imports, this.triage, 'file') : undefined;
    return print('javascript', 'environment', this.view(imports, { modules, required }));
  }

  /** What makes the runner's own functions those that tests are written with. */
  private runner(): string {
    return print(
      this.target.runner.templates,
      'runner',
      this.view(this.imports(true), { exported: 'after, afterEach, before, beforeEach, describe, test' }),
    );
  }

  private harness(used: Set<string>, code: string): string {
    const view = this.harnessView(used, code);
    const fakes = view.appCode.includes('recorder(');
    const exported = [
      'startService',
      'succeeded',
      ...(view.uses.patterns ? ['patterns'] : []),
      ...(view.uses.nullOr ? ['nullOr'] : []),
      ...(view.uses.failing ? ['failing'] : []),
      ...(view.uses.fromNow ? ['fromNow'] : []),
      'Caller',
    ].join(', ');
    const numeric = keysAreNumbers(this.plan);
    const own = (name: string): string => this.imports(true).specifier(this.supportPath(name));
    const outsideNames = [
      ...(view.deliveries
        ? [
            ...(view.deliveries.replaced && view.reloads ? ['replaceDeliveries'] : []),
            'calls',
            ...(view.spies.length || view.appSpies.length ? ['copyOf'] : []),
            ...(this.typescript ? ['type Call'] : []),
          ]
        : []),
      ...(view.captures ? [view.fastify ? 'startedApp' : 'startedServer'] : []),
    ];
    const outside = outsideNames.length ? [{ names: outsideNames, from: own('outside') }] : [];
    const databases = databaseStores(this.plan.harness)
      .filter((store) => view.databases.some(({ name }) => name === databaseObject(store)))
      .map((store) => ({ names: [databaseObject(store)], from: own(databaseFile(store)) }));
    const before = [{ names: [], from: own('environment') }, ...databases, ...outside];
    const printed = print('javascript', 'harness', {
      ...view,
      importLines: importLines([...before, ...view.imports], this.commonjs),
      partials: Object.fromEntries(clientPartials.map((name) => [name, `${this.target.client.templates}/${name}`])),
      fakes,
      overPort: this.target.client.overPort,
      watches: view.spies.length > 0 || view.appSpies.length > 0,
      records: fakes || view.spies.length > 0 || view.appSpies.length > 0 || view.hosts.length > 0 || !!view.deliveries,
      ownCalls:
        (fakes || view.spies.length > 0 || view.appSpies.length > 0 || view.hosts.length > 0) && !view.deliveries,
      rows: view.reads.length > 0,
      writes: view.inserts.length > 0,
      sub: true,
      idType: numeric ? 'number' : 'string',
      noId: numeric ? '0' : "''",
      commonjs: this.commonjs,
      exported,
    });
    return withoutUnusedTypes(printed);
  }

  /** The suite's own connections to the service's databases, which the service is made to use. */
  private databases(code: string): RenderedFile[] {
    const { databases, uses } = this.harnessView(new Set(), code);
    return databaseStores(this.plan.harness).flatMap((store) => {
      const lines = databases.find(({ name }) => name === databaseObject(store));
      return lines ? [this.support(databaseFile(store), this.database(store, lines.started !== undefined, uses))] : [];
    });
  }

  private database(store: Store, started: boolean, { insert, alter, remove }: HarnessUses): string {
    const view = databaseView(store, this.triage);
    const imports = this.imports(true);
    importDriver(store, imports, this.typescript);
    if (started) imports.named('node:timers/promises', 'setTimeout');
    const exported = databaseObject(store);
    const files = this.plan.harness.stores.flatMap(({ connection, path: file }) =>
      connection?.kind === 'files' && file !== undefined ? [text(file)] : [],
    );
    return print(
      'javascript',
      view.template,
      this.view(imports, {
        ...view,
        uses: { insert, alter, remove },
        writes: insert || alter || remove,
        started,
        exported,
        paths: files.join(', '),
      }),
    );
  }

  /** What must be in place before the service is imported. */
  private outside(code: string): string | undefined {
    const { deliveries, spies, appSpies, captures, fastify, reloads } = this.harnessView(new Set(), code);
    if (!deliveries && !captures) return undefined;
    const imports = this.imports(true);
    // Modules that are loaded again have their packages replaced again.
    const packages = reloads ? this.imports(true) : imports;
    const made = deliveries && deliveryViews(this.plan.harness, packages);
    const deliveryLoads = reloads ? dynamicImports(packages.list(), this.commonjs) : [];
    const catches = captures ? (fastify ? 'startedApp' : 'startedServer') : undefined;
    if (catches === 'startedServer') imports.named('node:http', 'Server');
    if (catches === 'startedApp') imports.named('node:diagnostics_channel', 'subscribe', 'unsubscribe');
    if (catches === 'startedApp' && this.typescript) imports.named('fastify', 'type FastifyInstance');
    if (captures) imports.named('node:timers/promises', 'setTimeout');
    const exported = [
      ...(made?.replaced && reloads ? ['replaceDeliveries'] : []),
      ...(deliveries ? ['calls', ...(spies.length || appSpies.length ? ['copyOf'] : [])] : []),
      ...(catches ? [catches] : []),
    ].join(', ');
    return print(
      'javascript',
      'outside',
      this.view(imports, {
        deliveries: made && { ...made, loads: deliveryLoads },
        reloads,
        catches: { [catches ?? '']: true },
        records: !!deliveries,
        exported,
      }),
    );
  }

  private factories(used: Set<string>): string {
    const imports = this.imports(true);
    const views = factoryViews(this.plan, used, this.target.client);
    if (views.some((view) => view.request)) {
      imports.named(imports.specifier(this.supportPath('harness')), 'succeeded');
      if (this.typescript) imports.named(imports.specifier(this.supportPath('harness')), 'type Caller');
    }
    const exported = views
      .flatMap((view) => [...(view.input ? [view.input.name] : []), ...(view.request ? [view.request.name] : [])])
      .join(', ');
    const needsFields = this.typescript && views.some(({ input }) => input && input.whole === undefined);
    return print('javascript', 'factories', this.view(imports, { factories: views, exported, needsFields }));
  }

  private callers(callers: CallerView[], uses: Uses): string {
    const imports = this.imports(true);
    if (uses.factories.size) imports.named(imports.specifier(this.supportPath('factories')), ...uses.factories);
    if (this.typescript) imports.named(imports.specifier(this.supportPath('harness')), 'type Service');
    const views = callers.map((caller) => ({ ...caller, apiKey: !caller.claims && !caller.signIn }));
    return print('javascript', 'callers', this.view(imports, { callers: views, exported: 'signIn' }));
  }
}
