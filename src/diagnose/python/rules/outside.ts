import { at, nameOf, type PyRule, sides, testsOf } from '../rule.js';
import { fieldOf, isInside, isTopLevel, type PyCall, type PyNode, type PySource, walk } from '../source.js';
import type { PytestSuite } from '../suite.js';
import type { Found } from '../../rule.js';

/** The environment for tests comes after the app has read it. */
export const lateEnvironment: PyRule = {
  symptom: 10,
  find: (suite) =>
    sides(suite).flatMap((source) => {
      const late = environmentSet(source);
      if (!late) return [];
      const early = [...source.imports.values()].find(({ module, name, node }) => {
        const target =
          node.line < late.line && isTopLevel(node)
            ? (suite.resolve(module, source) ?? suite.resolve(`${module}.${name}`, source))
            : undefined;
        return target !== undefined && [...suite.reach(target)].some(readsEnvironment);
      });
      if (!early) return [];
      return [
        {
          title: 'The environment for tests is set after the app has read it: the app keeps the one for development.',
          ...at(source, late),
          evidence: `${source.place(early.node)} imports ${early.module}, which reads its settings when it is imported; ${source.place(late)} comes after that.`,
          fix: 'Set it at the top of conftest.py, before anything of the app is imported.',
          certainty: 'certain' as const,
        },
      ];
    }),
};

