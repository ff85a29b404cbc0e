/** Time of the whole command on an example (inspect, write, install nothing, run twice) against one run of the suite that it wrote. */
import { performance } from 'node:perf_hooks';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const cli = path.resolve('dist/src/cli.js');
const rounds = 3;

/** Seconds. */
function timed(act) {
  const start = performance.now();
  act();
  return (performance.now() - start) / 1000;
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

for (const example of ['tool-rental', 'library-loans']) {
  const folder = mkdtempSync(path.join(tmpdir(), `${example}-`));
  try {
    const isOurs = (source) => !source.includes('node_modules');
    cpSync(path.resolve('examples', example), folder, { recursive: true, filter: isOurs });
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
    const generate = (...flags) =>
      spawnSync(process.execPath, [cli, folder, '--yes', '--json', ...flags], { encoding: 'utf8', maxBuffer: 1 << 26 });
    // The first one installs what is missing.
    const { run } = JSON.parse(generate().stdout);
    const suite = [];
    const whole = [];
    for (let round = 0; round < rounds; round++) {
      suite.push(timed(() => execFileSync('sh', ['-c', run.command], { cwd: folder, stdio: 'ignore' })));
      whole.push(timed(() => generate()));
    }
    const ratio = median(whole) / median(suite);
    console.log(
      `${example.padEnd(14)} suite ${median(suite).toFixed(1)} s, whole command ${median(whole).toFixed(1)} s: ${ratio.toFixed(1)} x the suite`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
