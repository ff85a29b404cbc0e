import { at, isFixture, nameOf, type PyRule, sides, testsOf } from '../rule.js';
import { fieldOf, isInside, isTopLevel, type PyFunction, type PyNode, type PySource, walk } from '../source.js';
import type { PytestSuite } from '../suite.js';
import type { Found } from '../../rule.js';

/** What a test sets for the whole process and does not put back. */
export const state: PyRule = {
  symptom: 7,
  find: (suite) =>
    suite.tests
      .flatMap((source) => [...environment(source, suite), ...attributes(source, suite), ...globals(source)])
      .slice(0, 5),
};

/** Assignments and `del` in a function, with the text of what is assigned to. */
function assignmentsIn(test: PyFunction): { target: PyNode; node: PyNode }[] {
  const found: { target: PyNode; node: PyNode }[] = [];
  walk(test.body, (node) => {
    const target = node.type === 'assignment' ? fieldOf(node, 'left') : undefined;
    if (target) found.push({ target, node });
  });
  return found;
}

function later(source: PySource, test: PyFunction, suite: PytestSuite): string | undefined {
  const next = testsOf(source).find((one) => one.node.start > test.node.start);
  if (next) return nameOf(source, next);
  const other = suite.tests[suite.tests.indexOf(source) + 1];
  const first = other && testsOf(other)[0];
  return other && first ? nameOf(other, first) : undefined;
}

