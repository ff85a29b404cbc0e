// Runs diagnose on the suites with planted order-dependent pairs, and says which it bisected. Installs Vitest; needs pytest.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const planted = JSON.parse(readFileSync('__tests__/diagnose/pairs.json', 'utf8'));
const folder = mkdtempSync(path.join(tmpdir(), 'pairs-'));
let right = 0;
let all = 0;
for (const [suite, pairs] of Object.entries(planted)) {
  const root = path.join(folder, suite);
  cpSync(path.join('__tests__/diagnose/fixtures', suite), root, { recursive: true });
  if (suite === 'pairs-jest') symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
  if (suite === 'pairs-vitest')
    spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit' });
  const run = spawnSync(process.execPath, ['dist/src/cli.js', 'diagnose', root, '--run', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const {
    findings,
    run: { experiments, seconds },
  } = JSON.parse(run.stdout);
  console.log(`${suite}: ${experiments[0]?.seconds} s once, ${seconds} s in all`);
  for (const { polluter, victim, shared } of pairs) {
    const found = findings.find((one) => one.victim === victim);
    const isRight = found?.polluter === polluter;
    all++;
    if (isRight) right++;
    console.log(
      `  ${isRight ? 'right' : `WRONG (${found?.polluter ?? 'not found'})`}  ${victim}${shared && found?.evidence.includes(shared) ? `  names ${shared}` : ''}`,
    );
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`${right} of ${all} pairs`);
process.exitCode = right === all ? 0 : 1;
