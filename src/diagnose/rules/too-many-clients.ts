import { clients, prisma } from '../clients.js';
import { at, type Found, type Rule } from '../rule.js';
import { originOf, optionOf } from '../suite/origin.js';
import { isInside } from '../suite/reach.js';
import type { Call } from '../suite/source.js';
import { isRecord, type StaticValue } from '../suite/static-value.js';
import type { NodeSuite, TestFile } from '../suite/suite.js';
import { leftOpen } from '../resources.js';

/** What Postgres gives out, less what it keeps for its administrator. */
const MOST_CONNECTIONS = 97;

/** Pools that multiply: one for each test or file, none of them closed or none of them small. */
export const tooManyClients: Rule = {
  symptom: 20,
  find(suite) {
    const made = new Map<
      Call['node'],
      { call: Call; tests: TestFile[]; label: string; size: number; isLimited: boolean; isLeft: boolean }
    >();
    for (const test of suite.tests) {
      const left = new Set(leftOpen(test).map(({ call }) => call.node));
      for (const call of test.reach.surely) {
        const pool = poolOf(call, test, suite);
        if (!pool) continue;
        const isLeft = left.has(call.node) || (pool.label.includes('Prisma') && !closesPrisma(test));
        const known = made.get(call.node) ?? { call, tests: [], ...pool, isLeft };
        known.tests.push(test);
        made.set(call.node, known);
      }
    }
    const all = [...made.values()];
    return [...perTest(all), ...perFile(all, suite), ...tooLarge(all, suite)].slice(0, 3);
  },
};

type Made = { call: Call; tests: TestFile[]; label: string; size: number; isLimited: boolean; isLeft: boolean };

function poolOf(
  call: Call,
  test: TestFile,
  suite: NodeSuite,
): { label: string; size: number; isLimited: boolean } | undefined {
  const origin = originOf(call.node, call.source, suite.resolve);
  if (!origin || origin.node !== call.node || test.reach.mocked.has(origin.module)) return undefined;
  const kind = [...clients, prisma].find(
    (one) => one.pool && one.module.test(origin.module) && one.made.test(origin.name),
  );
  if (!kind?.pool || /sqlite|pglite|sqljs/i.test(call.node.getText())) return undefined;
  if (kind.needsDriver && !kind.needsDriver.some((name) => name in suite.manifest.dependencies)) return undefined;
  const option = ['max', 'connectionLimit', 'pool', 'poolSize', 'extra']
    .map((key) => optionOf(call.node, key, call.source))
    .find((one) => one !== undefined);
  const size = sizeOf(option);
  return {
    label: kind.label,
    size: size ?? kind.pool.size,
    isLimited: size !== undefined || option !== undefined || /connection_limit/.test(call.node.getText()),
  };
}

function sizeOf(option: StaticValue | 'unreadable'): number | undefined {
  if (typeof option === 'number') return option;
  const max = isRecord(option as StaticValue)
    ? (option as { fields: Map<string, { value: StaticValue }> }).fields.get('max')?.value
    : undefined;
  return typeof max === 'number' ? max : undefined;
}

const closesPrisma = (test: TestFile): boolean =>
  test.reach.calls.some(({ name }) => name === '$disconnect' || /^(close|disconnect|teardown|cleanup)/i.test(name));

/** In a beforeEach or a test, without an end. */
function perTest(all: Made[]): Found[] {
  return all.flatMap(({ call, tests, label }) => {
    const [test] = tests;
    const block =
      test &&
      [...test.blocks.hooks.filter(({ kind }) => kind === 'beforeEach'), ...test.blocks.tests].find(
        (one) => call.source === test.source && isInside(call.node, one.node),
      );
    if (!block || !test || /\.(end|close|destroy|\$disconnect|quit)\(/.test(test.source.text)) return [];
    return [
      found(
        call,
        `${label.replace(/^a/, 'A')} is made for each test and never closed: "too many clients".`,
        `${call.source.place(call.node)} runs once for each of ${String(test.blocks.tests.length)} tests.`,
      ),
    ];
  });
}

/** Two files that make their own, none closed. */
function perFile(all: Made[], suite: NodeSuite): Found[] {
  const testSide = all.filter(
    ({ call, isLeft, isLimited, label }) =>
      isLeft && !isLimited && label.includes('Prisma') && suite.tests.some(({ source }) => source === call.source),
  );
  const [first, second] = testSide;
  if (!first || !second) return [];
  return [
    found(
      first.call,
      `${String(testSide.length)} test files make ${first.label} each, without a limit and without closing it: "too many clients".`,
      testSide
        .map(({ call }) => call.source.place(call.node))
        .slice(0, 4)
        .join(', '),
    ),
  ];
}

function tooLarge(all: Made[], suite: NodeSuite): Found[] {
  return all.flatMap(({ call, tests, label, size, isLeft }) => {
    const atOnce = isLeft || !suite.settings.serial ? tests.length : 1;
    if (atOnce < 2 || size * atOnce <= MOST_CONNECTIONS || (!isLeft && size <= 10)) return [];
    return [
      found(
        call,
        `${label.replace(/^a/, 'A')} of ${String(size)} connections for each of ${String(tests.length)} test files${isLeft ? ', never closed' : ''}: "too many clients".`,
        `${call.source.place(call.node)}; up to ${String(size * atOnce)} connections, and Postgres gives out ${String(MOST_CONNECTIONS)}.`,
      ),
    ];
  });
}

const found = (call: Call, title: string, evidence: string): Found => ({
  title,
  ...at(call.source, call.node),
  evidence,
  fix: 'Share one client for the file, keep its pool small in tests (max: 2, connection_limit=2), and close it in afterAll.',
  certainty: 'certain',
});
