import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { readRunnerJson } from '../../verify/runner-json.js';
import type { NodeSuite } from '../suite/suite.js';
import { binaryPath, type Call, escaped, type Limits, ownCommand, probeFile, quoted, runProbed } from './process.js';
import type { Driver, Outcome, RunOutcome, RunSpec } from './run-spec.js';

/** How a suite of Node is run in another order, in part, or in another world. */
export function nodeDriver(suite: NodeSuite, limits: Limits): Driver {
  const files = suite.tests.map(({ file }) => file);
  const calls = { jest: jestCall, vitest: vitestCall, 'node:test': nodeCall };
  return {
    runner: suite.runner,
    files,
    canShuffle: suite.runner !== 'node:test',
    isSerial: false,
    canClearMocks: suite.runner !== 'node:test',
    ordersTests: false,
    run: (spec) =>
      runProbed(suite.root, calls[suite.runner](suite, { ...spec, files: spec.files ?? files }), spec, limits),
  };
}

type Spec = RunSpec & { files: string[] };

const unwanted = [
  /\s--(watch|watchAll|forceExit|detectOpenHandles|runInBand|coverage|ci|bail|silent|verbose|randomize|ui|run|changed|onlyChanged|passWithNoTests|logHeapUsage|no-file-parallelism|experimental-test-coverage|test-force-exit)(=\S+)?(?=\s)/g,
  /\s--(maxWorkers|seed|reporter|reporters|outputFile|testNamePattern|test-concurrency|test-reporter|test-reporter-destination|shard)[= ]\S+(?=\s)/g,
  /\s-(i|b|o|w[= ]\S+|t[= ]\S+)(?=\s)/g,
];

function jestCall(suite: NodeSuite, spec: Spec): Call {
  const base = ownCommand(suite.settings.scripts, /\bjest\b/, unwanted, 'jest');
  const files = spec.files.map((file) => path.join(realpathSync(suite.root), file));
  return {
    env: () => ({ PATH: binaryPath(suite.root), BACKEND_TEST_ORDER: JSON.stringify(files) }),
    command: (_probe, outputFile) =>
      [
        base,
        '--json',
        `--outputFile=${outputFile}`,
        '--ci',
        '--watchAll=false',
        '--coverage=false',
        '--forceExit=false',
        ...(spec.serial
          ? ['--runInBand', `--testSequencer=${probeFile('jest-sequencer.cjs')}`]
          : suite.settings.serial
            ? ['--runInBand']
            : []),
        ...(spec.seed === undefined ? [] : ['--randomize', `--seed=${String(spec.seed)}`]),
        ...(spec.clearMocks ? ['--clearMocks', '--restoreMocks'] : []),
        ...(spec.tests ? ['--testNamePattern', patternOf(spec)] : []),
        '--runTestsByPath',
        ...files,
      ]
        .map(quotedArgument)
        .join(' '),
    read: (_probe, outputFile) => readJson(outputFile, suite.root),
  };
}

const quotedArgument = (text: string, index: number): string => (index === 0 ? text : quoted(text));

// Some versions of Vitest begin a full name with a space.
const patternOf = ({ tests = [] }: RunSpec): string => `^ ?(${tests.map(({ name }) => escaped(name)).join('|')})$`;

function vitestCall(suite: NodeSuite, spec: Spec): Call {
  const config = suite.settings.scripts
    .map(({ command }) => /(?:--config|-c)[= ](\S+)/.exec(command)?.[1])
    .find((one) => one !== undefined);
  const assignments = suite.settings.scripts[0]?.command.match(/\b[A-Z][A-Z0-9_]*=\S+(?=\s)/g) ?? [];
  const root = realpathSync(suite.root);
  const files = spec.files.map((file) => path.join(root, file));
  return {
    env: () => ({
      PATH: binaryPath(suite.root),
      ...Object.fromEntries(assignments.map((one) => one.split('=', 2) as [string, string])),
    }),
    command: (_probe, outputFile) => {
      const call = {
        root,
        ...(config === undefined ? {} : { config }),
        files,
        order: spec.serial ? files : [],
        ...(spec.tests ? { names: patternOf(spec) } : {}),
        ...(spec.seed === undefined ? {} : { seed: spec.seed }),
        serial: spec.serial || suite.settings.serial,
        clearMocks: spec.clearMocks ?? false,
        outputFile,
      };
      return `${quoted(process.execPath)} ${quoted(probeFile('vitest-run.mjs'))} ${quoted(JSON.stringify(call))}`;
    },
    read: (_probe, outputFile) => readJson(outputFile, suite.root),
  };
}

function nodeCall(suite: NodeSuite, spec: Spec): Call {
  const own = ownCommand(suite.settings.scripts, /--test\b/, unwanted, 'node --test');
  // The files that the script names give way to ours.
  const base = own
    .split(/\s+/)
    .filter(
      (part, index, parts) =>
        index === 0 ||
        part.startsWith('-') ||
        /=/.test(part) ||
        /^(node|tsx|c8)$/.test(part) ||
        /^(--import|--require|-r|--loader|--env-file|--experimental-loader)$/.test(parts[index - 1] ?? ''),
    )
    .join(' ');
  return {
    env: (probe) => ({ PATH: binaryPath(suite.root), BACKEND_TEST_RESULTS: path.join(probe, 'results.json') }),
    // The reporter writes the results itself: what it is given as a destination is there from the start.
    command: (probe) =>
      [
        base,
        ...(spec.serial || suite.settings.serial ? ['--test-concurrency=1'] : []),
        `--test-reporter=${probeFile('node-reporter.mjs')}`,
        `--test-reporter-destination=${path.join(probe, 'stream')}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        ...(spec.tests ?? []).map(({ name }) => `--test-name-pattern=/^${escaped(name.split(' › ').at(-1) ?? name)}$/`),
        ...spec.files,
      ]
        .map(quotedArgument)
        .join(' '),
    read: (_probe, outputFile) => readJson(outputFile, suite.root, ' › '),
  };
}

/** `joint`: how the runner joins titles where it is asked for tests by name. */
function readJson(file: string, root: string, joint = ' '): Pick<RunOutcome, 'tests' | 'broken' | 'left'> {
  const { tests, brokenFiles } = readRunnerJson(readFileSync(file, 'utf8'), root);
  return {
    broken: brokenFiles,
    left: new Map(),
    tests: tests.map((test): Outcome => ({
      file: test.file,
      name: [...test.ancestors, test.title].join(joint),
      label: [test.file, ...test.ancestors, test.title].join(' › '),
      status: test.status,
      message: test.message ?? '',
    })),
  };
}
