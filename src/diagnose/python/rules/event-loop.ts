import { at, nameOf, type PyRule, sides, testsOf } from '../rule.js';
import { fieldOf, isTopLevel, type PyFunction, type PySource } from '../source.js';
import { option, type PytestSuite } from '../suite.js';
import type { Found } from '../../rule.js';

/** Async tests that do not run, and connections that outlive their loop. */
export const eventLoop: PyRule = {
  symptom: 15,
  find: (suite) => [...unmarked(suite), ...engines(suite), ...sessionFixtures(suite)],
};

const isAuto = ({ settings }: PytestSuite): boolean =>
  /^auto$/i.test(option(settings, 'asyncio_mode') ?? '') ||
  /asyncio[-_]mode[= ]+auto/.test(settings.text) ||
  option(settings, 'anyio_mode') === 'auto';

const marker = /mark\.(asyncio|anyio|trio|tornado|curio|aiohttp|async_test)|gen_test|inject_/;

function isMarked(test: PyFunction, source: PySource): boolean {
  const ofClass =
    test.inClass?.parent?.type === 'decorated_definition' ? test.inClass.parent.text.split('class ')[0] : '';
  const bases = test.inClass ? (fieldOf(test.inClass, 'superclasses')?.text ?? '') : '';
  const module = /^pytestmark\s*=[\s\S]*?mark\.(asyncio|anyio|trio)/m.test(source.text);
  return (
    module ||
    test.decorators.some((one) => marker.test(one)) ||
    marker.test(ofClass ?? '') ||
    /Async\w*TestCase|IsolatedAsyncio/.test(bases) ||
    /pytestmark/.test(test.inClass?.text ?? '')
  );
}

function unmarked(suite: PytestSuite): Found[] {
  const hooked = suite.fixtures.some(({ text }) =>
    /def pytest_(collection_modifyitems|pyfunc_call|itemcollected)|pytest_plugins/.test(text),
  );
  if (isAuto(suite) || hooked || /pytest[-_](aiohttp|tornasync|twisted|trio)|trio_mode/.test(suite.settings.text))
    return [];
  return suite.tests
    .flatMap((source) => {
      const test = testsOf(source).find(
        (one) => one.isAsync && !isMarked(one, source) && !/async_test|run_async/.test(one.decorators.join()),
      );
      if (!test) return [];
      return [
        {
          title: `${test.name} is async and nothing runs it: pytest skips it (before 8.4) or fails it.`,
          ...at(source, test.node),
          evidence: `${source.place(test.node)} has no asyncio or anyio marker, and the settings have no asyncio_mode = "auto".`,
          fix: 'Set asyncio_mode = "auto" under [tool.pytest.ini_options], or mark it @pytest.mark.asyncio.',
          certainty: 'certain' as const,
          victim: nameOf(source, test),
        },
      ];
    })
    .slice(0, 3);
}

const isOneLoop = (suite: PytestSuite): boolean => {
  const scope = option(suite.settings, 'asyncio_default_test_loop_scope');
  return (
    (scope !== undefined && scope !== 'function') ||
    sides(suite).some(({ text }) =>
      /loop_scope\s*=\s*['"](session|module|package)|asyncio\(scope\s*=|def event_loop\(|def anyio_backend\(/.test(
        text,
      ),
    )
  );
};

/** A pool of connections made at import, used in a new loop by each test. */
function engines(suite: PytestSuite): Found[] {
  if (
    isOneLoop(suite) ||
    sides(suite).some(({ text }) => /create_async_engine\([\s\S]{0,300}(NullPool|StaticPool)/.test(text))
  )
    return [];
  const isAsync = (source: PySource): boolean =>
    testsOf(source).some((test) => test.isAsync && (isAuto(suite) || isMarked(test, source)));
  for (const test of suite.tests.filter(isAsync))
    for (const source of [...suite.fixtures.flatMap((one) => [...suite.reach(one)]), ...suite.reach(test)]) {
      const engine = source.calls.find(
        ({ name, node }) => /^(create_async_engine|create_pool)$/.test(name) && isTopLevel(node),
      );
      if (
        !engine ||
        /NullPool|StaticPool|sqlite/.test(engine.node.text) ||
        (/sqlite/.test(source.text) && !/postgres|mysql/.test(source.text))
      )
        continue;
      return [
        {
          title:
            'The async engine is made once, at import, and each test has an event loop of its own: "Event loop is closed", "attached to a different loop".',
          ...at(source, engine.node),
          evidence: `${source.place(engine.node)}: ${engine.node.text.split('\n')[0] ?? ''} keeps connections; ${test.file} runs async tests, each in a loop of its own (asyncio_default_test_loop_scope is not set).`,
          fix: 'Set asyncio_default_test_loop_scope and asyncio_default_fixture_loop_scope to "session", or poolclass=NullPool in tests, or make the engine in the lifespan.',
          certainty: 'certain',
        },
      ];
    }
  return [];
}

function sessionFixtures(suite: PytestSuite): Found[] {
  if (isOneLoop(suite)) return [];
  return sides(suite).flatMap((source) => {
    const fixture = source.functions.find(
      ({ isAsync, decorators, body }) =>
        isAsync &&
        decorators.some(
          (one) => /fixture\([^)]*scope\s*=\s*['"](session|module|package)/.test(one) && !/loop_scope/.test(one),
        ) &&
        /create_async_engine\((?![\s\S]{0,200}(NullPool|sqlite))|create_pool\(|\.connect\(/.test(body.text),
    );
    if (!fixture) return [];
    return [
      {
        title: `The fixture ${fixture.name} lives in the loop of the session, and the tests in loops of their own: "attached to a different loop".`,
        ...at(source, fixture.node),
        evidence: `${source.place(fixture.node)} has scope session and no loop scope; asyncio_default_test_loop_scope is not set.`,
        fix: 'Set asyncio_default_test_loop_scope and asyncio_default_fixture_loop_scope to "session".',
        certainty: 'certain' as const,
      },
    ];
  });
}
