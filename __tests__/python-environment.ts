import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

const examples = path.resolve('examples');
const cache = path.resolve('node_modules/.cache/backend-test');

/** What the suites need besides the service's own dependencies: the command would install it, here it is cached with them. */
const forTests = ['pytest>=8', 'dirty-equals>=0.8', 'python-dotenv', 'respx>=0.21', 'httpx', 'httpx2'];

/** The dependencies of an example, as pip takes them. `instead` replaces some of them by name. */
function requirementsOf(example: string, instead: string[]): string[] {
  const file = path.join(examples, example, 'requirements.txt');
  const own = existsSync(file)
    ? readFileSync(file, 'utf8').split('\n').filter(Boolean)
    : [
        ...(
          /^dependencies = \[([^]*?)^\]/m.exec(
            readFileSync(path.join(examples, example, 'pyproject.toml'), 'utf8'),
          )?.[1] ?? ''
        ).matchAll(/"([^"]+)"/g),
      ].map(([, one = '']) => one);
  const nameOf = (requirement: string): string => /^[\w.-]+/.exec(requirement)?.[0].toLowerCase() ?? '';
  return [...own.filter((one) => !instead.some((other) => nameOf(other) === nameOf(one))), ...instead];
}

/**
 * A virtual environment with the dependencies of an example, made once and kept in `node_modules/.cache`.
 * @returns its folder
 * @throws where Python is not there, or nothing can be installed: what it is, and that these tests need it
 */
export function pythonEnvironment(example: string, instead: string[] = []): string {
  const requirements = [...requirementsOf(example, instead), ...forTests];
  const folder = path.join(cache, createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12));
  const done = path.join(folder, '.complete');
  mkdirSync(cache, { recursive: true });
  alone(`${folder}.lock`, () => {
    if (existsSync(done)) return;
    rmSync(folder, { recursive: true, force: true });
    run('python3', ['-m', 'venv', folder]);
    run(path.join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...requirements]);
    writeFileSync(done, requirements.join('\n'));
  });
  return folder;
}

function run(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(`These tests need Python 3.11 and its packages (cached once they are there): ${command}: ${reason}`);
}

/** Test files run side by side and want the same environment: one makes it, the others wait. */
function alone(lock: string, make: () => void): void {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  for (let taken = false; !taken;) {
    try {
      mkdirSync(lock);
      taken = true;
    } catch {
      const since = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (since > 300_000) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(asleep, 0, 0, 200);
    }
  }
  try {
    make();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A copy of an example with that environment as its `.venv`. */
export function pythonCopy(example: string, environment: string): string {
  const folder = temporaryFolder(example);
  cpSync(path.join(examples, example), folder, {
    recursive: true,
    filter: (source) => !/(__pycache__|\.venv|\.db)$/.test(source),
  });
  symlinkSync(environment, path.join(folder, '.venv'));
  return folder;
}
