import { ts } from 'ts-morph';
import { at, type Found, type Rule } from '../rule.js';
import { originOf } from '../suite/origin.js';
import type { Call } from '../suite/source.js';
import { isRecord, staticValue } from '../suite/static-value.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';

/** Fake timers that also stop the clock that a request to the server waits on. */
export const fakeTimers: Rule = {
  symptom: 5,
  find: (suite) => suite.tests.flatMap((test) => (suite.runner === 'node:test' ? [] : inFile(test, suite))),
};

function inFile(test: TestFile, suite: NodeSuite): Found[] {
  const calls = test.source.calls.filter(
    (call) => call.name === 'useFakeTimers' && /^(jest|vi|vitest)$/.test(call.receiver?.getText() ?? ''),
  );
  const [call] = calls.filter(fakesEverything);
  if (
    !call ||
    /advanceTimers\w*Async|runAllTimersAsync|runOnlyPendingTimersAsync|advanceTimersToNextTimerAsync/.test(
      test.source.text,
    )
  )
    return [];
  const waits = waitingOn(test);
  if (waits === undefined) return [];
  const name = call.receiver?.getText() ?? 'jest';
  const onlyDate =
    suite.runner === 'vitest'
      ? "{ toFake: ['Date'] }"
      : `{ doNotFake: [${timers.map((one) => `'${one}'`).join(', ')}] }`;
  return [
    {
      title: 'Fake timers stop the timers that a request waits on: the test runs into its time limit.',
      ...at(test.source, call.node),
      evidence: `${test.source.place(call.node)} fakes every timer; ${waits}.`,
      fix: `Fake the clock only: ${name}.useFakeTimers(${onlyDate}).`,
      certainty: 'certain',
      ...(call.node.arguments?.length
        ? {}
        : { edits: [{ file: test.file, start: call.node.end - 1, end: call.node.end - 1, text: onlyDate }] }),
    },
  ];
}

const timers = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
];

function fakesEverything({ node, source }: Call): boolean {
  const [options] = node.arguments ?? [];
  if (!options) return true;
  const value = staticValue(options, source);
  if (typeof value === 'string') return value === 'modern';
  if (!isRecord(value) || value.open) return false;
  return !['doNotFake', 'toFake', 'toNotFake', 'advanceTimers', 'shouldAdvanceTime', 'legacyFakeTimers'].some((key) =>
    value.fields.has(key),
  );
}

/** What in the file goes to a server whose answer needs a timer. */
function waitingOn(test: TestFile): string | undefined {
  const inject = test.source.calls.find(({ name, receiver, node, source }) => {
    if (name !== 'inject' || !receiver) return false;
    const origin = originOf(receiver, source, test.suite.resolve);
    return (
      origin?.module === 'fastify' ||
      [...test.reach.packages].some((one) => one === 'fastify') ||
      node.arguments?.[0]?.kind === ts.SyntaxKind.ObjectLiteralExpression
    );
  });
  if (inject) return `${test.source.place(inject.node)} injects a request, which waits on them`;
  const requests = test.source.calls.find(
    (call) =>
      /^(supertest|request|agent)$/.test(call.name) &&
      originOf(call.node, call.source, test.suite.resolve)?.module === 'supertest',
  );
  const fetches =
    requests ??
    test.source.calls.find(
      ({ name, node }) =>
        name === 'fetch' && /localhost|127\.0\.0\.1|baseUrl|url/i.test(node.arguments?.[0]?.getText() ?? ''),
    );
  if (!fetches) return undefined;
  const timer = test.reach.calls.find(
    ({ source, node, name, receiver }) =>
      source !== test.source &&
      !test.suite.setup.includes(source) &&
      ((name === 'setTimeout' && (!receiver || receiver.getText() === 'timers')) ||
        (!receiver && source.bindings.get(name)?.specifier.endsWith('timers/promises'))) &&
      !/clearTimeout|AbortController/.test(node.parent.parent.getText().slice(0, 400)),
  );
  return (
    timer &&
    `${test.source.place(fetches.node)} sends a request, and ${timer.source.place(timer.node)} waits on a timer`
  );
}
