import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { originOf } from '../suite/origin.js';
import { enclosingFunction, isInside } from '../suite/reach.js';
import { isFunction, type Call } from '../suite/source.js';
import { isRecord, staticValue } from '../suite/static-value.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { type TestBlock, testName } from '../suite/test-blocks.js';

/** A limiter made once for the file, and more requests in the file than it lets through. */
export const rateLimit: Rule = {
  symptom: 18,
  find: (suite) => suite.tests.flatMap((test) => inFile(test, suite)).slice(0, 5),
};

function inFile(test: TestFile, suite: NodeSuite): Found[] {
  return test.reach.surely.flatMap((call) => {
    const limit = limitOf(call, suite);
    if (limit === undefined || enclosingFunction(call.node) !== undefined) return [];
    const scope = scopeOf(call, test);
    if (!scope) return [];
    const { path } = scope;
    const requests = requestsOf(test, path);
    const last = requests[limit];
    if (!last) return [];
    const expects429 = (one: TestBlock): boolean => test.source.textOf(one.body).includes('429');
    const victim = expects429(last.test) ? requests.slice(limit + 1).find((one) => !expects429(one.test)) : last;
    if (!victim) return [];
    return [
      {
        title: `The rate limiter lets ${String(limit)} requests through, and the file sends ${String(requests.length)}: "${victim.test.title}" gets 429.`,
        ...at(call.source, call.node),
        evidence: `${call.source.place(call.node)} makes one limiter for all tests of ${test.file}; ${test.source.place(victim.call.node)} is request ${String(requests.indexOf(victim) + 1)}${path === undefined ? '' : ` to ${path}`}.`,
        fix: 'Make the app (and with it the limiter) anew for each test, or read the limit from the environment and set it high for tests; keep one test for 429.',
        certainty: 'certain' as const,
        victim: testName(test.file, victim.test),
      },
    ];
  });
}

/** The number of requests that a limiter lets through, if the call makes one and says so in a literal. */
function limitOf(call: Call, suite: NodeSuite): number | undefined {
  const origin = originOf(call.node.expression, call.source, suite.resolve);
  const isLimiter = origin !== undefined && /rate-?limit|slow-?down|limiter/i.test(`${origin.module}.${origin.name}`);
  if (!isLimiter && !/^rateLimit(er)?$/i.test(call.name)) return undefined;
  for (const argument of call.node.arguments ?? []) {
    const options = staticValue(argument, call.source);
    if (
      !isRecord(options) ||
      ['skip', 'skipSuccessfulRequests', 'skipFailedRequests', 'enabled'].some((key) => options.fields.has(key)) ||
      options.open
    )
      continue;
    const limit = options.fields.get('limit') ?? options.fields.get('max') ?? options.fields.get('points');
    if (!limit)
      return options.fields.has('windowMs') && /^express-rate-limit/.test(origin?.module ?? '') ? 5 : undefined;
    return typeof limit.value === 'number' && limit.value > 0 ? limit.value : undefined;
  }
  return undefined;
}

/** The path that the limiter guards, or all of them; undefined where it is not used, or not in tests. */
function scopeOf(call: Call, test: TestFile): { path: string | undefined } | undefined {
  const holder = call.node.parent;
  const name = ts.isVariableDeclaration(holder) ? holder.name.getText() : undefined;
  const used = test.reach.calls.find(
    (one) =>
      (one.node.arguments ?? []).some(
        (argument) => argument === call.node || (name !== undefined && argument.getText().split('.').at(-1) === name),
      ) && one.node !== call.node,
  );
  if (!used || used.guarded || call.guarded) return undefined;
  const [first] = used.node.arguments ?? [];
  return { path: first && ts.isStringLiteralLike(first) ? first.text : undefined };
}

function requestsOf({ source, blocks }: TestFile, path: string | undefined): { call: Call; test: TestBlock }[] {
  return source.calls
    .flatMap((call) => {
      const [first] = call.node.arguments ?? [];
      if (
        !/^(get|post|put|patch|delete|inject)$/.test(call.name) ||
        !call.receiver ||
        !first ||
        /config|env|headers|store|cache|map/i.test(call.receiver.getText().split('(')[0] ?? '')
      )
        return [];
      const text = first.getText();
      if (!/['"`]\//.test(text) || (path !== undefined && path !== '/' && !text.includes(path))) return [];
      const test = blocks.tests.find((one) => isInside(call.node, one.body));
      return test ? Array.from({ length: timesOf(call, test) }, () => ({ call, test })) : [];
    })
    .sort((left, right) => left.call.node.pos - right.call.node.pos);
}

/** How often a `for (let i = 0; i < 5; i++)` around it runs it. */
function timesOf(call: Call, test: TestBlock): number {
  let times = 1;
  for (let up: ts.Node = call.node; up !== test.body; up = up.parent) {
    if (ts.isForStatement(up) && up.condition && ts.isBinaryExpression(up.condition)) {
      const bound = up.condition.right;
      if (ts.isNumericLiteral(bound))
        times *= Number(bound.text) + (up.condition.operatorToken.getText() === '<=' ? 1 : 0);
    }
    if (isFunction(up) && ts.isCallExpression(up.parent)) {
      const length =
        /Array\.from\(\{\s*length:\s*(\d+)/.exec(up.parent.getText())?.[1] ??
        /Array\((\d+)\)\.fill/.exec(up.parent.getText())?.[1];
      if (length !== undefined) times *= Number(length);
    }
  }
  return times;
}
