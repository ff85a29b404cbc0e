import type { Experiment, Finding } from '../../model/index.js';
import type { Found } from '../rule.js';
import { asFinding } from '../symptoms.js';
import { serviceAt, sayings } from './messages.js';
import { PairSearch } from './pairs.js';
import type { Driver, Handle, RunOutcome } from './run-spec.js';
import { keyOf } from './run-spec.js';
import { firstLine, Runs } from './runs.js';
import { isProject, type Subject } from './subject.js';
import { otherWorlds } from './worlds.js';

/** What runs showed. */
export interface Shown {
  findings: Finding[];
  experiments: Experiment[];
  notes: string[];
}

/** Runs a suite as it is, then in other orders and other worlds, until the deadline (of `performance.now()`). */
export async function experiment(
  subject: Subject,
  deadline: number,
  progress: (text: string) => void,
  signal?: AbortSignal,
): Promise<Shown> {
  const runs = new Runs(subject.driver, deadline, progress, signal);
  const findings = await seen(subject, runs);
  return { findings, experiments: runs.experiments, notes: runs.notes };
}

async function seen(whole: Subject, runs: Runs): Promise<Finding[]> {
  const plain = await runs.run('as it is', { serial: false });
  if (!plain) return [];
  const subject = { ...whole, driver: ofWhatRan(whole.driver, plain) };
  const findings = [...saidBy(plain, subject), ...network(plain, subject)];
  if (!plain.tests.length) {
    if (!findings.length) runs.notes.push(`The suite could not be run: ${lastLines(plain)}`);
    return findings;
  }
  const serial = subject.driver.isSerial ? plain : await runs.run('one file after the other', { serial: true });
  if (!serial) return findings;
  const open = leaks(serial, subject, plain);
  findings.push(...crash(plain, findings), ...onlyInParallel(plain, serial, subject), ...saidBy(serial, subject));
  // What is open says more than the runner's complaint that something is.
  const isComplaint = ({ symptom }: Finding): boolean => open.length > 0 && (symptom === 1 || symptom === 3);
  const others = findings.splice(0).filter((one) => !isComplaint(one));
  findings.push(...open, ...others);
  const constant = serial.tests.filter(({ status }) => status === 'failed').length;
  // What tells most for its time comes first: one run of all files asks them all at once, each file alone asks for one.
  const pairs = new PairSearch(subject, runs, serial);
  await pairs.together();
  findings.push(...(await otherWorlds(subject, runs, serial)));
  await pairs.eachAlone();
  findings.push(...pairs.findings);
  if (constant > 0 && !findings.length)
    runs.notes.push(`${String(constant)} tests fail in every run: mend those first.`);
  return findings;
}

/** The files that the suite itself runs: what else looks like a test to us is left alone. */
function ofWhatRan(driver: Driver, { tests, broken }: RunOutcome): Driver {
  const ran = new Set([...tests.map(({ file }) => file), ...broken.keys()]);
  return { ...driver, files: driver.files.filter((file) => ran.has(file)) };
}

const lastLines = ({ output, killedFor }: RunOutcome): string =>
  killedFor === 'timeout'
    ? 'no time was left.'
    : output
        .trim()
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-3)
        .join(' / ')
        .slice(0, 300);

/** Symptoms by what the runner and the failures say. */
function saidBy(outcome: RunOutcome, subject: Subject): Finding[] {
  const findings: Finding[] = [];
  for (const { symptom, pattern, title, fix } of sayings) {
    const test = outcome.tests.find(({ status, message }) => status === 'failed' && pattern.test(message));
    const broken = [...outcome.broken].find(([, message]) => pattern.test(message));
    const words = pattern.exec(test?.message ?? broken?.[1] ?? outcome.output)?.[0];
    if (words === undefined) continue;
    const isLeak = symptom === 1 || symptom === 3;
    const known = subject.findings.find((one) => (isLeak ? one.symptom <= 3 : one.symptom === symptom));
    const file =
      test?.file ??
      broken?.[0] ??
      known?.file ??
      fileIn(outcome.output, words, subject) ??
      subject.driver.files[0] ??
      '';
    findings.push(
      asFinding(
        {
          title,
          file,
          line: test ? subject.lineOf(test) : (known?.line ?? 1),
          evidence: `The run says: ${words.trim().slice(0, 160)}${test ? ` (${test.label})` : ''}.`,
          fix,
          certainty: 'proven',
          ...(test ? { victim: test.label } : {}),
        },
        symptom,
      ),
    );
  }
  return [...findings, ...stoppedTimers(outcome, subject)];
}

