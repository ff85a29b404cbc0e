import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RenderedFile, TestPlan, Triage } from '../model/index.js';
import { format, withoutTypes } from './format.js';
import { print } from './handlebars.js';
import { text } from './literals.js';
import type { Target } from './target.js';
import { jestSupertest } from './targets/jest-supertest.js';
import { vitestSupertest } from './targets/vitest-supertest.js';
import { Uses } from './view/expressions.js';
import { harnessView } from './view/harness.js';
import { Imports, type ImportView } from './view/imports.js';
import { inputName } from './view/names.js';
import { callerViews, factoryViews } from './view/support.js';
import { type FileView, testFiles } from './view/tests.js';

/** One line a target. */
const targets: Target[] = [jestSupertest, vitestSupertest];

export const targetOf = (triage: Triage): Target => targets.find((target) => target.matches(triage)) ?? jestSupertest;

/** Exact command that runs the suite, in the service's folder. */
export const testCommand = (triage: Triage): string => targetOf(triage).command(triage);

/** Development dependencies that the service lacks, with ranges. */
export function devDependencies(plan: TestPlan, triage: Triage): Record<string, string> {
  const manifest = readManifest(triage);
  const has = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
  const wanted: Record<string, string> = {
    ...(triage.runnerInstalled.value ? {} : targetOf(triage).dependencies(triage)),
    supertest: '^7.1.4',
  };
  if (triage.language.value === 'typescript') wanted['@types/supertest'] = '^6.0.3';
  if (plan.harness.sinks.some((sink) => sink.sink.kind === 'http')) wanted['nock'] = '^14.0.10';
  if (plan.harness.schemes.some((scheme) => scheme.jwt) && !has.has('jsonwebtoken')) wanted['jsonwebtoken'] = '^9.0.2';
  if (
    triage.runner.value === 'jest' &&
    !has.has('@jest/globals') &&
    (triage.moduleSystem.value === 'esm' || triage.style.value.importsRunner)
  )
    wanted['@jest/globals'] ??= '^30.0.0';
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([name]) => !has.has(name))
      .sort(),
  );
}

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const readManifest = (triage: Triage): Manifest =>
  JSON.parse(readFileSync(path.join(triage.root, 'package.json'), 'utf8')) as Manifest;

/** Plan → files. The same plan gives the same bytes. */
export async function render(plan: TestPlan, triage: Triage): Promise<RenderedFile[]> {
  const renderer = new Renderer(plan, triage);
  return renderer.files();
}

class Renderer {
  private readonly folder: string;
  private readonly extension: string;
  private readonly commonjs: boolean;
  private readonly target: Target;

  constructor(
    private readonly plan: TestPlan,
    private readonly triage: Triage,
  ) {
    this.folder = plan.cases[0] ? path.posix.dirname(plan.cases[0].file) : triage.testFolder.value;
    this.extension = triage.language.value === 'typescript' ? 'ts' : 'js';
    this.commonjs = triage.moduleSystem.value !== 'esm' && triage.language.value !== 'typescript';
    this.target = targetOf(triage);
  }

