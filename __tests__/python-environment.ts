import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
 * @returns its folder, or why there is none: no Python, or nothing to install from
 */
export function pythonEnvironment(example: string, instead: string[] = []): { folder: string } | { missing: string } {
  const requirements = [...requirementsOf(example, instead), ...forTests];
  const folder = path.join(cache, createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12));
  const done = path.join(folder, '.complete');
  if (existsSync(done)) return { folder };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status !== 0) return { missing: `python3 -m venv: ${made.error?.message ?? made.stderr}` };
  const installed = spawnSync(path.join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...requirements], {
    encoding: 'utf8',
  });
  if (installed.status !== 0) return { missing: `pip install: ${installed.stderr.trim().split('\n').at(-1) ?? ''}` };
  writeFileSync(done, requirements.join('\n'));
  return { folder };
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
