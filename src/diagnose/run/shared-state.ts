import { ts } from 'ts-morph';
import { calledBy } from '../suite/called.js';
import { isInside } from '../suite/reach.js';
import { isFunction, type Source } from '../suite/source.js';
import type { NodeSuite } from '../suite/suite.js';
import { type TestBlock, testName } from '../suite/test-blocks.js';
import type { TestId } from './run-spec.js';

/** What one test changes and another may see: variables, environment, replaced methods, timers. Empty where the text does not show it. */
export function sharedState(polluter: TestId, victim: TestId, suite: NodeSuite): string[] {
  const left = blockOf(polluter, suite);
  const right = blockOf(victim, suite);
  if (!left || !right) return [];
  const changed = changes(left.block, left.source, suite);
  const seen = mentions(right.block, right.source, suite);
  const common = changed.filter((name) => seen.has(name));
  const text = left.source.textOf(left.block.node);
  const environment = [...text.matchAll(/process\.env\.?\[?['"]?(\w+)['"]?\]?\s*=[^=]/g)].map(
    ([, key = '']) => `process.env.${key}`,
  );
  const replaced = [
    ...text.matchAll(/\b(?:spyOn|stubGlobal|mock\.method)\(\s*([\w.]+|'\w+')(?:,\s*['"](\w+)['"])?/g),
  ].map(([, object = '', method]) => (method === undefined ? object : `${object}.${method}`));
  const globals = [...text.matchAll(/\b(?:globalThis|global)\.(\w+)\s*=[^=]/g)].map(
    ([, key = '']) => `globalThis.${key}`,
  );
  const leavesFake = /useFakeTimers\(/.test(text) && !/useRealTimers\(/.test(text);
  const takesFake = /useRealTimers\(/.test(text) && /^\s*(jest|vi)\.useFakeTimers\(/m.test(left.source.text);
  const timers = leavesFake || takesFake ? [`${leavesFake ? 'fake' : 'real'} timers`] : [];
  return [...new Set([...timers, ...environment, ...replaced, ...globals, ...common])].slice(0, 4);
}

function blockOf({ file, label }: TestId, suite: NodeSuite): { block: TestBlock; source: Source } | undefined {
  const test = suite.tests.find((one) => one.file === file);
  const block = test?.blocks.tests.find((one) => testName(file, one) === label);
  return test && block ? { block, source: test.source } : undefined;
}

/** Bodies that run with a test: its own, the hooks of its file, and the functions of the project that they call. */
function bodies(block: TestBlock, source: Source, suite: NodeSuite): { node: ts.Node; source: Source }[] {
  return [{ node: block.body as ts.Node, source }, ...calledBy(block.body, source, suite)];
}

const mutators = /^(push|pop|shift|unshift|splice|set|add|delete|clear|sort|reverse|fill)$/;

/** Variables outside of functions that a test, or what it calls, changes: `name (file:line)`. */
function changes(block: TestBlock, source: Source, suite: NodeSuite): string[] {
  const found: string[] = [];
  for (const body of bodies(block, source, suite))
    walk(body.node, (node) => {
      if (!ts.isIdentifier(node) || !(isChanged(node) || isUsedObject(node, source, body.source))) return;
      const name = outside(node, body.node, body.source, suite);
      if (name !== undefined) found.push(name);
    });
  return [...new Set(found)];
}

/** A method of an object that the test file made outside its tests: it may well change it. */
const isUsedObject = (node: ts.Identifier, own: Source, source: Source): boolean =>
  source === own &&
  !source.bindings.has(node.text) &&
  ts.isPropertyAccessExpression(node.parent) &&
  node.parent.expression === node &&
  ts.isCallExpression(node.parent.parent);

function mentions(block: TestBlock, source: Source, suite: NodeSuite): Set<string> {
  const found = new Set<string>();
  for (const body of bodies(block, source, suite))
    walk(body.node, (node) => {
      const name = ts.isIdentifier(node) ? outside(node, body.node, body.source, suite) : undefined;
      if (name !== undefined) found.add(name);
    });
  return found;
}

function walk(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => walk(child, see));
}

/** `x = …`, `x.a = …`, `x[i] = …`, `x++`, `x.push(…)`, `delete x.a`. */
function isChanged(node: ts.Identifier): boolean {
  let target: ts.Node = node;
  while (
    (ts.isPropertyAccessExpression(target.parent) || ts.isElementAccessExpression(target.parent)) &&
    target.parent.expression === target
  ) {
    if (
      ts.isPropertyAccessExpression(target.parent) &&
      mutators.test(target.parent.name.text) &&
      ts.isCallExpression(target.parent.parent)
    )
      return true;
    target = target.parent;
  }
  const { parent } = target;
  if (ts.isBinaryExpression(parent))
    return (
      parent.left === target &&
      parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment
    );
  return (
    ts.isPostfixUnaryExpression(parent) ||
    ts.isDeleteExpression(parent) ||
    (ts.isPrefixUnaryExpression(parent) && /^(\+\+|--)/.test(parent.getText()))
  );
}

/** The declaration that a name stands for, where it is outside the function that mentions it. */
function outside(node: ts.Identifier, body: ts.Node, source: Source, suite: NodeSuite): string | undefined {
  if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return undefined;
  const own = source.variables.get(node.text)?.find((one) => !isInside(one, body) && !isFunctionInside(one, source));
  if (own) return `${node.text} (${source.place(own)})`;
  const binding = source.bindings.get(node.text);
  const target = binding && suite.resolve(binding.specifier, source.file);
  const [there] = (binding && target?.variables.get(binding.name)) ?? [];
  return there && target ? `${binding?.name ?? node.text} (${target.place(there)})` : undefined;
}

/** Local to some function that is neither a describe nor the file. */
function isFunctionInside(declared: ts.Node, source: Source): boolean {
  for (let up = declared.parent; !ts.isSourceFile(up); up = up.parent)
    if (
      isFunction(up) &&
      !(ts.isCallExpression(up.parent) && /^(describe|suite|context)/.test(up.parent.expression.getText(source.tree)))
    )
      return true;
  return false;
}
