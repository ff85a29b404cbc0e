// The main job on an example, in a copy of it: generate, run, report.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [example = 'tool-rental'] = process.argv.slice(2);
const service = path.join(mkdtempSync(path.join(tmpdir(), 'backend-test-demo-')), example);

cpSync(path.join(here, example), service, { recursive: true, filter: (source) => !/node_modules|\.venv|__pycache__/.test(source) });
console.log(`A copy of examples/${example} is in ${service}\n`);
const install = (command, args) => execFileSync(command, args, { cwd: service, stdio: ['ignore', 'ignore', 'inherit'] });
if (existsSync(path.join(service, 'package.json'))) install('npm', ['install', '--no-audit', '--no-fund']);
else {
  const declared = existsSync(path.join(service, 'requirements.txt')) ? ['-r', 'requirements.txt'] : ['-e', '.'];
  install('python3', ['-m', 'venv', '.venv']);
  install(path.join(service, '.venv/bin/python'), ['-m', 'pip', 'install', ...declared]);
}

const { status } = spawnSync(process.execPath, [path.join(here, '../dist/src/cli.js'), service, '--yes'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
