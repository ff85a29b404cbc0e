// Writes what node:test reports as the JSON that Jest and Vitest write, into the file that BACKEND_TEST_RESULTS names: at the end, or
// when every test that began is over and nothing has happened for a while, since a file that holds something open never ends.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';

/** Nothing runs any more, as far as was said; and, whatever was said, nothing happens. In milliseconds. */
const quiet = 2000;
const silent = 15_000;

export default async function* (events) {
  const files = new Map();
  const open = new Map();
  const running = new Set();
  let timer;
  const later = () => {
    clearTimeout(timer);
    if (files.size) timer = setTimeout(() => write(files), running.size ? silent : quiet);
  };
  for await (const { type, data } of events) {
    const file = data?.file ?? '';
    const name = data?.name ?? '';
    const isFile = name === file || file.endsWith(`/${name}`);
    const key = `${file}\n${String(data?.nesting)}\n${name}`;
    if (type === 'test:dequeue' && !isFile) running.add(key);
    if (type === 'test:complete' || type === 'test:pass' || type === 'test:fail') running.delete(key);
    if (type === 'test:start') {
      const path = open.get(file) ?? [];
      path.length = data.nesting;
      path[data.nesting] = name;
      open.set(file, path);
    }
    if (type === 'test:pass' || type === 'test:fail') note(files, open, { type, data, file, name, isFile });
    later();
  }
  clearTimeout(timer);
  write(files);
  yield '';
}

function note(files, open, { type, data, file, name, isFile }) {
  const results = files.get(file) ?? [];
  files.set(file, results);
  const isSuite = data.details?.type === 'suite' || isFile;
  if (isSuite && (type === 'test:pass' || data.details?.error?.failureType === 'subtestsFailed')) return;
  const error = data.details?.error;
  // It was ended from outside, after all that it had to say.
  if (isFile && error?.signal) return;
  const cause = error?.cause ?? error;
  results.push({
    ancestorTitles: (open.get(file) ?? []).slice(0, data.nesting),
    title: name,
    status:
      data.skip !== undefined && data.skip !== false
        ? 'pending'
        : data.todo !== undefined && data.todo !== false
          ? 'todo'
          : type === 'test:pass'
            ? 'passed'
            : 'failed',
    failureMessages: type === 'test:fail' ? [String(cause?.stack ?? cause?.message ?? cause ?? error)] : [],
  });
}

function write(files) {
  const testResults = [...files].map(([name, assertionResults]) => ({
    name,
    assertionResults,
    status: assertionResults.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
    message: '',
  }));
  writeFileSync(process.env.BACKEND_TEST_RESULTS, JSON.stringify({ testResults }));
}
