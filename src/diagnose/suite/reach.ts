import { ts } from 'ts-morph';
import type { Call, Owner, Source } from './source.js';
import { isFunction, unwrapped } from './source.js';

/** What is executed, or may be, when one test file runs. */
export interface Reach {
  /** The file, its setup files, and all that they import of the project, without what is mocked. */
  sources: Set<Source>;
  /** Calls on executed paths; test bodies, hooks and top levels included. */
  calls: Call[];
  owners: Set<Owner>;
  /** Those of the calls whose way there leaves no doubt. */
  surely: Call[];
  /** Packages that are imported and not mocked. */
  packages: Set<string>;
  mocked: Set<string>;
}

/** Finds the source behind an import, or undefined for a package. */
export type Resolve = (specifier: string, from: string) => Source | undefined;

export function reachOf(entries: Source[], targets: CallTargets, mockedPackages: Set<string>): Reach {
  const { resolve } = targets;
  const mocked = new Set(mockedPackages);
  const mockedSources = new Set<Source>();
  for (const entry of entries)
    for (const specifier of mocksOf(entry)) {
      const target = resolve(specifier, entry.file);
      if (target) mockedSources.add(target);
      else mocked.add(specifier.replace(/^node:/, ''));
    }
  const sources = new Set<Source>();
  const packages = new Set<string>();
  const queue = [...entries];
  for (let source = queue.pop(); source; source = queue.pop()) {
    if (sources.has(source) || mockedSources.has(source)) continue;
    sources.add(source);
    for (const { specifier } of source.specifiers) {
      const target = resolve(specifier, source.file);
      if (target) queue.push(target);
      else if (!specifier.startsWith('.') && !mocked.has(specifier)) packages.add(specifier);
    }
  }
  const { calls, owners } = executed(sources, targets.likely);
  return { sources, calls, owners, surely: executed(sources, targets.certain).calls, packages, mocked };
}

/** Specifiers of `jest.mock('…')` and `vi.mock('…')`. */
function mocksOf(source: Source): string[] {
  return source.calls.flatMap(({ name, node, receiver }) => {
    if (
      !/^(mock|doMock|unstable_mockModule|setMock)$/.test(name) ||
      !receiver ||
      !/^(jest|vi|vitest)$/.test(receiver.getText())
    )
      return [];
    const [first] = node.arguments ?? [];
    if (!first) return [];
    if (ts.isStringLiteralLike(first)) return [first.text];
    // vi.mock(import('./mailer.js'))
    return ts.isCallExpression(first) && first.arguments[0] && ts.isStringLiteralLike(first.arguments[0])
      ? [first.arguments[0].text]
      : [];
  });
}

/** From the top level of each file, follows calls to functions of the project. */
function executed(sources: Set<Source>, targetsOf: (call: Call) => Target[]): { calls: Call[]; owners: Set<Owner> } {
  const owners = new Set<Owner>();
  const calls: Call[] = [];
  const queue: Target[] = [...sources].map((source) => ({ owner: source.tree, source }));
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (owners.has(next.owner)) continue;
    owners.add(next.owner);
    for (const call of next.source.callsOf(next.owner)) {
      calls.push(call);
      if (!call.guarded) for (const target of targetsOf(call)) if (sources.has(target.source)) queue.push(target);
    }
  }
  return { calls, owners };
}

interface Target {
  owner: Owner;
  source: Source;
}

/** Which functions of the project a call may mean; worked out once for each call. */
export class CallTargets {
  private readonly byName = new Map<string, Target[]>();
  private readonly known = new Set<Source>();
  private readonly loose = new Map<Call, Target[]>();
  private readonly strict = new Map<Call, Target[]>();

  constructor(readonly resolve: Resolve) {}

  /** Makes the functions of files known by their names, and those of all that they import. Before anything is asked. */
  add(entries: Source[]): void {
    const queue = [...entries];
    for (let source = queue.pop(); source; source = queue.pop()) {
      if (this.known.has(source)) continue;
      this.known.add(source);
      this.addFunctions(source);
      for (const { specifier } of source.specifiers) {
        const target = this.resolve(specifier, source.file);
        if (target) queue.push(target);
      }
    }
  }

