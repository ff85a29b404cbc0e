import type { PlannedTest, Verdict } from '../model/index.js';
import type { SuiteResult, TestResult } from './runner-json.js';

const MESSAGE_LINES = 12;

/** One verdict per case, in the plan's order, from one run of the suite. */
export function verdictsOf(
  cases: PlannedTest[],
  suite: SuiteResult,
  reportedAs: Record<string, string> = {},
): Verdict[] {
  const byPlace = new Map<string, TestResult>();
  for (const test of suite.tests) {
    for (const ancestor of test.ancestors) byPlace.set(placeOf(test.file, ancestor, test.title), test);
  }
  return cases.map((each) => {
    const reported = reportedAs[each.id];
    const [operation, title] = reported === undefined ? [each.operation, each.title] : halves(reported);
    return verdictOf(each, byPlace.get(placeOf(each.file, operation, title)), suite);
  });
}

/** `TestClass::test_name[row]`, at the first colons. */
function halves(reported: string): [string, string] {
  const at = reported.indexOf('::');
  return [reported.slice(0, at), reported.slice(at + 2)];
}

/** Holds two runs in different orders against each other: what differs is an error, whatever it was. */
export function steady(first: Verdict[], second: Verdict[], seed: number): Verdict[] {
  const again = new Map(second.map((verdict) => [verdict.case, verdict]));
  return first.map((one) => {
    const other = again.get(one.case);
    if (other === undefined || other.verdict === one.verdict) return one;
    const message = one.message ?? other.message ?? '';
    const seen = `${FLAKY}: ${one.verdict} in file order, ${other.verdict} when shuffled (seed ${String(seed)})`;
    return { case: one.case, verdict: 'error', message: `${seen}\n${message}`.trim() };
  });
}

/** How the message of a case begins that did not end the same way twice. */
export const FLAKY = 'Not the same twice';

function verdictOf(testCase: PlannedTest, test: TestResult | undefined, { brokenFiles }: SuiteResult): Verdict {
  const broken = brokenFiles.get(testCase.file);
  if (test === undefined) {
    if (broken === undefined)
      return { case: testCase.id, verdict: 'not-run', message: 'Not among the tests that the runner reports.' };
    return { case: testCase.id, verdict: 'error', message: firstLines(broken) };
  }
  const message = test.message === undefined ? {} : { message: firstLines(test.message) };
  if (test.status === 'passed') return { case: testCase.id, verdict: 'pass' };
  if (test.status === 'failed')
    return { case: testCase.id, verdict: isExpectation(test.message) ? 'fail' : 'error', ...message };
  if (test.status === 'skipped' && testCase.state === 'active' && broken !== undefined)
    return { case: testCase.id, verdict: 'error', message: firstLines(broken) };
  return {
    case: testCase.id,
    verdict: 'not-run',
    ...(testCase.reason === undefined ? {} : { message: testCase.reason }),
  };
}

function placeOf(file: string, operation: string, title: string): string {
  return [file, operation, title].join('\0');
}

function firstLines(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s+at /.test(line));
  return lines.slice(0, MESSAGE_LINES).join('\n').trim();
}

/** An expectation that was not met, rather than a test that could not get that far. */
export function isExpectation(message: string | undefined): boolean {
  if (/^Error in |Test suite failed to run/.test(message ?? '')) return false;
  return /expect\(|^assert |AssertionError|\bexpected\b|to (be|equal|have|match|contain)\b/i.test(message ?? '');
}

/** The status that a failed status assertion saw, in the words of Jest, Vitest, node:assert and pytest. */
export function receivedStatus(message: string | undefined): string | undefined {
  // What an exception that nothing catches would have been answered with.
  if (/expected an answer, but the service raised/.test(message ?? '')) return '500';
  const match = /Received: (\d{3})\b|expected (\d{3}) to |assert (\d{3}) == |\b(\d{3}) !== \d{3}\b/.exec(message ?? '');
  return match?.slice(1).find((group) => group !== undefined);
}
