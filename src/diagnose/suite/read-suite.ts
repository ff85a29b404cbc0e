import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NodeModules } from '../../inspect/typescript/modules.js';
import { readAliases } from '../../triage/aliases.js';
import { CallTargets, type Resolve } from './reach.js';
import { candidates, type Lists, selected } from './folder.js';
import { readSettings, scriptsOf, type Settings } from './settings.js';
import { Source } from './source.js';
import { type NodeSuite, TestFile } from './suite.js';

type NodeRunner = NodeSuite['runner'];

const starts: Record<NodeRunner, RegExp> = {
  jest: /\bjest\b/,
  vitest: /\bvitest\b/,
  'node:test': /\bnode\b.*\s--test\b|\bborp\b|tsx\b.*\s--test\b/,
};

/** Reads the tests of a folder, one suite a runner; a folder without tests gives none. */
export function readNodeSuites(root: string): NodeSuite[] {
  const manifest = readManifest(root);
  const files = candidates(root).filter((file) => !file.endsWith('.py'));
  if (!manifest || !files.length) return [];
  const project = new Project(root);
  const sources = files.map((file) => project.source(file)).filter((one) => one !== undefined);
  const configured = (['jest', 'vitest'] as const).filter((runner) => isConfigured(root, runner, manifest));
  const [first] = configured;
  const byRunner = new Map<NodeRunner, Source[]>();
  for (const source of sources) {
    const runner = runnerOf(source) ?? first;
    if (runner) byRunner.set(runner, [...(byRunner.get(runner) ?? []), source]);
  }
  return [...byRunner]
    .map(([runner, own]) => suiteOf(root, runner, own, project, manifest))
    .filter((suite) => suite.tests.length);
}

interface Manifest {
  type?: string;
  dependencies: Record<string, string>;
  jest?: unknown;
}

function readManifest(root: string): Manifest | undefined {
  try {
    const read = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Partial<Record<string, unknown>>;
    return {
      ...(typeof read['type'] === 'string' ? { type: read['type'] } : {}),
      ...(read['jest'] === undefined ? {} : { jest: read['jest'] }),
      dependencies: { ...(read['dependencies'] as object), ...(read['devDependencies'] as object) },
    };
  } catch {
    return undefined;
  }
}

function isConfigured(root: string, runner: 'jest' | 'vitest', manifest: Manifest): boolean {
  const names = readdirSync(root);
  const hasFile = names.some((name) => name.startsWith(`${runner}.config.`));
  return (
    hasFile ||
    runner in manifest.dependencies ||
    (runner === 'jest' && manifest.jest !== undefined) ||
    scriptsOf(root, starts[runner]).length > 0
  );
}

/** The runner that a file imports. */
function runnerOf(source: Source): NodeRunner | undefined {
  const names = new Set(source.specifiers.map(({ specifier }) => specifier));
  if (names.has('node:test') || names.has('test')) return 'node:test';
  if (names.has('vitest')) return 'vitest';
  return names.has('@jest/globals') ? 'jest' : undefined;
}

function suiteOf(root: string, runner: NodeRunner, sources: Source[], project: Project, manifest: Manifest): NodeSuite {
  const settings = readSettings(root, runner, scriptsOf(root, starts[runner]));
  const place = (names: string[]): Source[] => names.map((name) => project.at(name)).filter((one) => one !== undefined);
  const afterFramework = place(
    runner === 'jest'
      ? [...settings.strings('setupFilesAfterEnv'), ...settings.strings('setupTestFrameworkScriptFile')]
      : settings.strings('setupFiles'),
  );
  const suite: NodeSuite = {
    root,
    runner,
    settings,
    tests: [],
    setup: [...(runner === 'jest' ? place(settings.strings('setupFiles')) : []), ...afterFramework],
    afterFramework,
    globals: place([...settings.strings('globalSetup'), ...settings.strings('globalTeardown')]),
    resolve: project.resolve,
    targets: project.targets,
    mockedPackages: mockedPackages(root, settings),
    manifest,
    envFiles: envFiles(root),
  };
  const names = sources.map(({ file }) => file);
  const chosen = new Set(listsOf(settings).flatMap((lists) => selected(names, lists)));
  suite.tests = sources
    .filter((source) => chosen.has(source.file))
    .map((source) => new TestFile(source, suite))
    .filter((test) => test.blocks.tests.length);
  suite.targets.add([...suite.setup, ...suite.tests.map(({ source }) => source)]);
  return suite;
}

/** One set of lists for each project of the runner. */
function listsOf(settings: Settings): Lists[] {
  const vitest = settings.runner === 'vitest';
  const keys = ['include', 'exclude', 'testMatch', 'testRegex', 'testPathIgnorePatterns', 'roots'];
  return settings.lists(keys).map((lists) => ({
    include: lists.get(vitest ? 'include' : 'testMatch') ?? [],
    regexes: vitest ? [] : (lists.get('testRegex') ?? []),
    ignoreGlobs: vitest ? (lists.get('exclude') ?? []) : [],
    ignoreRegexes: vitest ? [] : (lists.get('testPathIgnorePatterns') ?? []),
    roots: vitest ? [] : (lists.get('roots') ?? []),
  }));
}

/** Packages that stand-ins replace in every file: root-level `__mocks__`, and names mapped to a file of mocks. */
function mockedPackages(root: string, settings: Settings): Set<string> {
  const folder = path.join(root, '__mocks__');
  const names = existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.[cm]?[jt]sx?$/, '')) : [];
  const mapped = settings.value('moduleNameMapper');
  if (typeof mapped === 'object' && mapped !== null && !Array.isArray(mapped))
    for (const key of mapped.fields.keys()) names.push(key.replace(/^\^|\$$/g, ''));
  return new Set(names);
}

function envFiles(root: string): Map<string, Set<string>> {
  const files = readdirSync(root).filter((name) => name.startsWith('.env'));
  return new Map(
    files.map((name) => [
      name,
      new Set(
        [...readFileSync(path.join(root, name), 'utf8').matchAll(/^\s*(?:export\s+)?([A-Z_a-z]\w*)\s*=/gm)].map(
          ([, key = '']) => key,
        ),
      ),
    ]),
  );
}

/** The files of a folder, each parsed once. */
class Project {
  private readonly parsed = new Map<string, Source | undefined>();
  private readonly modules: NodeModules;
  private readonly resolved = new Map<string, Source | undefined>();

  constructor(private readonly root: string) {
    this.modules = new NodeModules(root, readAliases(root));
  }

  source(file: string): Source | undefined {
    if (!this.parsed.has(file)) this.parsed.set(file, Source.read(this.root, file));
    return this.parsed.get(file);
  }

  /** A file named in the configuration. */
  at(name: string): Source | undefined {
    return this.resolve(`./${name.replace(/^<rootDir>\/?/, '').replace(/^\.\//, '')}`, 'package.json');
  }

  readonly resolve: Resolve = (specifier, from) => {
    const key = `${path.posix.dirname(from)}\0${specifier}`;
    if (!this.resolved.has(key)) {
      const found = this.modules.resolve(specifier, from);
      const own =
        found && 'file' in found && !found.file.includes('node_modules') && !found.file.endsWith('.json')
          ? found.file
          : undefined;
      this.resolved.set(key, own === undefined ? undefined : this.source(own));
    }
    return this.resolved.get(key);
  };

  readonly targets = new CallTargets(this.resolve);
}
