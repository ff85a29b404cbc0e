// The main job on an example, in a copy of it: generate, run, report.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [example = 'tool-rental'] = process.argv.slice(2);
const service = path.join(mkdtempSync(path.join(tmpdir(), 'backend-test-demo-')), example);

cpSync(path.join(here, example), service, { recursive: true, filter: (source) => !source.includes('node_modules') });
console.log(`A copy of examples/${example} is in ${service}\n`);
execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: service, stdio: ['ignore', 'ignore', 'inherit'] });

const { status } = spawnSync(process.execPath, [path.join(here, '../dist/src/cli.js'), service, '--yes'], { stdio: 'inherit' });
process.exitCode = status ?? 1;
