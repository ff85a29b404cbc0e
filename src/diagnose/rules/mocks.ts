import { ts } from 'ts-morph';
import type { Edit } from '../../model/index.js';
import { at, type Found, type Rule } from '../rule.js';
import { isInside } from '../suite/reach.js';
import type { Call } from '../suite/source.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { type TestBlock, testName } from '../suite/test-blocks.js';

/** Counts and replaced implementations that one test leaves to the next. */
export const mocks: Rule = {
  symptom: 8,
  find: (suite) => suite.tests.flatMap((test) => [...counts(test, suite), ...replacements(test, suite)]),
};

const clears =
  /\b(clearAllMocks|resetAllMocks|restoreAllMocks|resetAll|restoreAll|mockClear|mockReset|resetCalls|resetModules|restore)\b/;

/** A mock made once for the file, whose calls are counted in two tests. */
function counts(file: TestFile, suite: NodeSuite): Found[] {
  const keys =
    suite.runner === 'jest' || suite.runner === 'vitest' ? (['clearMocks', 'mockReset', 'resetMocks'] as const) : [];
  if (keys.some((key) => suite.settings.isOn(key) !== 'no') || isCleared(file, suite, clears)) return [];
  const made = sharedMocks(file);
  if (!made.size) return [];
  const asserted = new Map<string, { test: TestBlock; call: Call; exact: boolean }[]>();
  for (const call of file.source.calls) {
    const seen = countOf(call);
    const test = seen && file.blocks.tests.find((one) => isInside(call.node, one.body));
    const name = seen && [...made.keys()].find((one) => seen.subject === one || seen.subject.startsWith(`${one}.`));
    if (seen && test && name !== undefined)
      asserted.set(name, [...(asserted.get(name) ?? []), { test, call, exact: seen.exact }]);
  }
  return [...asserted].flatMap(([name, uses]) => {
    const victim = uses.find(
      ({ exact, test }, index) =>
        exact && uses.slice(0, index).some((other) => other.test !== test && !isNegative(other.call)),
    );
    const polluter = victim && uses.find(({ test, call }) => test !== victim.test && !isNegative(call));
    if (!victim || !polluter) return [];
    return [
      {
        title: `${name} still counts the calls of earlier tests when "${victim.test.title}" counts them.`,
        ...at(file.source, victim.call.node),
        evidence: `${file.source.place(made.get(name) ?? victim.call.node)} makes it once for the file; ${file.source.place(polluter.call.node)} sees calls to it in an earlier test; nothing clears it between tests.`,
        fix:
          suite.runner === 'node:test'
            ? 'Make the mock in beforeEach, or call mock.reset() in afterEach.'
            : 'Set clearMocks: true (with restoreMocks: true) in the configuration.',
        certainty: 'certain' as const,
        polluter: testName(file.file, polluter.test),
        victim: testName(file.file, victim.test),
        ...edits(suite),
      },
    ];
  });
}

