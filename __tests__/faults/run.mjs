// Plants each fault in a copy of its example and counts what goes red: node __tests__/faults/run.mjs [example…]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const wanted = process.argv.slice(2);
const examples = wanted.length
  ? wanted
  : ['tool-rental', 'library-loans', 'seed-library', 'pottery-studio', 'parcel-lockers'];

/** @returns whether at least 22 of 24 went red, and five of six in each class */
function prove(example) {
  const folder = mkdtempSync(path.join(tmpdir(), `${example}-`));
  cpSync(path.resolve('examples', example), folder, {
    recursive: true,
    filter: (source) => !/node_modules|\.venv|__pycache__/.test(source),
  });
  const isPython = installed(folder);
  const generated = spawnSync(process.execPath, [path.resolve('dist/src/cli.js'), folder, '--yes', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const { run } = JSON.parse(generated.stdout);
  if (generated.status !== 0) throw new Error(`${example}: the suite is not green to begin with: ${run.problem ?? ''}`);
  const faults = JSON.parse(readFileSync(path.resolve('__tests__/faults', `${example}.json`), 'utf8'));
  const red = faults.map((fault) =>
    goesRed(folder, `${run.command} ${isPython ? '-x -q' : '--bail=1 --silent'}`, fault),
  );
  const classes = [...new Set(faults.map((fault) => fault.class))].map((name) => {
    const of = faults.map((fault, index) => [fault, red[index]]).filter(([fault]) => fault.class === name);
    return { name, red: of.filter(([, is]) => is).length, of: of.length };
  });
  const total = red.filter(Boolean).length;
  console.log(
    `${example}: ${total} of ${faults.length} red; ${classes.map((one) => `${one.name} ${one.red}/${one.of}`).join(', ')}`,
  );
  return total >= (faults.length * 22) / 24 && classes.every((one) => one.red >= (one.of * 5) / 6);
}

/** @returns whether it is a Python service */
function installed(folder) {
  const run = (command, args) => execFileSync(command, args, { cwd: folder, stdio: 'ignore' });
  if (existsSync(path.join(folder, 'package.json'))) {
    run('npm', ['install', '--no-audit', '--no-fund']);
    return false;
  }
  const declared = existsSync(path.join(folder, 'requirements.txt')) ? ['-r', 'requirements.txt'] : ['-e', '.'];
  run('python3', ['-m', 'venv', '.venv']);
  run(path.join(folder, '.venv/bin/python'), ['-m', 'pip', 'install', ...declared]);
  return true;
}

function goesRed(folder, command, fault) {
  const file = path.join(folder, fault.file);
  const before = readFileSync(file, 'utf8');
  if (before.split(fault.find).length !== 2)
    throw new Error(`${fault.id}: the text to replace does not occur exactly once in ${fault.file}`);
  writeFileSync(
    file,
    before.replace(fault.find, () => fault.replace),
  );
  const { status } = spawnSync('sh', ['-c', command], { cwd: folder, stdio: 'ignore' });
  writeFileSync(file, before);
  if (status === 0) console.log(`  survived: ${fault.class} ${fault.id}`);
  return status !== 0;
}

process.exitCode = examples.map(prove).every(Boolean) ? 0 : 1;
