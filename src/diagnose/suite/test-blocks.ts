import { ts } from 'ts-morph';
import { isFunction, literalText, type Source } from './source.js';

/** One `test(…)`. */
export interface TestBlock {
  title: string;
  /** Titles of the describes around it, outermost first. */
  ancestors: string[];
  node: ts.CallExpression;
  body: ts.FunctionLikeDeclaration;
  scope: ts.Node;
}

export interface HookBlock {
  kind: 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach';
  node: ts.CallExpression;
  /** Absent where a function is passed by name. */
  body?: ts.FunctionLikeDeclaration;
  /** The describe's function that it stands in, or the file. */
  scope: ts.Node;
}

export interface Blocks {
  tests: TestBlock[];
  hooks: HookBlock[];
}

const hookKinds: Record<string, HookBlock['kind']> = {
  beforeAll: 'beforeAll',
  before: 'beforeAll',
  afterAll: 'afterAll',
  after: 'afterAll',
  beforeEach: 'beforeEach',
  afterEach: 'afterEach',
};

/** The tests and hooks of a file, in the order in which they stand. */
export function blocksOf(source: Source): Blocks {
  const blocks: Blocks = { tests: [], hooks: [] };
  visit(source.tree, [], source.tree, source, blocks);
  return blocks;
}

function visit(node: ts.Node, ancestors: string[], scope: ts.Node, source: Source, blocks: Blocks): void {
  if (!ts.isCallExpression(node)) {
    ts.forEachChild(node, (child) => visit(child, ancestors, scope, source, blocks));
    return;
  }
  const name = rootName(node.expression);
  const body = node.arguments.findLast((one): one is ts.ArrowFunction | ts.FunctionExpression => isFunction(one));
  const title = titleOf(node, source);
  if (/^[fx]?(describe|context|suite)$/.test(name) && body) {
    ts.forEachChild(body, (child) => visit(child, [...ancestors, title], body, source, blocks));
    return;
  }
  if (/^[fx]?(test|it|specify)$/.test(name) && body && node.arguments.length > 1) {
    blocks.tests.push({ title, ancestors, node, body, scope });
    return;
  }
  const kind = ts.isIdentifier(node.expression) ? hookKinds[node.expression.text] : undefined;
  if (kind && node.arguments.length) {
    blocks.hooks.push({ kind, node, scope, ...(body ? { body } : {}) });
    return;
  }
  ts.forEachChild(node, (child) => visit(child, ancestors, scope, source, blocks));
}

/** `test` of `test.each([…])(…)` and of `test.only`. */
function rootName(callee: ts.Expression): string {
  let inner = callee;
  while (ts.isPropertyAccessExpression(inner) || ts.isCallExpression(inner) || ts.isTaggedTemplateExpression(inner))
    inner = ts.isTaggedTemplateExpression(inner) ? inner.tag : inner.expression;
  return ts.isIdentifier(inner) ? inner.text : '';
}

function titleOf(node: ts.CallExpression, source: Source): string {
  const [first] = node.arguments;
  return first ? (literalText(first) ?? source.textOf(first)) : '';
}

/** `file › describe › test`. */
export const testName = (file: string, test: Pick<TestBlock, 'ancestors' | 'title'>): string =>
  [file, ...test.ancestors, test.title].join(' › ');