function environment(source: PySource, suite: PytestSuite): Found[] {
  return testsOf(source).flatMap((test) => {
    const set = assignmentsIn(test).find(({ target }) => /^(os\.)?environ\[/.test(target.text));
    if (
      !set ||
      /\bfinally\b|\bpatch\.dict\b|os\.environ\.pop|del os\.environ/.test(test.body.text) ||
      isRestored(/environ/, test, source, suite)
    )
      return [];
    const victim = later(source, test, suite);
    if (victim === undefined) return [];
    return [found(source, test, set.node, victim, set.target.text)];
  });
}

/** `settings.debug = True` for a `settings` that is imported from the project. */
function attributes(source: PySource, suite: PytestSuite): Found[] {
  return testsOf(source).flatMap((test) => {
    const set = assignmentsIn(test).find(({ target }) => {
      const [root = '', ...rest] = target.text.split('.');
      const imported = source.imports.get(root);
      if (target.type !== 'attribute' || !rest.length || !imported || test.parameters.includes(root)) return false;
      return (
        suite.resolve(imported.module, source) !== undefined &&
        !new RegExp(`^\\s*${root}\\s*=`, 'm').test(test.body.text)
      );
    });
    if (!set) return [];
    const again = assignmentsIn(test).filter(({ target }) => target.text === set.target.text).length > 1;
    const attribute = set.target.text.split('.').at(-1) ?? '';
    if (
      again ||
      /\bfinally\b|\bpatch\b/.test(test.body.text) ||
      isRestored(new RegExp(`\\b${attribute}\\b`), test, source, suite)
    )
      return [];
    const victim = later(source, test, suite);
    return victim === undefined ? [] : [found(source, test, set.node, victim, set.target.text)];
  });
}

/** `global token` set in one test and read in another. */
function globals(source: PySource): Found[] {
  const tests = testsOf(source);
  return tests.flatMap((test) => {
    const names = [...test.body.text.matchAll(/^\s*global\s+(\w+)/gm)].map(([, name = '']) => name);
    for (const name of names) {
      const reader = tests.find(
        (other) =>
          other !== test &&
          other.node.start > test.node.start &&
          new RegExp(`\\b${name}\\b`).test(other.body.text) &&
          !new RegExp(`^\\s*${name}\\s*=`, 'm').test(other.body.text),
      );
      if (reader && isTopLevel(test.node))
        return [
          {
            title: `${reader.name} needs what ${test.name} left in ${name}: it fails alone, and in another order.`,
            ...at(source, reader.node),
            evidence: `${source.place(test.node)} sets the global ${name}, ${source.place(reader.node)} reads it.`,
            fix: `Make ${name} in a fixture that both tests ask for.`,
            certainty: 'certain' as const,
            polluter: nameOf(source, test),
            victim: nameOf(source, reader),
          },
        ];
    }
    return [];
  });
}

function found(source: PySource, test: PyFunction, node: PyNode, victim: string, what: string): Found {
  return {
    title: `${test.name} sets ${what} for the whole process and does not put it back.`,
    ...at(source, node),
    evidence: `${source.place(node)}: ${node.text.split('\n')[0] ?? ''}; every test after it sees that.`,
    fix: /environ/.test(what)
      ? 'Use monkeypatch.setenv, which restores it.'
      : 'Use monkeypatch.setattr, which restores it.',
    certainty: 'likely',
    polluter: nameOf(source, test),
    victim,
  };
}

/** A fixture or teardown that the test runs with mentions it. */
function isRestored(what: RegExp, test: PyFunction, source: PySource, suite: PytestSuite): boolean {
  const runsWith = (one: PyFunction): boolean =>
    one.decorators.some((text) => text.includes('autouse')) ||
    test.parameters.includes(one.name) ||
    test.decorators.some((text) => text.includes(one.name));
  const fixtures = [source, ...suite.fixtures].flatMap(({ functions }) =>
    functions.filter((one) => isFixture(one) && runsWith(one)),
  );
  const teardowns = source.functions.filter(({ name }) => /^(teardown|tearDown|setup_method|setUp)/.test(name));
  return [...fixtures, ...teardowns].some((one) => what.test(one.body.text));
}

/** Mocks made once, counted in two tests; patches that are started and not stopped. */
export const pythonMocks: PyRule = {
  symptom: 8,
  find: (suite) =>
    sides(suite)
      .flatMap((source) => [...counted(source), ...started(source)])
      .slice(0, 3),
};

function counted(source: PySource): Found[] {
  if (/reset_mock|autouse/.test(source.text)) return [];
  return source.calls.flatMap((call) => {
    if (!/^(Magic|Async)?Mock$/.test(call.name) || !isTopLevel(call.node) || call.node.parent?.type !== 'assignment')
      return [];
    const name = fieldOf(call.node.parent, 'left')?.text ?? '';
    const exact = new RegExp(
      `\\b${name}(\\.\\w+)*\\.(assert_called_once\\w*|assert_not_called)\\(|\\b${name}(\\.\\w+)*\\.call_count\\b`,
    );
    const uses = testsOf(source).filter((test) => new RegExp(`\\b${name}\\b`).test(test.body.text));
    const victim = uses.slice(1).find((test) => exact.test(test.body.text));
    const polluter =
      victim &&
      uses.find(
        (test) =>
          test !== victim &&
          /assert_called|call_count/.test(test.body.text) &&
          !/assert_not_called/.test(test.body.text),
      );
    if (!victim || !polluter) return [];
    return [
      {
        title: `${name} still counts the calls of earlier tests when ${victim.name} counts them.`,
        ...at(source, victim.node),
        evidence: `${source.place(call.node)} makes it once for the file, ${polluter.name} has it called, nothing resets it.`,
        fix: `Make ${name} in a fixture, or call reset_mock() before each test.`,
        certainty: 'certain' as const,
        polluter: nameOf(source, polluter),
        victim: nameOf(source, victim),
      },
    ];
  });
}

function started(source: PySource): Found[] {
  const start = source.calls.find(
    ({ callee, node }) =>
      /patch(\.\w+)?\([\s\S]*\)\.start$/.test(callee) ||
      (/\.start$/.test(callee) && /patch/.test(callee) && isInside(node, source.root)),
  );
  if (!start || /\.stop\(|stopall|addCleanup/.test(source.text)) return [];
  return [
    {
      title: 'A patch is started and never stopped: every later test gets the replacement.',
      ...at(source, start.node),
      evidence: `${source.place(start.node)}: ${start.node.text.split('\n')[0]?.slice(0, 100) ?? ''}`,
      fix: 'Use the patch in a with, as a decorator, or through monkeypatch.',
      certainty: 'certain',
    },
  ];
}