function edits(suite: NodeSuite): { edits?: Edit[] } {
  const { source, section } = suite.settings;
  const node = section?.node;
  if (!source || !node || node.getSourceFile() !== source.tree || suite.runner === 'node:test') return {};
  const at = node.getStart(source.tree) + 1;
  const quote = source.file.endsWith('.json') ? '"' : '';
  const missing = ['clearMocks', 'restoreMocks'].filter((key) => suite.settings.isOn(key) === 'no');
  // Indented as what stands there.
  const space = /^\{(\s+)\S/.exec(node.getText(source.tree))?.[1] ?? ' ';
  return {
    edits: [
      {
        file: source.file,
        start: at,
        end: at,
        text: missing.map((key) => `${space}${quote}${key}${quote}: true,`).join(''),
      },
    ],
  };
}

/** `const send = jest.fn()` outside any test or hook, and those inside the factory of a module mock. */
function sharedMocks({ source, blocks }: TestFile): Map<string, ts.Node> {
  const made = new Map<string, ts.Node>();
  const inBlock = (node: ts.Node): boolean =>
    [...blocks.tests, ...blocks.hooks].some((one) => isInside(node, one.node));
  for (const call of source.calls) {
    if (inBlock(call.node)) continue;
    const text = call.node.expression.getText();
    if (/^(jest|vi|mock|vitest)\.fn$/.test(text)) {
      const name = declaredAs(call.node);
      if (name !== undefined) made.set(name, call.node);
    } else if (/^(jest|vi)\.hoisted$|^vi\.hoisted$/.test(text)) {
      const holder = call.node.parent;
      if (ts.isVariableDeclaration(holder)) made.set(holder.name.getText(), call.node);
    } else if (/^(jest|vi)\.mock$/.test(text)) {
      const [first] = call.node.arguments ?? [];
      if (first && ts.isStringLiteralLike(first))
        for (const [local, binding] of source.bindings)
          if (binding.specifier === first.text) made.set(local, call.node);
    }
  }
  return made;
}

/** `send` of `const send = fn()`, `mailer` or `mailer.send` of `const mailer = { send: fn() }`. */
function declaredAs(node: ts.Node): string | undefined {
  let up = node.parent;
  const path: string[] = [];
  for (; ; up = up.parent) {
    if (ts.isPropertyAssignment(up)) path.unshift(up.name.getText());
    else if (ts.isVariableDeclaration(up))
      return ts.isIdentifier(up.name) ? [up.name.text, ...path].join('.') : undefined;
    else if (
      !ts.isObjectLiteralExpression(up) &&
      !ts.isCallExpression(up) &&
      !ts.isPropertyAccessExpression(up) &&
      !ts.isAsExpression(up)
    )
      return undefined;
  }
}

/** What an assertion on calls is about, and whether calls too many would fail it. */
function countOf({ node, name }: Call): { subject: string; exact: boolean } | undefined {
  const text = node.getText();
  const subject = /^expect\(\s*([\w.]+?)(\.mock\.calls|\.mock\.callCount\(\))?(\.length)?\s*\)/.exec(text);
  if (
    subject?.[1] !== undefined &&
    /^(toHaveBeenCalled|toBeCalled|toHaveBeenLastCalled|toHaveBeenNthCalled|toHaveBeenCalledOnce|toHaveBeenCalledWith)/.test(
      name,
    )
  )
    return { subject: subject[1], exact: /Times$|Once$|Nth/.test(name) || text.includes('.not.') };
  if (subject?.[2] !== undefined && /^(toBe|toEqual|toHaveLength|toStrictEqual)$/.test(name))
    return { subject: subject[1] ?? '', exact: true };
  const strict = /^assert\.(?:strict)?[eE]qual\(\s*([\w.]+?)\.mock\.(?:callCount\(\)|calls\.length)/.exec(text);
  return strict?.[1] === undefined ? undefined : { subject: strict[1], exact: true };
}

const isNegative = ({ node }: Call): boolean =>
  /\.not\.|Times\(0\)|(toBe|toEqual|toHaveLength)\(0\)|,\s*0\s*\)$/.test(node.getText());

/** `spyOn(…).mockReturnValue(…)` inside a test, never restored, with a test after it. */
function replacements(file: TestFile, suite: NodeSuite): Found[] {
  if (
    suite.settings.isOn('restoreMocks') !== 'no' ||
    suite.settings.isOn('resetMocks') !== 'no' ||
    isCleared(file, suite, /restoreAllMocks|mockRestore|resetAllMocks|restoreAll|mockReset|\brestore\(/)
  )
    return [];
  const seen = new Set<string>();
  return file.source.calls.flatMap((call) => {
    const target = spiedIn(call);
    const index = target === undefined ? -1 : file.blocks.tests.findIndex((test) => isInside(call.node, test.body));
    const test = file.blocks.tests[index];
    if (target === undefined || !test || seen.has(target) || isMadeAnew(target, test, file)) return [];
    const method = target.split('.').at(-1) ?? '';
    const later = file.blocks.tests
      .slice(index + 1)
      .find(
        (other) => !new RegExp(`spyOn\\([^)]*${method}|method\\([^)]*${method}`).test(file.source.textOf(other.node)),
      );
    if (!later) return [];
    seen.add(target);
    return [
      {
        title: `"${test.title}" replaces ${target} and never puts it back: the tests after it get the replacement.`,
        ...at(file.source, call.node),
        evidence: `${file.source.place(call.node)}: ${file.source.textOf(call.node).replace(/\s+/g, ' ').slice(0, 100)}`,
        fix:
          suite.runner === 'node:test'
            ? 'Use t.mock.method, which is restored when its test ends.'
            : 'Set restoreMocks: true (with clearMocks: true) in the configuration.',
        certainty: 'likely' as const,
        polluter: testName(file.file, test),
        victim: testName(file.file, later),
        ...edits(suite),
      },
    ];
  });
}

/** What is spied on is made in the test itself, or before each one. */
function isMadeAnew(target: string, test: TestBlock, { source, blocks }: TestFile): boolean {
  const root = target.split('.')[0] ?? '';
  const makes = new RegExp(`\\b${root}\\s*=[^=]|\\b(const|let|var)\\s+(\\{[^}]*\\b)?${root}\\b`);
  return (
    makes.test(source.textOf(test.body)) ||
    blocks.hooks.some((hook) => hook.kind === 'beforeEach' && makes.test(source.textOf(hook.node)))
  );
}

/** `users.find` of `jest.spyOn(users, 'find').mockResolvedValue(…)`; not what is replaced for one call, nor the console. */
function spiedIn({ node, name }: Call): string | undefined {
  const lasting = /^mock(Implementation|ReturnValue|ResolvedValue|RejectedValue)$/.test(name);
  const text = node.expression.getText();
  const match = lasting
    ? /\bspyOn\(\s*([\w.]+),\s*['"](\w+)['"]/.exec(text)
    : /^mock\.method$/.test(text)
      ? /^mock\.method\(\s*([\w.]+),\s*['"](\w+)['"],/.exec(node.getText())
      : undefined;
  if (match?.[1] === undefined || /^(console|process(\.std(out|err))?|logger|log|Math|Date)$/.test(match[1]))
    return undefined;
  return `${match[1]}.${match[2] ?? ''}`;
}

function isCleared(file: TestFile, suite: NodeSuite, verbs: RegExp): boolean {
  const inHook = file.blocks.hooks.some(
    (hook) =>
      (hook.kind === 'beforeEach' || hook.kind === 'afterEach') &&
      (verbs.test(file.source.textOf(hook.node)) || !hook.body),
  );
  const helpers = file.reach.calls.some((call) => verbs.test(call.name) && call.source !== file.source);
  const inTests = file.blocks.tests.some((test) => verbs.test(file.source.textOf(test.body)));
  return inHook || helpers || inTests || suite.setup.some((source) => verbs.test(source.text));
}