  private addFunctions(source: Source): void {
    for (const [name, functions] of source.functions) {
      const list = this.byName.get(name) ?? [];
      for (const owner of functions) list.push({ owner, source });
      this.byName.set(name, list);
    }
  }

  /** By name: a method call may mean any function of that name. For saying what is closed. */
  readonly likely = (call: Call): Target[] =>
    cached(this.loose, call, () => this.targets(call, (name) => this.byName.get(name) ?? []));

  /** By what names stand for alone. For saying what is opened. */
  readonly certain = (call: Call): Target[] => cached(this.strict, call, () => this.targets(call, undefined));

  private targets(call: Call, anywhere: ((name: string) => Target[]) | undefined): Target[] {
    const { source, node, name, receiver } = call;
    const handed = waits(call)
      ? []
      : (node.arguments ?? []).flatMap((one) => {
          const inner = unwrapped(one);
          if (ts.isIdentifier(inner)) return this.named(inner.text, source);
          if (!ts.isPropertyAccessExpression(inner)) return [];
          return anywhere?.(inner.name.text) ?? this.method(inner.expression, inner.name.text, source);
        });
    if (!receiver) return [...this.named(name, source), ...handed];
    const binding = ts.isIdentifier(receiver) ? source.bindings.get(receiver.text) : undefined;
    if (binding && !this.resolve(binding.specifier, source.file)) return handed;
    return [...(anywhere?.(name) ?? this.method(receiver, name, source)), ...handed];
  }

  /** A function by a local name: of the file, or imported (through a file that exports it again, where the name is the only one). */
  private named(local: string, source: Source): Target[] {
    const own = source.functions.get(local);
    if (own) return own.map((owner) => ({ owner, source }));
    const binding = source.bindings.get(local);
    const home = binding && this.resolve(binding.specifier, source.file);
    if (!binding || !home) return [];
    const there = home.functions.get(binding.name) ?? home.functions.get(local);
    if (there) return there.map((owner) => ({ owner, source: home }));
    const elsewhere = this.byName.get(binding.name) ?? [];
    return elsewhere.length === 1 ? elsewhere : [];
  }

  /** A method of `this`, of an imported module, or of what a local variable was made by. */
  private method(receiver: ts.Expression, name: string, source: Source): Target[] {
    const home = this.homeOf(unwrapped(receiver), source);
    return (home?.functions.get(name) ?? []).map((owner) => ({ owner, source: home ?? source }));
  }

  private homeOf(receiver: ts.Expression, source: Source): Source | undefined {
    if (receiver.kind === ts.SyntaxKind.ThisKeyword) return source;
    if (ts.isNewExpression(receiver) && ts.isIdentifier(receiver.expression))
      return this.named(receiver.expression.text, source)[0]?.source;
    if (!ts.isIdentifier(receiver)) return undefined;
    const binding = source.bindings.get(receiver.text);
    if (binding) return this.resolve(binding.specifier, source.file);
    const made = source.variables.get(receiver.text)?.[0]?.initializer;
    const inner = made && unwrapped(made);
    if (!inner || !(ts.isNewExpression(inner) || ts.isCallExpression(inner)) || !ts.isIdentifier(inner.expression))
      return undefined;
    return this.named(inner.expression.text, source)[0]?.source;
  }
}

function cached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Handlers of signals are not executed by a test. */
const waits = ({ receiver, name }: Call): boolean =>
  /^(on|once|addListener)$/.test(name) && receiver?.getText() === 'process';

/** The nearest function around a node that satisfies the test. */
export function enclosing(node: ts.Node, test: (node: ts.Node) => boolean): ts.Node | undefined {
  for (let up: ts.Node | undefined = node.parent as ts.Node | undefined; up; up = up.parent as ts.Node | undefined)
    if (test(up)) return up;
  return undefined;
}

export const isInside = (node: ts.Node, outer: ts.Node): boolean =>
  node.pos >= outer.pos && node.end <= outer.end && node.getSourceFile() === outer.getSourceFile();

export const enclosingFunction = (node: ts.Node): ts.Node | undefined => enclosing(node, isFunction);
