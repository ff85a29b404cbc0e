import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { originOf } from '../suite/origin.js';
import { isInside } from '../suite/reach.js';
import { calledByTests } from '../suite/called.js';
import type { Call, Source } from '../suite/source.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { testName } from '../suite/test-blocks.js';

/** Requests that leave the machine, and interceptors that catch those of the tests themselves. */
export const network: Rule = {
  symptom: 11,
  find: (suite) =>
    suite.tests
      .flatMap((test) => [
        ...blockedLoopback(test, suite),
        ...oldInterceptor(test, suite),
        ...unintercepted(test, suite),
      ])
      .slice(0, 10),
};

const speaksToItself = (test: TestFile): boolean =>
  test.source.specifiers.some(({ specifier }) => /^(supertest|chai-http|pactum)$/.test(specifier)) ||
  /https?:\/\/(localhost|127\.0\.0\.1)/.test(test.source.text);

function blockedLoopback(test: TestFile, suite: NodeSuite): Found[] {
  if (!speaksToItself(test)) return [];
  const sides = [test.source, ...suite.setup];
  const isAllowed = sides.some(({ text }) => /enableNetConnect\(|127\.0\.0\.1.*passthrough|passthrough\(/.test(text));
  return sides.flatMap((source) =>
    source.calls.flatMap((call) => {
      const blocks =
        call.name === 'disableNetConnect' && !isAllowed
          ? {
              what: 'nock.disableNetConnect() refuses the tests their own server too',
              fix: "Follow it with nock.enableNetConnect('127.0.0.1').",
            }
          : call.name === 'listen' && /onUnhandledRequest\s*:\s*['"]error['"]/.test(call.node.getText()) && !isAllowed
            ? {
                what: "onUnhandledRequest: 'error' refuses the tests their own server too",
                fix: 'Pass a function that lets requests to 127.0.0.1 through and calls print.error() for the others.',
              }
            : undefined;
      if (!blocks) return [];
      const statement = call.node.parent;
      return [
        {
          title: `${blocks.what}.`,
          ...at(source, call.node),
          evidence: `${source.place(call.node)}: ${source.textOf(call.node).slice(0, 80)}; ${test.file} sends its requests over 127.0.0.1.`,
          fix: blocks.fix,
          certainty: 'certain' as const,
          ...(call.name === 'disableNetConnect' && call.receiver && ts.isExpressionStatement(statement)
            ? {
                edits: [
                  {
                    file: source.file,
                    start: statement.end,
                    end: statement.end,
                    text: `\n${call.receiver.getText()}.enableNetConnect('127.0.0.1');`,
                  },
                ],
              }
            : {}),
        },
      ];
    }),
  );
}

/** nock before 14 does not see fetch. */
function oldInterceptor(test: TestFile, suite: NodeSuite): Found[] {
  const range = suite.manifest.dependencies['nock'];
  const major = Number(/\d+/.exec(range ?? '')?.[0]);
  if (range === undefined || !(major < 14) || !test.source.specifiers.some(({ specifier }) => specifier === 'nock'))
    return [];
  const uses = [...test.reach.calls].find(
    ({ name, receiver, source, node }) =>
      name === 'fetch' && !receiver && !source.bindings.has('fetch') && !isLocal(node.arguments?.[0]?.getText() ?? ''),
  );
  if (!uses) return [];
  return [
    {
      title: `nock ${range} does not see the built-in fetch: the request goes out.`,
      ...at(uses.source, uses.node),
      evidence: `${uses.source.place(uses.node)} calls fetch; package.json asks for nock ${range}, which intercepts http and https alone; ${test.file} relies on it.`,
      fix: 'Install nock 14 or newer.',
      certainty: 'certain',
    },
  ];
}

const intercepts =
  /^(nock|msw(\/node)?|undici|fetch-mock|jest-fetch-mock|vitest-fetch-mock|axios-mock-adapter|moxios|@mswjs\/interceptors|sinon|polly.*|@pollyjs\/.*|talkback|testdouble|proxyquire|rewire|esmock|@nock\/.*|wiremock|mockttp)$/;
const isLocal = (text: string): boolean =>
  /localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|\.test\b|\.local\b|\.invalid\b|example\.(com|org|net)/.test(text);

/** A test that calls a function which goes out, with nothing in the suite that would catch it. */
function unintercepted(test: TestFile, suite: NodeSuite): Found[] {
  const sides = [test.source, ...suite.setup, ...suite.globals];
  const replaced =
    /\b(globalThis|global|window)\.fetch\s*=|spyOn\([^)]*['"](fetch|get|post|put|patch|request)['"]|stubGlobal\(\s*['"]fetch|\bmock(Fetch|Axios)|mock\.method\([^)]*fetch|setGlobalDispatcher/;
  if (
    sides.some(
      (source) => replaced.test(source.text) || source.specifiers.some(({ specifier }) => intercepts.test(specifier)),
    )
  )
    return [];
  const reachable = calledByTests(test);
  for (const { call, via } of reachable) {
    const host = outsideHost(call, test);
    if (host === undefined) continue;
    const block = test.blocks.tests.find((one) => isInside(via.node, one.body));
    return [
      {
        title: `${block ? `"${block.title}"` : test.file} sends a request to ${host}.`,
        ...at(call.source, call.node),
        evidence: `${call.source.place(call.node)}: ${call.source.textOf(call.node).replace(/\s+/g, ' ').slice(0, 80)}${via === call ? '' : `, called from ${via.source.place(via.node)}`}; nothing in the suite intercepts it.`,
        fix: `Answer for ${host} in the test (nock, msw, undici's MockAgent), and refuse all other hosts.`,
        certainty: 'certain',
        ...(block ? { victim: testName(test.file, block) } : {}),
      },
    ];
  }
  return [];
}

const clientsOfHttp =
  /^(axios|got|node-fetch|cross-fetch|undici|superagent|request|needle|ky|phin|https?|isomorphic-fetch|ofetch)$/;

/** The host, where the call is one of an HTTP client and its address begins with one that is not this machine. */
function outsideHost(call: Call, test: TestFile): string | undefined {
  const [first] = call.node.arguments ?? [];
  if (!first) return undefined;
  const isFetch = call.name === 'fetch' && !call.receiver;
  if (
    !isFetch &&
    !(
      call.name !== '' &&
      clientsOfHttp.test(originOf(call.node.expression, call.source, test.suite.resolve)?.module ?? '')
    )
  )
    return undefined;
  if (isFetch && call.source.functions.has('fetch')) return undefined;
  if (test.reach.mocked.has(originOf(call.node.expression, call.source, test.suite.resolve)?.module ?? ''))
    return undefined;
  const address = addressOf(first, call.source, test.suite);
  const host = /^https?:\/\/([^/:$`{]+\.[a-z]{2,})([/:?]|$)/i.exec(address ?? '')?.[1];
  return host !== undefined && !isLocal(address ?? '') ? host : undefined;
}

function addressOf(node: ts.Expression, source: Source, suite: NodeSuite, depth = 0): string | undefined {
  if (depth > 5) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    if (node.head.text !== '') return node.head.text;
    const [span] = node.templateSpans;
    const start = span && addressOf(span.expression, source, suite, depth + 1);
    return start === undefined ? undefined : start + (span?.literal.text ?? '');
  }
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const left = addressOf(node.left, source, suite, depth + 1);
      return left === undefined ? undefined : `${left}/`;
    }
    if (/^(\|\||\?\?)$/.test(node.operatorToken.getText()))
      return isGiven(node.left.getText(), suite) ? undefined : addressOf(node.right, source, suite, depth + 1);
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL')
    return node.arguments
      ?.map((one) => addressOf(one, source, suite, depth + 1))
      .find((one) => one?.startsWith('http'));
  if (!ts.isIdentifier(node)) return undefined;
  const [declared] = source.variables.get(node.text) ?? [];
  if (declared?.initializer) return addressOf(declared.initializer, source, suite, depth + 1);
  const binding = source.bindings.get(node.text);
  const target = binding && suite.resolve(binding.specifier, source.file);
  const [there] = (binding && target?.variables.get(binding.name)) ?? [];
  return there?.initializer && target ? addressOf(there.initializer, target, suite, depth + 1) : undefined;
}

/** `process.env.RATES_URL`, and something sets it for tests. */
function isGiven(text: string, suite: NodeSuite): boolean {
  const name = /process\.env\.?\[?['"]?(\w+)/.exec(text)?.[1];
  if (name === undefined) return true;
  const texts = [
    ...suite.tests.map(({ source }) => source),
    ...suite.setup,
    ...suite.globals,
    ...(suite.settings.source ? [suite.settings.source] : []),
  ].map(({ text: one }) => one);
  return (
    texts.some((one) => one.includes(name)) ||
    suite.settings.scripts.some(({ command }) => command.includes(name)) ||
    [...suite.envFiles.values()].some((names) => names.has(name))
  );
}
