import { realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';

export interface TestResult {
  /** Posix, relative to the service. */
  file: string;
  /** Titles of the describes around it, outermost first. */
  ancestors: string[];
  title: string;
  status: 'passed' | 'failed' | 'todo' | 'skipped';
  message?: string;
}

export interface SuiteResult {
  tests: TestResult[];
  /** Files that failed as a whole (an import, a syntax error) → why. */
  brokenFiles: Map<string, string>;
}

/** Reads the JSON that Jest and Vitest both write. Throws `SyntaxError` or `TypeError` where it is something else. */
export function readRunnerJson(text: string, root: string): SuiteResult {
  const parsed: unknown = JSON.parse(text);
  const base = realpathSync(root);
  const result: SuiteResult = { tests: [], brokenFiles: new Map() };
  for (const suite of listOf(parsed, 'testResults')) {
    const file = relative(base, textOf(suite, 'name')).split(sep).join('/');
    const tests = listOf(suite, 'assertionResults').map((test) => testOf(test, file));
    const message = plain(textOf(suite, 'message'));
    if (textOf(suite, 'status') === 'failed' && !tests.some(({ status }) => status === 'failed')) {
      result.brokenFiles.set(file, message === '' ? 'The test file could not be run.' : message);
    }
    result.tests.push(...tests);
  }
  return result;
}

function testOf(test: unknown, file: string): TestResult {
  const message = plain(
    listOf(test, 'failureMessages')
      .filter((each) => typeof each === 'string')
      .join('\n'),
  );
  return {
    file,
    ancestors: listOf(test, 'ancestorTitles').filter((each): each is string => typeof each === 'string' && each !== ''),
    title: textOf(test, 'title'),
    status: statusOf(textOf(test, 'status')),
    ...(message === '' ? {} : { message }),
  };
}

function statusOf(status: string): TestResult['status'] {
  return status === 'passed' || status === 'failed' || status === 'todo' ? status : 'skipped';
}

/** Without colours. */
function plain(text: string): string {
  return text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '').trim();
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown, name: string): unknown[] {
  const list = fieldOf(value, name);
  if (!Array.isArray(list)) throw new TypeError(`the runner's JSON has no list "${name}"`);
  return list;
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? text : '';
}
