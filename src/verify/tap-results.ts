import { realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { type EventLog, Parser } from 'tap-parser';
import type { SuiteResult, TestResult } from './runner-json.js';

interface Result {
  ok: boolean;
  name: string;
  todo?: unknown;
  skip?: unknown;
  diag?: unknown;
}

/** Reads TAP: the outermost subtests are files, those in them are what `describe` stands for. */
export function readTap(text: string, root: string): SuiteResult {
  const found: SuiteResult = { tests: [], brokenFiles: new Map() };
  const base = realpathSync(root);
  const log = Parser.parse(text) as EventLog;
  for (const { children, result } of entries(log)) {
    const file = relative(base, resolve(base, result.name)).split(sep).join('/');
    const before = found.tests.length;
    collect(children, file, [], found.tests);
    const told = found.tests.slice(before);
    if (!result.ok && !told.some((test) => test.status === 'failed'))
      found.brokenFiles.set(file, messageOf(result) ?? outputBefore(text, result.name));
  }
  return found;
}

/** Why a file could not be run is printed before its result. */
const outputBefore = (text: string, name: string): string =>
  /^\w*Error[^\n]*|^Error: [^\n]*/m.exec(text)?.[0] ?? `${name} could not be run.`;

interface Entry {
  result: Result;
  children: EventLog;
}

/** Each result with the subtests that stand before it. */
function entries(log: EventLog): Entry[] {
  const list: Entry[] = [];
  let children: EventLog = [];
  for (const [kind, value] of log) {
    if (kind === 'child') children = value as unknown as EventLog;
    if (kind !== 'assert') continue;
    list.push({ result: value as unknown as Result, children });
    children = [];
  }
  return list;
}

function collect(log: EventLog, file: string, ancestors: string[], tests: TestResult[]): void {
  for (const { result, children } of entries(log)) {
    const isSuite = ancestors.length === 0;
    if (isSuite) collect(children, file, [result.name], tests);
    else tests.push(testOf(result, children, file, ancestors));
  }
}

const said = (value: unknown): boolean => value !== undefined && value !== false;

function testOf(result: Result, children: EventLog, file: string, ancestors: string[]): TestResult {
  const message =
    messageOf(result) ??
    entries(children)
      .map((entry) => messageOf(entry.result))
      .find(Boolean);
  return {
    file,
    ancestors,
    title: result.name,
    status: said(result.todo) ? 'todo' : said(result.skip) ? 'skipped' : result.ok ? 'passed' : 'failed',
    ...(!result.ok && message !== undefined ? { message } : {}),
  };
}

function messageOf({ ok, name, diag }: Result): string | undefined {
  if (ok) return undefined;
  const fields = typeof diag === 'object' && diag !== null ? (diag as Record<string, unknown>) : {};
  const text = [fields['error'], fields['message'], name].find((one) => typeof one === 'string' && one !== '');
  const stack = typeof fields['stack'] === 'string' ? `\n${fields['stack']}` : '';
  return text === undefined ? undefined : `${String(text)}${stack}`;
}
