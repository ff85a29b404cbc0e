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
  /** Packages that are imported and not mocked. */
  packages: Set<string>;
  mocked: Set<string>;
}

/** Finds the source behind an import, or undefined for a package. */
export type Resolve = (specifier: string, from: string) => Source | undefined;

export function reachOf(entries: Source[], resolve: Resolve, mockedPackages: Set<string>): Reach {
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
  const { calls, owners } = executed(sources, resolve);
  return { sources, calls, owners, packages, mocked };
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

/** From the top level of each file, follows calls to functions of the project by name. */
function executed(sources: Set<Source>, resolve: Resolve): { calls: Call[]; owners: Set<Owner> } {
  const byOwner = new Map<Owner, Call[]>();
  for (const source of sources)
    for (const call of source.calls) byOwner.set(call.owner, [...(byOwner.get(call.owner) ?? []), call]);
  const anywhere = new Map<string, ts.FunctionLikeDeclaration[]>();
  for (const source of sources)
    for (const [name, functions] of source.functions) anywhere.set(name, [...(anywhere.get(name) ?? []), ...functions]);
  const owners = new Set<Owner>();
  const calls: Call[] = [];
  const queue: Owner[] = [...sources].map((source) => source.tree);
  for (let owner = queue.pop(); owner; owner = queue.pop()) {
    if (owners.has(owner)) continue;
    owners.add(owner);
    for (const call of byOwner.get(owner) ?? []) {
      calls.push(call);
      if (!call.guarded) queue.push(...targetsOf(call, sources, resolve, anywhere));
    }
  }
  return { calls, owners };
}

function targetsOf(
  call: Call,
  sources: Set<Source>,
  resolve: Resolve,
  anywhere: Map<string, ts.FunctionLikeDeclaration[]>,
): Owner[] {
  const { source, node, name, receiver } = call;
  const named = (local: string): Owner[] => {
    const own = source.functions.get(local);
    if (own) return own;
    const binding = source.bindings.get(local);
    const target = binding && resolve(binding.specifier, source.file);
    if (!target || !sources.has(target)) return [];
    return target.functions.get(binding.name) ?? target.functions.get(local) ?? anywhere.get(binding.name) ?? [];
  };
  const handed = waits(call)
    ? []
    : (node.arguments ?? []).flatMap((one) => {
        const inner = unwrapped(one);
        return ts.isIdentifier(inner)
          ? named(inner.text)
          : ts.isPropertyAccessExpression(inner)
            ? (anywhere.get(inner.name.text) ?? [])
            : [];
      });
  if (!receiver) return [...named(name), ...handed];
  const binding = ts.isIdentifier(receiver) ? source.bindings.get(receiver.text) : undefined;
  if (binding && !resolve(binding.specifier, source.file)) return handed;
  return [...(anywhere.get(name) ?? []), ...handed];
}

/** Handlers of signals are not executed by a test. */
const waits = ({ receiver, name }: Call): boolean =>
  receiver?.getText() === 'process' && /^(on|once|addListener)$/.test(name);

/** The nearest function around a node that satisfies the test. */
export function enclosing(node: ts.Node, test: (node: ts.Node) => boolean): ts.Node | undefined {
  for (let up: ts.Node | undefined = node.parent as ts.Node | undefined; up; up = up.parent as ts.Node | undefined)
    if (test(up)) return up;
  return undefined;
}

export const isInside = (node: ts.Node, outer: ts.Node): boolean =>
  node.pos >= outer.pos && node.end <= outer.end && node.getSourceFile() === outer.getSourceFile();

export const enclosingFunction = (node: ts.Node): ts.Node | undefined => enclosing(node, isFunction);
