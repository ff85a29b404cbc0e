import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { isInside } from '../suite/reach.js';
import { isFunction, type Source } from '../suite/source.js';
import type { TestFile } from '../suite/suite.js';
import { type TestBlock, testName } from '../suite/test-blocks.js';

/** A variable outside the tests that one test sets and another one reads. */
export const order: Rule = {
  symptom: 7,
  find: (suite) => suite.tests.flatMap((test) => [...handedOn(test), ...environment(test)]),
};

interface Use {
  test: TestBlock;
  node: ts.Identifier;
}

function handedOn(file: TestFile): Found[] {
  const { source, blocks } = file;
  const found: Found[] = [];
  for (const [name, declarations] of source.variables) {
    const [declared] = declarations;
    if (declarations.length !== 1 || !declared || isInTest(declared, blocks.tests) || !isLet(declared)) continue;
    const { writes, reads } = usesOf(name, declared, file);
    const writer = writes[0];
    if (!writer || isResetInHook(name, file)) continue;
    const reader = reads.find(
      (read) =>
        read.test !== writer.test &&
        read.test.node.pos > writer.test.node.pos &&
        !writes.some((write) => write.test === read.test && write.node.pos < read.node.pos),
    );
    if (!reader) continue;
    found.push({
      title: `"${reader.test.title}" needs what "${writer.test.title}" left in ${name}: it fails alone, and in another order.`,
      ...at(source, reader.node),
      evidence: `${source.place(writer.node)} sets ${name} inside one test, ${source.place(reader.node)} reads it in another.`,
      fix: `Arrange ${name} in a beforeEach, or in a helper that each test calls.`,
      certainty: 'certain',
      polluter: testName(file.file, writer.test),
      victim: testName(file.file, reader.test),
    });
  }
  return found.slice(0, 5);
}

const isLet = (node: ts.VariableDeclaration): boolean => (node.parent.flags & ts.NodeFlags.Const) === 0;

const isInTest = (node: ts.Node, tests: TestBlock[]): boolean => tests.some((test) => isInside(node, test.body));

function usesOf(
  name: string,
  declared: ts.VariableDeclaration,
  { source, blocks }: TestFile,
): { writes: Use[]; reads: Use[] } {
  const writes: Use[] = [];
  const reads: Use[] = [];
  const scope = scopeOf(declared);
  const visit = (node: ts.Node, test: TestBlock): void => {
    if (isFunction(node) && node !== test.body && node.parameters.some((one) => one.name.getText() === name)) return;
    if (ts.isIdentifier(node) && node.text === name && isReference(node))
      (isWritten(node) ? writes : reads).push({ test, node });
    ts.forEachChild(node, (child) => visit(child, test));
  };
  for (const test of blocks.tests)
    if (isInside(test.node, scope) && !declaresOwn(name, test.body)) visit(test.body, test);
  void source;
  return { writes, reads };
}

function scopeOf(node: ts.Node): ts.Node {
  let up = node.parent;
  while (!ts.isSourceFile(up) && !isFunction(up)) up = up.parent;
  return up;
}

function declaresOwn(name: string, body: ts.Node): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) || ts.isBindingElement(node) || ts.isParameter(node)) &&
      node.name.getText() === name
    )
      found = true;
    else ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !ts.isTypeReferenceNode(parent) && !ts.isTypeQueryNode(parent);
}

function isWritten(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node)
    return parent.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  // ({ id } = response.body)
  const pattern = ts.isShorthandPropertyAssignment(parent)
    ? parent.parent
    : ts.isPropertyAssignment(parent) && parent.initializer === node
      ? parent.parent
      : undefined;
  return (
    pattern !== undefined &&
    ts.isBinaryExpression(pattern.parent) &&
    pattern.parent.left === pattern &&
    pattern.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

function isResetInHook(name: string, { source, blocks }: TestFile): boolean {
  const sets = new RegExp(`\\b${name}\\b\\s*(=[^=>]|\\}\\s*=)`);
  return blocks.hooks.some((hook) => hook.kind.startsWith('before') && sets.test(source.textOf(hook.node)));
}

/** `process.env.X = …` in a test, not put back, where later code of the project reads X while it runs. */
function environment(file: TestFile): Found[] {
  const { source, blocks } = file;
  const found: Found[] = [];
  for (const [index, test] of blocks.tests.entries())
    for (const { key, node } of environmentWrites(test.body)) {
      const later = blocks.tests.slice(index + 1).find((other) => !source.textOf(other.node).includes(key));
      if (!later || isRestored(key, file, test) || !isReadWhileRunning(key, file)) continue;
      found.push({
        title: `"${test.title}" leaves process.env.${key} set for the tests after it.`,
        ...at(source, node),
        evidence: `${source.place(node)} sets it inside the test; nothing puts it back; code that the tests call reads it when it runs.`,
        fix: `Keep the old value and put it back in afterEach${file.suite.runner === 'vitest' ? ', or vi.stubEnv with unstubEnvs: true' : ''}.`,
        certainty: 'likely',
        polluter: testName(file.file, test),
        victim: testName(file.file, later),
      });
    }
  return found.slice(0, 3);
}

function environmentWrites(body: ts.Node): { key: string; node: ts.Node }[] {
  const writes: { key: string; node: ts.Node }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const key = /^process\.env(?:\.|\[['"])(\w+)/.exec(node.left.getText())?.[1];
      if (key !== undefined) writes.push({ key, node });
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return writes;
}

function isRestored(key: string, { source, blocks, suite }: TestFile, test: TestBlock): boolean {
  const touches = new RegExp(
    `process\\.env\\.?\\[?['"]?${key}|process\\.env\\s*=|Object\\.assign\\(process\\.env|unstubAllEnvs|restoreEnv|resetModules`,
  );
  const writes = environmentWrites(test.body).filter((one) => one.key === key).length;
  if (writes > 1 || new RegExp(`delete process\\.env\\.?\\[?['"]?${key}|\\bfinally\\b`).test(source.textOf(test.node)))
    return true;
  return (
    blocks.hooks.some((hook) => touches.test(source.textOf(hook.node))) ||
    suite.setup.some((one) => touches.test(one.text))
  );
}

function isReadWhileRunning(key: string, file: TestFile): boolean {
  return [...file.reach.sources].some(
    (source) => source !== file.source && !file.suite.setup.includes(source) && readsInFunction(source, key),
  );
}

function readsInFunction(source: Source, key: string): boolean {
  if (!source.text.includes(key)) return false;
  let found = false;
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (
      inFunction &&
      (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
      node.expression.getText() === 'process.env' &&
      node.getText().includes(key)
    )
      found = true;
    ts.forEachChild(node, (child) => visit(child, inFunction || isFunction(node)));
  };
  visit(source.tree, false);
  return found;
}
