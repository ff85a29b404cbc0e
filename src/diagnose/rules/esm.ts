import { readFileSync } from 'node:fs';
import path from 'node:path';
import { existsSync } from 'node:fs';
import { ts } from 'ts-morph';
import { installed, isModule, packageName, requiredFile, resolved } from '../packages.js';
import { at, type Found, type Rule } from '../rule.js';
import type { Source } from '../suite/source.js';
import { isRecord } from '../suite/static-value.js';
import type { NodeSuite } from '../suite/suite.js';

/** ES modules where Jest reads CommonJS. */
export const esm: Rule = {
  symptom: 13,
  find(suite) {
    if (
      suite.runner !== 'jest' ||
      suite.settings.flag(/experimental-vm-modules/) ||
      suite.settings.strings('extensionsToTreatAsEsm').length
    )
      return [];
    return [...untransformed(suite), ...packages(suite)].slice(0, 5);
  },
};

/** Does the transform make CommonJS of the suite's own files? */
function transforms(suite: NodeSuite, file: string): boolean {
  const { settings, root } = suite;
  if (settings.open || settings.node('preset') !== undefined) return true;
  const transform = settings.value('transform');
  if (settings.node('transform') !== undefined && !isRecord(transform)) return true;
  if (isRecord(transform) && (transform.open || transform.fields.size > 0)) return true;
  const babel = [
    'babel.config.js',
    'babel.config.cjs',
    'babel.config.mjs',
    'babel.config.json',
    'babel.config.ts',
    '.babelrc',
    '.babelrc.js',
    '.babelrc.cjs',
    '.babelrc.json',
  ];
  if (babel.some((name) => existsSync(path.join(root, name)))) return settings.node('transform') === undefined;
  return (
    existsSync(path.join(root, 'package.json')) &&
    /"babel"\s*:/.test(readFileSync(path.join(root, 'package.json'), 'utf8')) &&
    !/\.tsx?$/.test(file)
  );
}

function untransformed(suite: NodeSuite): Found[] {
  for (const { source } of suite.tests) {
    const statement = source.tree.statements.find(
      (one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one) || ts.isExportAssignment(one),
    );
    if (!statement || transforms(suite, source.file)) continue;
    const typescript = /\.[cm]?tsx?$/.test(source.file);
    return [
      {
        title: `Jest reads ${source.file} as CommonJS, and nothing transforms it: "Cannot use import statement outside a module".`,
        ...at(source, statement),
        evidence: `${source.place(statement)}: ${source.textOf(statement).split('\n')[0] ?? ''}; the configuration has no transform, there is no Babel configuration, and no script starts Jest with --experimental-vm-modules.`,
        fix: typescript
          ? "Add a transform, for example { '^.+\\\\.tsx?$': '@swc/jest' }, or use Vitest."
          : 'Start Jest with NODE_OPTIONS=--experimental-vm-modules, or add a transform (@swc/jest, babel-jest with a preset), or use Vitest.',
        certainty: 'certain',
      },
    ];
  }
  return [];
}

/** A package that is required, itself or far down, and is an ES module. */
function packages(suite: NodeSuite): Found[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 9)) return [];
  const mapped = suite.settings.value('moduleNameMapper');
  const walk = new RequireWalk(
    suite.root,
    transformed(suite.settings.strings('transformIgnorePatterns'), suite.settings.open),
  );
  const seen = new Set<string>();
  const found: Found[] = [];
  for (const test of suite.tests)
    for (const source of test.reach.sources)
      for (const { specifier, node } of source.specifiers) {
        const name = packageName(specifier);
        if (seen.has(specifier) || specifier.startsWith('.') || !test.reach.packages.has(specifier) || isTypeOnly(node))
          continue;
        seen.add(specifier);
        if (isRecord(mapped) && [...mapped.fields.keys()].some((key) => key.includes(name))) continue;
        if (isDynamic(node)) continue;
        const trail = walk.toEsm(specifier, suite.root);
        if (trail) found.push(foundAt(source, node, trail));
      }
  return found;
}

function foundAt(source: Source, node: ts.Node, trail: string[]): Found {
  const last = trail.at(-1) ?? '';
  return {
    title: `${last} is an ES module, and Jest requires it: "Must use import to load ES Module".`,
    ...at(source, node),
    evidence: `${source.place(node)} loads ${trail.join(' → ')}; its package.json says "type": "module" and offers nothing for require.`,
    fix: `Let Jest transform it (@swc/jest for .js, and transformIgnorePatterns: ['/node_modules/(?!(.*/)?(${last})/)']), or use Vitest; Node 24.9 or newer can require it.`,
    certainty: 'certain',
  };
}

const isTypeOnly = (node: ts.Node): boolean => ts.isImportDeclaration(node) && (node.importClause?.isTypeOnly ?? false);
const isDynamic = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;

/** Which files of packages the configuration has transformed. */
function transformed(patterns: string[], open: boolean): (file: string) => boolean {
  if (open) return () => true;
  if (!patterns.length) return () => false;
  return (file) =>
    !patterns.some((pattern) => {
      try {
        return new RegExp(pattern.replace('<rootDir>', '')).test(file);
      } catch {
        return false;
      }
    });
}

const MOST_FILES = 1500;

/** Follows `require` through packages, until a file is an ES module. */
class RequireWalk {
  private readonly done = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly isTransformed: (file: string) => boolean,
  ) {}

  /** Names of the packages on the way, the last one being the module; undefined where there is none. */
  toEsm(specifier: string, from: string): string[] | undefined {
    const name = packageName(specifier);
    const found = installed(name, from);
    if (!found || !found.folder.startsWith(this.root)) return undefined;
    const file = requiredFile(found, specifier);
    return file === undefined ? undefined : this.file(file, [name]);
  }

  private file(file: string, trail: string[]): string[] | undefined {
    if (this.done.has(file) || this.done.size > MOST_FILES || /\.(json|node)$/.test(file)) return undefined;
    this.done.add(file);
    if (file.endsWith('.mjs') || (file.endsWith('.js') && isModule(file)))
      return this.isTransformed(file) ? undefined : trail;
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
    for (const [, specifier = ''] of text.matchAll(/(?<![.\w])require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      if (isTried(text, specifier)) continue;
      const found = specifier.startsWith('.')
        ? this.relative(file, specifier, trail)
        : this.package(file, specifier, trail);
      if (found) return found;
    }
    return undefined;
  }

  private relative(file: string, specifier: string, trail: string[]): string[] | undefined {
    const target = resolved(path.resolve(path.dirname(file), specifier));
    return target === undefined ? undefined : this.file(target, trail);
  }

  private package(file: string, specifier: string, trail: string[]): string[] | undefined {
    const name = packageName(specifier);
    const found = installed(name, path.dirname(file));
    const target = found && requiredFile(found, specifier);
    return found && target !== undefined ? this.file(target, [...trail, name]) : undefined;
  }
}

/** `try { require('x') } catch …`: it may well be absent. */
const isTried = (text: string, specifier: string): boolean =>
  new RegExp(`try\\s*\\{[^}]{0,200}require\\(\\s*['"]${specifier.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}['"]`).test(
    text,
  );
