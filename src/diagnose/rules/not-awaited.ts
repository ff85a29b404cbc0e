import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { originOf } from '../suite/origin.js';
import { isInside } from '../suite/reach.js';
import { isFunction, type Source } from '../suite/source.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { type TestBlock, testName } from '../suite/test-blocks.js';

/** Promises of requests and assertions that nobody waits for. */
export const notAwaited: Rule = {
  symptom: 12,
  find: (suite) => suite.tests.flatMap((test) => test.blocks.tests.flatMap((block) => inTest(block, test, suite))),
};

function inTest(block: TestBlock, file: TestFile, suite: NodeSuite): Found[] {
  const { source } = file;
  const found: Found[] = [];
  const done = block.body.parameters[0]?.name.getText();
  const isAsync = block.body.modifiers?.some((one) => one.kind === ts.SyntaxKind.AsyncKeyword) ?? false;
  const report = (node: ts.Node, what: string, why: string, edit: boolean): void => {
    found.push({
      title: `"${block.title}" does not wait for ${what}: it passes whatever comes back.`,
      ...at(source, node),
      evidence: `${source.place(node)}: ${source.textOf(node).replace(/\s+/g, ' ').slice(0, 90)} ${why}.`,
      fix: isAsync ? 'Put await before it.' : 'Make the test async and put await before it.',
      certainty: 'certain',
      victim: testName(file.file, block),
      ...(edit ? { edits: awaiting(node, block, source) } : {}),
    });
  };
  const visit = (node: ts.Node): void => {
    if (isFunction(node) && node !== block.body && !isCallbackThatRuns(node)) return;
    if (ts.isExpressionStatement(node)) {
      const what = dropped(node.expression, file, suite, done);
      if (what !== undefined)
        report(
          node.expression,
          what,
          'is neither awaited nor returned',
          innerFunction(node) === block.body && !/\.end\(/.test(node.getText()),
        );
    }
    if (ts.isCallExpression(node) && isForEachOfPromises(node))
      report(node, 'the callbacks of forEach', 'drops the promises that its callback gives', false);
    ts.forEachChild(node, visit);
  };
  if (block.body.body && ts.isBlock(block.body.body)) visit(block.body);
  return found.slice(0, 3);
}

function innerFunction(node: ts.Node): ts.Node {
  let up = node.parent;
  while (!isFunction(up) && !ts.isSourceFile(up)) up = up.parent;
  return up;
}

/** Functions inside a test that run before it ends, as far as we can tell: those of Promise and of array methods are left out. */
const isCallbackThatRuns = (node: ts.Node): boolean =>
  ts.isCallExpression(node.parent) && /\.(then|forEach)$/.test(node.parent.expression.getText());

/** What a statement's value promises, if it is one that must be waited for. */
function dropped(
  expression: ts.Expression,
  file: TestFile,
  suite: NodeSuite,
  done: string | undefined,
): string | undefined {
  if (!ts.isCallExpression(expression)) return undefined;
  const links = chain(expression);
  const [root] = links;
  if (!root) return undefined;
  const names = links.map(({ name }) => name);
  const waitsForDone = done !== undefined && new RegExp(`\\b${done}\\b`).test(expression.getText());
  if (root.name === 'expect' && root.call && names.some((name) => name === 'resolves' || name === 'rejects'))
    return waitsForDone ? undefined : 'an assertion on a promise';
  if (waitsForDone || (names.includes('end') && done !== undefined)) return undefined;
  if (isRequest(root.node, links, file, suite)) return 'its request';
  return undefined;
}

interface Link {
  name: string;
  node: ts.Expression;
  call: boolean;
}

/** `request(app).get('/x').expect(200)`, from its root. */
function chain(node: ts.Expression): Link[] {
  if (ts.isCallExpression(node)) {
    if (ts.isIdentifier(node.expression)) return [{ name: node.expression.text, node, call: true }];
    const inner = chain(node.expression);
    const last = inner.at(-1);
    if (last) last.call = true;
    return inner;
  }
  if (ts.isPropertyAccessExpression(node))
    return [...chain(node.expression), { name: node.name.text, node, call: false }];
  return ts.isIdentifier(node) ? [{ name: node.text, node, call: false }] : [];
}

const verbs = /^(get|post|put|patch|delete|del|head|options)$/;

function isRequest(root: ts.Expression, links: Link[], file: TestFile, suite: NodeSuite): boolean {
  const second = links[1];
  if (!second?.call) return false;
  const origin = originOf(root, file.source, suite.resolve);
  if (origin?.module === 'supertest' && origin.node !== undefined) return verbs.test(second.name);
  if (second.name === 'inject' && links.length === 2) {
    const [argument] = (second.node.parent as ts.CallExpression).arguments;
    return (
      origin?.module === 'fastify' ||
      (argument !== undefined && ts.isObjectLiteralExpression(argument) && /\burl\b/.test(argument.getText()))
    );
  }
  return false;
}

const isForEachOfPromises = (node: ts.CallExpression): boolean => {
  const [callback] = node.arguments;
  return (
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'forEach' &&
    callback !== undefined &&
    (ts.isArrowFunction(callback) || ts.isFunctionExpression(callback)) &&
    (callback.modifiers?.some((one) => one.kind === ts.SyntaxKind.AsyncKeyword) ?? false) &&
    /\bexpect\(|\bassert\b/.test(callback.getText())
  );
};

function awaiting(node: ts.Node, block: TestBlock, source: Source): NonNullable<Found['edits']> {
  const isAsync = block.body.modifiers?.some((one) => one.kind === ts.SyntaxKind.AsyncKeyword) ?? false;
  if (block.body.parameters.length || !isInside(node, block.body)) return [];
  const start = node.getStart(source.tree);
  const before = block.body.getStart(source.tree);
  return [
    ...(isAsync ? [] : [{ file: source.file, start: before, end: before, text: 'async ' }]),
    { file: source.file, start, end: start, text: 'await ' },
  ];
}