/** The test file that the output names last before the words. */
function fileIn(output: string, words: string, subject: Subject): string | undefined {
  const before = output.slice(0, output.indexOf(words));
  const after = output.slice(output.indexOf(words));
  return (
    subject.driver.files.find((file) => after.slice(0, 2000).includes(file)) ??
    subject.driver.files.filter((file) => before.includes(file)).at(-1)
  );
}

function stoppedTimers(outcome: RunOutcome, subject: Subject): Finding[] {
  const test = outcome.tests.find(
    ({ file, status, message }) =>
      status === 'failed' &&
      /Exceeded timeout of \d+ ?ms|Test timed out in \d+ ?ms|Hook timed out/.test(message) &&
      subject.fakesTimers(file),
  );
  if (!test) return [];
  const found: Found = {
    title: 'A test with fake timers runs into its time limit: what it waits for waits on a timer that does not run.',
    file: test.file,
    line: subject.lineOf(test),
    evidence: `${test.label}: ${firstLine(test.message)}`,
    fix: 'Fake the clock only (toFake: ["Date"], or doNotFake with all but Date).',
    certainty: 'proven',
    victim: test.label,
  };
  return [asFinding(found, 5)];
}

/** Calls to hosts that are on no network of ours. */
function network(outcome: RunOutcome, subject: Subject): Finding[] {
  const seenHosts = new Set<string>();
  return outcome.network.flatMap(({ target, at }) => {
    const host = target.replace(/:\d+$/, '');
    if (!/\.[a-z]{2,}$/i.test(host) || /\.(local|internal|localhost|test|invalid)$/.test(host) || seenHosts.has(host))
      return [];
    seenHosts.add(host);
    const known = subject.findings.find((one) => one.symptom === 11 && one.title.includes(host));
    const place = isProject(at) ? at : { file: known?.file ?? subject.driver.files[0] ?? '', line: known?.line ?? 1 };
    return [
      asFinding(
        {
          title: `The tests send a request to ${host}.`,
          ...place,
          evidence: `The run connected to ${target}${isProject(at) ? `, from ${at.file}:${String(at.line)}` : ''}.`,
          fix: `Answer for ${host} in the test, and refuse all other hosts.`,
          certainty: 'proven',
        },
        11,
      ),
    ];
  });
}

/** What a process that did not end still held. */
function leaks(serial: RunOutcome, subject: Subject, plain: RunOutcome): Finding[] {
  if (serial.killedFor !== 'no-exit') return [];
  const workers = /A worker process has failed to exit gracefully/.test(plain.output);
  const handles = unique(serial.handles.filter(({ kind, at }) => kind !== 'setTimeout' || isProject(at)));
  return handles.map((handle) => {
    const place = isProject(handle.at)
      ? handle.at
      : (readOf(handle, subject) ?? { file: subject.driver.files[0] ?? '', line: 1 });
    const what = {
      server: `a server on ${handle.target}`,
      socket: `a connection to ${serviceAt(handle.target)}`,
      setInterval: `an interval of ${handle.target}`,
      setTimeout: `a timer of ${handle.target}`,
      thread: `a thread (${handle.target})`,
      process: `a child process (${handle.target})`,
    }[handle.kind];
    const isRunning = handle.kind === 'thread' || handle.kind === 'process';
    const found: Found = {
      title: `${what.replace(/^an? /, (article) => article.replace('a', 'A'))} ${isRunning ? 'still runs' : 'is still open'} after the last test${workers ? ': workers are killed at the end' : ': the run does not exit'}.`,
      ...place,
      evidence: `After the last test the process still held ${what}, ${isRunning ? 'started' : 'opened'} at ${handle.at?.file ?? '?'}:${String(handle.at?.line ?? 0)}.`,
      fix: subject.driver.runner === 'pytest' ? closing.pytest : closing.node,
      certainty: 'proven',
    };
    return asFinding(found, workers ? 3 : handle.kind === 'socket' ? 2 : 1);
  });
}