  async files(): Promise<RenderedFile[]> {
    const tests = testFiles(this.plan, this.triage.style.value.testFunction, this.target.failing);
    const factories = new Set(tests.flatMap((file) => [...file.uses.factories]));
    const callers = new Set(tests.flatMap((file) => [...file.uses.callers]));
    const harnessUses = new Set(tests.flatMap((file) => [...file.uses.harness]));
    const callerUses = new Uses(inputName);
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
      ...(outside === undefined ? [] : [this.support('outside', outside)]),
      this.support('harness', this.harness(harnessUses, code)),
      ...(factories.size ? [this.support('factories', this.factories(factories))] : []),
      ...(callerList.length ? [this.support('callers', this.callers(callerList, callerUses))] : []),
    ];
    const formatted = await Promise.all(all.map(async (file) => ({ ...file, text: await this.finish(file) })));
    return [...formatted, this.environmentFile(), ...(await this.configuration())];
  }

  private async finish(file: RenderedFile): Promise<string> {
    const code = this.extension === 'ts' ? file.text : withoutTypes(file.text);
    return format(code, file.path, this.triage);
  }

  private support(name: string, code: string): RenderedFile {
    return { path: `${this.folder}/support/${name}.${this.extension}`, text: code, ownership: 'seeded', cases: [] };
  }

  private imports(inSupport: boolean): Imports {
    return new Imports(this.triage, inSupport ? `${this.folder}/support` : this.folder);
  }

  private view(imports: Imports, more: object): object {
    return {
      importLines: this.importLines(imports.list()),
      commonjs: this.commonjs,
      typescript: this.extension === 'ts',
      ...more,
    };
  }

  private importLines(list: ImportView[]): string[] {
    return list.flatMap(({ whole, names, from }) => {
      const module = text(from);
      const named = names.length ? `{ ${names.join(', ')} }` : '';
      if (!this.commonjs)
        return [
          whole || named ? `import ${[whole, named].filter(Boolean).join(', ')} from ${module};` : `import ${module};`,
        ];
      const values = names.filter((name) => !name.startsWith('type '));
      if (!whole && !values.length) return [names.length ? '' : `require(${module});`].filter(Boolean);
      return [
        ...(whole ? [`const ${whole} = require(${module});`] : []),
        ...(values.length ? [`const { ${values.join(', ')} } = require(${module});`] : []),
      ];
    });
  }

  private supportPath(name: string): string {
    return `${this.folder}/support/${name}.${this.extension}`;
  }

  private test(file: FileView): string {
    const imports = this.imports(false);
    const { style } = this.triage;
    const reloads = this.plan.harness.fresh === 'process';
    const { resets } = harnessView(this.plan, this.triage, `${this.folder}/support`, new Set(), '');
    if (
      style.value.importsRunner ||
      (this.triage.moduleSystem.value === 'esm' && this.triage.runner.value === 'jest') ||
      this.triage.runner.value === 'vitest'
    )
      imports.named(
        this.target.runnerModule,
        ...(reloads ? ['afterEach', 'beforeEach'] : ['afterAll', 'beforeAll', 'beforeEach']),
        'describe',
        'expect',
        style.value.testFunction,
      );
    imports.named(imports.specifier(this.supportPath('harness')), 'startService', ...file.uses.harness);
    if (this.extension === 'ts') imports.named(imports.specifier(this.supportPath('harness')), 'type Service');
    if (file.uses.callers.size) imports.named(imports.specifier(this.supportPath('callers')), 'signIn');
    if (file.uses.factories.size)
      imports.named(imports.specifier(this.supportPath('factories')), ...file.uses.factories);
    return print('javascript', 'test', this.view(imports, { operations: file.operations, reloads, resets }));
  }

  private environment(): string {
    const imports = this.imports(true);
    imports.named('node:fs', 'readFileSync');
    imports.named('node:util', 'parseEnv');
    return print('javascript', 'environment', this.view(imports, {}));
  }

  private harness(used: Set<string>, code: string): string {
    const folder = `${this.folder}/support`;
    const view = harnessView(this.plan, this.triage, folder, used, code);
    const fakes = view.appCode.includes('recorder(');
    const exported = [
      'startService',
      'succeeded',
      ...(view.uses.patterns ? ['patterns'] : []),
      ...(view.uses.nullOr ? ['nullOr'] : []),
      ...(view.uses.fromNow ? ['fromNow'] : []),
      'Caller',
    ].join(', ');
    const numeric = this.plan.harness.entities.some(
      (entity) => entity.key !== undefined && entity.columns[entity.key]?.schema.type === 'integer',
    );
    const own = (name: string): string => new Imports(this.triage, folder).specifier(this.supportPath(name));
    const outsideNames = [
      ...(view.mailers.length ? ['calls', ...(this.extension === 'ts' ? ['type Call'] : [])] : []),
      ...(view.captures ? ['startedServer'] : []),
    ];
    const outside = outsideNames.length ? [{ names: outsideNames, from: own('outside') }] : [];
    const importLines = this.importLines([{ names: [], from: own('environment') }, ...outside, ...view.imports]);
    return print('javascript', 'harness', {
      ...view,
      importLines,
      fakes,
      records: fakes || view.spies.length > 0 || view.hosts.length > 0 || view.mailers.length > 0,
      ownCalls: (fakes || view.spies.length > 0 || view.hosts.length > 0) && !view.mailers.length,
      rows: view.reads.length > 0,
      writes: view.inserts.length > 0,
      sub: true,
      idType: numeric ? 'number' : 'string',
      noId: numeric ? '0' : "''",
      commonjs: this.commonjs,
      exported,
    });
  }

  /** What must be in place before the service is imported. */
  private outside(code: string): string | undefined {
    const { mailers, captures } = harnessView(this.plan, this.triage, `${this.folder}/support`, new Set(), code);
    if (!mailers.length && !captures) return undefined;
    const imports = this.imports(true);
    if (mailers.length) imports.whole('nodemailer', 'nodemailer');
    if (captures) imports.named('node:http', 'Server');
    if (captures) imports.named('node:timers/promises', 'setTimeout');
    const exported = [...(mailers.length ? ['calls'] : []), ...(captures ? ['startedServer'] : [])].join(', ');
    return print(
      'javascript',
      'outside',
      this.view(imports, { mailers, captures, records: mailers.length > 0, exported }),
    );
  }

  private factories(used: Set<string>): string {
    const imports = this.imports(true);
    const views = factoryViews(this.plan, used);
    if (views.some((view) => view.request)) {
      imports.named(imports.specifier(this.supportPath('harness')), 'succeeded');
      if (this.extension === 'ts') imports.named(imports.specifier(this.supportPath('harness')), 'type Caller');
    }
    const exported = views
      .flatMap((view) => [...(view.input ? [view.input.name] : []), ...(view.request ? [view.request.name] : [])])
      .join(', ');
    return print(
      'javascript',
      'factories',
      this.view(imports, {
        factories: views,
        exported,
        needsFields: this.extension === 'ts' && views.some((view) => view.input),
      }),
    );
  }

  private callers(callers: ReturnType<typeof callerViews>, uses: Uses): string {
    const imports = this.imports(true);
    if (uses.factories.size) imports.named(imports.specifier(this.supportPath('factories')), ...uses.factories);
    if (this.extension === 'ts') imports.named(imports.specifier(this.supportPath('harness')), 'type Service');
    const views = callers.map((caller) => ({ ...caller, apiKey: !caller.claims && !caller.signIn }));
    return print('javascript', 'callers', this.view(imports, { callers: views, exported: 'signIn' }));
  }

  private environmentFile(): RenderedFile {
    const lines = Object.entries(this.plan.harness.environment).map(
      ([name, value]) => `${name}=${/[\s#"'\\]/.test(value) ? JSON.stringify(value) : value}`,
    );
    return { path: '.env.test', text: `${lines.join('\n')}\n`, ownership: 'seeded', cases: [] };
  }

  /** Runner configuration where none exists. */
  private async configuration(): Promise<RenderedFile[]> {
    const { triage } = this;
    const existing = [
      'jest.config.js',
      'jest.config.ts',
      'jest.config.mjs',
      'jest.config.cjs',
      'jest.config.json',
      'vitest.config.ts',
      'vitest.config.js',
      'vitest.config.mts',
      'vitest.config.mjs',
      'vite.config.ts',
      'vite.config.js',
      'vite.config.mts',
    ];
    const own = this.target.configFile(triage);
    const manifest = readManifest(triage) as Manifest & { jest?: unknown };
    const foreign = existing.filter(
      (file) =>
        file !== own &&
        file.startsWith(triage.runner.value === 'vitest' ? 'vite' : 'jest') &&
        existsSync(path.join(triage.root, file)),
    );
    const settled = triage.runnerInstalled.value && triage.existingTests.value.length > 0;
    if (settled || foreign.length || (triage.runner.value === 'jest' && manifest.jest)) return this.script(manifest);
    const esm = triage.moduleSystem.value === 'esm';
    const code = print(this.target.templates, 'config', {
      esm,
      commonjs: !esm,
      typescript: this.extension === 'ts',
      testFolder: this.folder,
      suffix: triage.testSuffix.value,
      decorators: false,
    });
    return [
      { path: own, text: await format(code, own, triage), ownership: 'seeded', cases: [] },
      ...this.script(manifest),
    ];
  }

  /** `npm test`, where there is none. */
  private script(manifest: Manifest): RenderedFile[] {
    const known = manifest.scripts?.['test'];
    if (known !== undefined) return [];
    const before = readFileSync(path.join(this.triage.root, 'package.json'), 'utf8');
    const indent = /^([ \t]+)"/m.exec(before)?.[1] ?? '  ';
    const command = this.target.command(this.triage).replace(/^npx /, '');
    const after = JSON.stringify({ ...manifest, scripts: { ...manifest.scripts, test: command } }, null, indent);
    return [
      { path: 'package.json', text: before.endsWith('\n') ? `${after}\n` : after, ownership: 'seeded', cases: [] },
    ];
  }
}