function environmentSet(source: PySource): PyNode | undefined {
  let found: PyNode | undefined;
  walk(source.root, (node) => {
    if (found || !isTopLevel(node)) return;
    const left = node.type === 'assignment' ? (fieldOf(node, 'left')?.text ?? '') : '';
    if (/^(os\.)?environ\[\s*['"]\w*(URL|URI|DB|DATABASE|DSN|ENV|SETTINGS)\w*['"]/.test(left)) found = node;
    if (
      node.type === 'call' &&
      /(^|\.)(load_dotenv|environ\.setdefault|environ\.update)$/.test(fieldOf(node, 'function')?.text ?? '')
    )
      found = node;
  });
  return found;
}

/** At the top level: `os.environ[…]`, `os.getenv(…)`, `Settings()` of pydantic. */
function readsEnvironment(source: PySource): boolean {
  const settings = new Set(
    [...source.text.matchAll(/^class\s+(\w+)\(.*BaseSettings.*\)/gm)].map(([, name = '']) => name),
  );
  const direct = source.calls.some(
    ({ callee, name, node }) =>
      isTopLevel(node) && (/^(os\.)?(getenv|environ\.get)$/.test(callee) || settings.has(name)),
  );
  let subscript = false;
  walk(source.root, (node) => {
    if (node.type === 'subscript' && /^(os\.)?environ\[/.test(node.text) && isTopLevel(node) && node.field !== 'left')
      subscript = true;
  });
  return direct || subscript;
}

const intercepts =
  /\b(respx|responses|requests_mock|httpx_mock|pytest_httpx|vcr|httpretty|aioresponses|pook|mocker|monkeypatch|MockTransport|patch)\b/;
const isLocal = /localhost|127\.0\.0\.1|testserver|\btest\b|\.test\b|example\.(com|org|net)|\.local\b|\.invalid\b/;

/** A request to another machine that nothing answers for. */
export const pythonNetwork: PyRule = {
  symptom: 11,
  find: (suite) =>
    suite.tests
      .flatMap((source) => {
        if (
          suite.fixtures.some(({ text }) =>
            /\b(respx|responses|requests_mock|httpx_mock|vcr|httpretty|pytest_socket|disable_socket)\b/.test(text),
          ) ||
          /vcr|httpx|socket/.test(suite.settings.text)
        )
          return [];
        for (const test of testsOf(source)) {
          if (
            intercepts.test(test.body.text) ||
            intercepts.test(test.parameters.join(' ')) ||
            intercepts.test(test.decorators.join(' ')) ||
            /\b(respx|responses|requests_mock)\b/.test(source.text)
          )
            continue;
          const hit = goesOut(test.body, source, suite, new Set());
          if (!hit) continue;
          return [
            {
              title: `${test.name} sends a request to ${hit.host}.`,
              ...at(hit.source, hit.node),
              evidence: `${hit.source.place(hit.node)}: ${hit.node.text.split('\n')[0]?.slice(0, 90) ?? ''}; nothing in the suite intercepts it.`,
              fix: `Answer for ${hit.host} in the test (respx, responses), and refuse all other hosts.`,
              certainty: 'certain' as const,
              victim: nameOf(source, test),
            },
          ];
        }
        return [];
      })
      .slice(0, 5),
};

function goesOut(
  body: PyNode,
  source: PySource,
  suite: PytestSuite,
  seen: Set<PyNode>,
): { host: string; node: PyNode; source: PySource } | undefined {
  if (seen.has(body)) return undefined;
  seen.add(body);
  for (const call of source.calls.filter(({ node }) => isInside(node, body))) {
    const host = hostOf(call, source);
    if (host !== undefined) return { host, node: call.node, source };
    const imported = source.imports.get(call.callee.split('.')[0] ?? '');
    const target = imported
      ? (suite.resolve(imported.module, source) ?? suite.resolve(`${imported.module}.${imported.name}`, source))
      : source;
    const home =
      imported && imported.name !== '*' && call.callee.includes('.')
        ? (suite.resolve(`${imported.module}.${imported.name}`, source) ?? target)
        : target;
    const next = home?.functions.find(({ name, inClass }) => name === call.name && !inClass);
    const found = next && home ? goesOut(next.body, home, suite, seen) : undefined;
    if (found) return found;
  }
  return undefined;
}

function hostOf({ callee, args, keywords }: PyCall, source: PySource): string | undefined {
  if (
    !/^(requests|httpx|urllib\.request|urllib3|aiohttp)\.|^(urlopen|urlretrieve)$/.test(callee) ||
    !/\.(get|post|put|patch|delete|head|options|request|stream|urlopen)$|^url/.test(callee)
  )
    return undefined;
  const node = [keywords.get('url'), ...args].find((one) => one && /https?:|^[A-Z_]+$/.test(one.text));
  const text =
    node?.type === 'identifier'
      ? (new RegExp(`^${node.text}\\s*(?::[^=]+)?=\\s*(.+)$`, 'm').exec(source.text)?.[1] ?? '')
      : (node?.text ?? '');
  const named = /^f?['"]\{(\w+)\}/.exec(text)?.[1];
  const whole = named === undefined ? text : (new RegExp(`^${named}\\s*=\\s*(.+)$`, 'm').exec(source.text)?.[1] ?? '');
  const host = /^[rf]?['"]https?:\/\/([\w.-]+\.[a-z]{2,})/.exec(whole)?.[1];
  return host !== undefined && !isLocal.test(host) ? host : undefined;
}

/** Comparisons that nobody asserts, coroutines that nobody awaits. */
export const pythonNotAwaited: PyRule = {
  symptom: 12,
  find: (suite) =>
    suite.tests
      .flatMap((source) =>
        testsOf(source).flatMap((test) => {
          let found: { node: PyNode; what: string; fix: string } | undefined;
          walk(test.body, (node) => {
            const [only] = node.type === 'expression_statement' ? node.children : [];
            if (found || !only || node.children.length > 1) return;
            if (only.type === 'comparison_operator')
              found = { node: only, what: 'compares and asserts nothing', fix: 'Put assert before it.' };
            else if (only.type === 'call' && isCoroutine(only, source, suite))
              found = { node: only, what: 'makes a coroutine and does not await it', fix: 'Put await before it.' };
          });
          if (!found || /pytest\.raises/.test(test.body.text)) return [];
          const { node, what, fix } = found;
          return [
            {
              title: `${test.name} ${what}: it passes whatever comes back.`,
              ...at(source, node),
              evidence: `${source.place(node)}: ${node.text.split('\n')[0]?.slice(0, 90) ?? ''}`,
              fix,
              certainty: 'certain' as const,
              victim: nameOf(source, test),
              edits: [
                {
                  file: source.file,
                  start: node.start,
                  end: node.start,
                  text: what.startsWith('compares') ? 'assert ' : 'await ',
                },
              ],
            },
          ];
        }),
      )
      .slice(0, 3),
};

function isCoroutine(call: PyNode, source: PySource, suite: PytestSuite): boolean {
  const callee = fieldOf(call, 'function')?.text ?? '';
  const imported = source.imports.get(callee);
  const home = imported ? suite.resolve(imported.module, source) : source;
  return (
    !callee.includes('.') &&
    (home?.functions.some(({ name, isAsync, inClass }) => name === callee && isAsync && !inClass) ?? false)
  );
}

/** slowapi's limiter lives as long as the process, and counts all tests' requests. */
export const pythonRateLimit: PyRule = {
  symptom: 18,
  find(suite) {
    if (sides(suite).some(({ text }) => /limiter\.(reset|enabled)|\.enabled\s*=\s*False|RATELIMIT/.test(text)))
      return [];
    const files = new Set(suite.tests.flatMap((source) => [...suite.reach(source)]));
    return [...files].flatMap((source) =>
      source.functions.flatMap((handler) => {
        const limit = handler.decorators
          .map((one) => /\.limit\(\s*['"](\d+)\s*(?:\/|per)\s*(?:\d+\s*)?(minute|hour|day)/.exec(one)?.[1])
          .find((one) => one !== undefined);
        const route = handler.decorators
          .map((one) => /\.(get|post|put|patch|delete)\(\s*['"]([^'"]+)/.exec(one))
          .find((one) => one !== null);
        if (limit === undefined || !route) return [];
        const fixed =
          route[2]
            ?.split('/')
            .filter((one) => one && !one.startsWith('{'))
            .at(-1) ?? '';
        const requests = suite.tests.flatMap((test) =>
          testsOf(test).flatMap((one) =>
            test.calls
              .filter(
                ({ name, args, node }) =>
                  name === route[1] && isInside(node, one.body) && args[0]?.text.includes(fixed),
              )
              .map(() => ({ test, one })),
          ),
        );
        const victim = requests[Number(limit)];
        if (!victim || victim.one.body.text.includes('429')) return [];
        return [
          {
            title: `The rate limiter lets ${limit} requests through, and the suite sends ${String(requests.length)}: ${victim.one.name} gets 429.`,
            ...at(source, handler.node.parent ?? handler.node),
            evidence: `${source.place(handler.node)} is limited for the whole process; ${victim.test.place(victim.one.node)} is request ${String(Number(limit) + 1)}.`,
            fix: 'Call limiter.reset() in an autouse fixture, or switch the limiter off for tests; keep one test for 429.',
            certainty: 'certain' as const,
            victim: nameOf(victim.test, victim.one),
          },
        ];
      }),
    ) as Found[];
  },
};
