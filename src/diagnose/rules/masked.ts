import { ts } from 'ts-morph';
import type { Edit } from '../../model/index.js';
import type { Source } from '../suite/source.js';
import { at, type Found, type Rule } from '../rule.js';
import type { Script, Settings } from '../suite/settings.js';
import type { NodeSuite } from '../suite/suite.js';

const flags: [RegExp, string][] = [
  [/\s--forceExit\b(?!=false)/, '--forceExit ends the process whatever is still open'],
  [/\s--test-force-exit\b/, '--test-force-exit ends the process whatever is still open'],
  [/\s--dangerouslyIgnoreUnhandledErrors\b(?!=false)/, 'errors that no test caught do not fail the run'],
  [/\|\|\s*(true|exit 0|:)\s*$/, 'the script succeeds whatever the tests say'],
];

/** Switches that make a run look green or finished when it is not. */
export const masked: Rule = {
  symptom: 4,
  find: (suite) => [...inConfiguration(suite.settings), ...suite.settings.scripts.flatMap(inScript), ...exits(suite)],
};

function inConfiguration(settings: Settings): Found[] {
  return (['forceExit', 'dangerouslyIgnoreUnhandledErrors'] as const).flatMap((key) => {
    const place = settings.place(key);
    const field = settings.node(key);
    if (settings.value(key) !== true || !place || !field || !settings.source) return [];
    return [
      {
        title: `${key} is set: a run that leaks looks like one that ended.`,
        ...place,
        evidence: `${place.file}:${String(place.line)} sets ${key}: true.`,
        fix: `Remove ${key}, then close what the run is found to wait for (symptoms 1 and 2).`,
        certainty: 'certain' as const,
        edits: [withoutProperty(field.node, settings.source)],
      },
    ];
  });
}

/** Takes a property out of its object, with the comma after it, or before it where it is the last. */
function withoutProperty(node: ts.Node, source: Source): Edit {
  const before = source.text.slice(0, node.getFullStart());
  const isFollowed = source.text[node.end] === ',';
  const comma = !isFollowed && before.trimEnd().endsWith(',') ? before.trimEnd().length - 1 : node.getFullStart();
  return { file: source.file, start: comma, end: isFollowed ? node.end + 1 : node.end, text: '' };
}

function inScript({ name, command, line }: Script): Found[] {
  return flags
    .filter(([pattern]) => pattern.test(command))
    .map(([pattern, means]) => {
      const flag = pattern.exec(command)?.[0].trim() ?? '';
      return {
        title: `Script "${name}" has ${flag}: ${means}.`,
        file: 'package.json',
        line,
        evidence: `package.json:${String(line)}: ${command}`,
        fix: `Remove ${flag}, then mend what it hid.`,
        certainty: 'certain' as const,
      };
    });
}

/** The process is ended in an `afterAll`, or in a global teardown. */
function exits(suite: NodeSuite): Found[] {
  const testSide = [...suite.tests.map(({ source }) => source), ...suite.setup, ...suite.globals];
  return testSide.flatMap((source) =>
    source.calls
      .filter(
        ({ name, receiver, guarded, node }) =>
          name === 'exit' && receiver?.getText() === 'process' && !guarded && !isInCatch(node),
      )
      .map(({ node }) => ({
        title: 'process.exit ends the run whatever is still open, and whatever failed.',
        ...at(source, node),
        evidence: `${source.place(node)}: ${source.textOf(node)}`,
        fix: 'Remove it, then close what the run is found to wait for (symptoms 1 and 2).',
        certainty: 'certain' as const,
      })),
  );
}

function isInCatch(node: ts.Node): boolean {
  for (let up: ts.Node | undefined = node; up; up = up.parent as ts.Node | undefined)
    if (
      ts.isCatchClause(up) ||
      ts.isIfStatement(up) ||
      (ts.isCallExpression(up) && ts.isPropertyAccessExpression(up.expression) && up.expression.name.text === 'catch')
    )
      return true;
  return false;
}
