import { ts } from 'ts-morph';
import { resourceOf } from '../resources.js';
import { at, type Found, type Rule } from '../rule.js';
import type { Call } from '../suite/source.js';
import { isRecord, staticValue, initializerOf } from '../suite/static-value.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { leftOpen } from '../resources.js';

/** The same port, opened by files that run side by side. */
export const ports: Rule = {
  symptom: 6,
  find(suite) {
    const users = new Map<string, { call: Call; tests: Set<TestFile>; isLeft: boolean }>();
    for (const test of suite.tests) {
      const left = new Set(leftOpen(test).map(({ call }) => call.node));
      for (const call of test.reach.surely) {
        if (call.guarded || resourceOf(call, test)?.kind !== 'server') continue;
        const port = fixedPort(call, test, suite);
        if (port === undefined) continue;
        const known = users.get(port) ?? { call, tests: new Set(), isLeft: false };
        known.tests.add(test);
        known.isLeft ||= left.has(call.node);
        users.set(port, known);
      }
    }
    return [...users].flatMap(([port, use]) => {
      const inTurn = suite.settings.serial && (!use.isLeft || suite.runner !== 'jest');
      return use.tests.size > 1 && !inTurn ? [found(port, use, suite)] : [];
    });
  },
};

function found(port: string, { call, tests }: { call: Call; tests: Set<TestFile> }, suite: NodeSuite): Found {
  const [argument] = call.node.arguments ?? [];
  const literal = argument && ts.isNumericLiteral(argument) ? argument : undefined;
  return {
    title: `Port ${port} is opened by ${String(tests.size)} test files that run ${suite.settings.serial ? 'one after the other without closing it' : 'at the same time'}: EADDRINUSE.`,
    ...at(call.source, call.node),
    evidence: `${call.source.place(call.node)}: ${call.source.textOf(call.node).split('\n')[0] ?? ''}; reached by ${[
      ...tests,
    ]
      .slice(0, 4)
      .map(({ file }) => file)
      .join(', ')}.`,
    fix: 'Hand the app to the test client without listening, or listen on port 0 and read the port from server.address().',
    certainty: 'certain',
    ...(literal && suite.tests.some(({ source }) => source === call.source) && !call.source.text.includes(`:${port}`)
      ? { edits: [{ file: call.source.file, start: literal.getStart(), end: literal.end, text: '0' }] }
      : {}),
  };
}

/** The port, where the code says one that is the same in each process. */
function fixedPort(call: Call, test: TestFile, suite: NodeSuite): string | undefined {
  const [first] = call.node.arguments ?? [];
  if (!first) return undefined;
  const whole = staticValue(first, call.source);
  const record = isRecord(whole) ? whole.fields.get('port')?.node : undefined;
  const node = record && ts.isPropertyAssignment(record) ? record.initializer : first;
  return portOf(node, call, test, suite, 0);
}

function portOf(node: ts.Expression, call: Call, test: TestFile, suite: NodeSuite, depth: number): string | undefined {
  if (depth > 5) return undefined;
  if (ts.isNumericLiteral(node) || ts.isStringLiteral(node))
    return /^[1-9]\d*$/.test(node.text) ? node.text : undefined;
  if (ts.isIdentifier(node)) {
    const local = initializerOf(node.text, call.source);
    if (local) return portOf(local, call, test, suite, depth + 1);
    const binding = call.source.bindings.get(node.text);
    const target = binding && suite.resolve(binding.specifier, call.source.file);
    const there = target && binding && initializerOf(binding.name, target);
    return there && portOf(there, { ...call, source: target }, test, suite, depth + 1);
  }
  if (ts.isBinaryExpression(node) && /^(\|\||\?\?)$/.test(node.operatorToken.getText()))
    return isSet(node.left, test, suite) ? undefined : portOf(node.right, call, test, suite, depth + 1);
  if (
    ts.isCallExpression(node) &&
    /^(Number|parseInt|parseFloat|Number\.parseInt|String)$/.test(node.expression.getText()) &&
    node.arguments[0]
  )
    return portOf(node.arguments[0], call, test, suite, depth + 1);
  return ts.isParenthesizedExpression(node) ? portOf(node.expression, call, test, suite, depth + 1) : undefined;
}

/** The variable is given a value where tests run, which may well be another one in each worker. */
function isSet(node: ts.Expression, test: TestFile, suite: NodeSuite): boolean {
  const name = /process\.env(?:\.|\[['"])(\w+)/.exec(node.getText())?.[1];
  if (name === undefined) return true;
  const texts = [
    test.source,
    ...suite.setup,
    ...suite.globals,
    ...(suite.settings.source ? [suite.settings.source] : []),
  ].map(({ text }) => text);
  return (
    texts.some((text) => text.includes(name)) ||
    suite.settings.scripts.some(({ command }) => command.includes(`${name}=`)) ||
    [...suite.envFiles].some(([file, names]) => file.includes('test') && names.has(name))
  );
}