const closing = {
  node: 'Close it in afterAll, in the file that opens it; keep listening out of modules that tests import.',
  pytest:
    'Stop and join it (or close it) behind the yield of the fixture that starts it; Python waits for each thread that is no daemon.',
};

/** A pool opens its sockets later, inside of its package: then what was read of the suite says where it was made, if that is one place. */
function readOf({ kind }: Handle, { findings }: Subject): Finding | undefined {
  const [only, ...others] = findings.filter(
    ({ symptom, title }) =>
      symptom <= 3 &&
      (kind === 'server') === /server/.test(title) &&
      (kind === 'setInterval') === /interval/.test(title),
  );
  return others.length ? undefined : only;
}

function unique(handles: Handle[]): Handle[] {
  const seenPlaces = new Set<string>();
  return handles.filter(({ kind, at }) => {
    const key = `${kind} ${at?.file ?? ''}:${String(at?.line)}`;
    return !seenPlaces.has(key) && Boolean(seenPlaces.add(key));
  });
}

/** All green, and the run failed all the same. */
function crash(plain: RunOutcome, known: Finding[]): Finding[] {
  const failed = plain.tests.some(({ status }) => status === 'failed') || plain.broken.size > 0;
  if (
    failed ||
    plain.code === 0 ||
    plain.code === null ||
    known.some(({ symptom }) => symptom !== 3) ||
    /threshold/.test(plain.output)
  )
    return [];
  const words =
    /^\s*(?:\w*Error: .*|Unhandled.*)$/m.exec(plain.output)?.[0]?.trim() ?? `exit code ${String(plain.code)}`;
  const found: Found = {
    title: 'Every test passes and the run fails: something broke after the test that started it had ended.',
    file:
      /((?:[\w.-]+\/)+[\w.-]+\.[cm]?[jt]sx?):\d+/.exec(plain.output.slice(plain.output.indexOf(words)))?.[1] ??
      plain.tests[0]?.file ??
      '',
    line: 1,
    evidence: `Exit code ${String(plain.code)} with no failed test: ${words.slice(0, 160)}`,
    fix: 'Await or return each request and each assertion on a promise.',
    certainty: 'proven',
  };
  return [asFinding(found, 12)];
}

function onlyInParallel(plain: RunOutcome, serial: RunOutcome, subject: Subject): Finding[] {
  const passed = new Map(serial.tests.filter(({ status }) => status === 'passed').map((test) => [keyOf(test), test]));
  const victims = plain.tests.filter((test) => test.status === 'failed' && passed.has(keyOf(test)));
  const [victim] = victims.filter(({ message }) => !sayings.some(({ pattern }) => pattern.test(message)));
  if (!victim) return [];
  const found: Found = {
    title: `${String(victims.length)} ${victims.length === 1 ? 'test fails' : 'tests fail'} only while files run at the same time.`,
    file: victim.file,
    line: subject.lineOf(victim),
    evidence: `${victim.label} fails in parallel (${firstLine(victim.message)}) and passes when files run one after the other.`,
    fix: 'Give each worker a database, folder or port of its own, or run the files one after the other.',
    certainty: 'proven',
    victim: victim.label,
  };
  return [asFinding(found, 9)];
}
