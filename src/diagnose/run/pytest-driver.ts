import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Call, type Limits, probeFile, quoted, runProbed } from './process.js';
import type { Driver, Outcome, RunOutcome, RunSpec, Status } from './run-spec.js';

/** How a suite of pytest is run in another order, in part, or in another world. */
export function pytestDriver(root: string, files: string[], limits: Limits, isParallel: boolean): Driver {
  return {
    runner: 'pytest',
    files,
    canShuffle: true,
    isSerial: !isParallel,
    canClearMocks: false,
    ordersTests: true,
    run: (spec) => runProbed(root, callOf(root, spec), spec, limits),
  };
}

/** The interpreter of the project's own environment, where there is one. */
export function pythonOf(root: string): string {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = ['.venv', 'venv', 'env']
      .map((name) => path.join(folder, name, 'bin', 'python'))
      .find((file) => existsSync(file));
    if (found !== undefined) return found;
    if (path.dirname(folder) === folder) break;
  }
  const active = process.env['VIRTUAL_ENV'];
  return active === undefined ? 'python3' : path.join(active, 'bin', 'python');
}

function callOf(root: string, spec: RunSpec): Call {
  const chosen = spec.tests?.map(({ name }) => name);
  return {
    env: (probe) => {
      if (chosen) writeFileSync(path.join(probe, 'order.json'), JSON.stringify(chosen));
      return {
        PYTHONPATH: [path.dirname(probeFile('backend_test_probe.py')), process.env['PYTHONPATH']]
          .filter(Boolean)
          .join(path.delimiter),
        PYTHONDONTWRITEBYTECODE: '1',
        ...(chosen ? { BACKEND_TEST_ORDER: path.join(probe, 'order.json') } : {}),
        ...(spec.seed === undefined ? {} : { BACKEND_TEST_SEED: String(spec.seed) }),
      };
    },
    command: () =>
      [
        pythonOf(root),
        '-m',
        'pytest',
        '-q',
        ...['backend_test_probe', 'no:randomly', 'no:random_order', 'no:cacheprovider'].flatMap((plugin) => [
          '-p',
          plugin,
        ]),
        ...(spec.files ?? []),
      ]
        .map(quoted)
        .join(' '),
    finished: (probe) => path.join(probe, 'ended'),
    read: (probe) => read(path.join(probe, 'pytest.json')),
  };
}

interface Written {
  results: Record<string, { status: Status; message: string; collect?: boolean }>;
  left: Record<string, string[]>;
  order: string[];
}

function read(file: string): Pick<RunOutcome, 'tests' | 'broken' | 'left'> {
  const { results, left, order } = JSON.parse(readFileSync(file, 'utf8')) as Written;
  const ran = Object.entries(results);
  const position = new Map(order.map((nodeid, index) => [nodeid, index]));
  const tests = ran
    .filter(([, { collect }]) => !collect)
    .sort(([one], [other]) => (position.get(one) ?? 0) - (position.get(other) ?? 0))
    .map(([nodeid, { status, message }]): Outcome => {
      const [path_ = ''] = nodeid.split('::');
      return { file: path_, name: nodeid, label: nodeid.split('::').join(' › '), status, message };
    });
  return {
    tests,
    broken: new Map(ran.filter(([, { collect }]) => collect).map(([nodeid, { message }]) => [nodeid, message])),
    left: new Map(Object.entries(left)),
  };
}
