// Time of each stage on an example, against a bare TypeScript parse of the same files in the same run.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Bench } from 'tinybench';
import { ts } from 'ts-morph';
import { inspect } from '../dist/src/inspect/index.js';
import { plan } from '../dist/src/plan/index.js';
import { render } from '../dist/src/render/index.js';
import { triage } from '../dist/src/triage/index.js';

const root = path.resolve(process.argv[2] ?? 'examples/tool-rental');
const facts = triage(root);
const model = inspect(facts);
const cases = plan(model, facts, { testFolder: 'test' });
const texts = model.files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]);

const bench = new Bench({ time: 2000, warmupTime: 500 });
bench
  .add('bare parse', () => {
    for (const [file, text] of texts) ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  })
  .add('triage', () => void triage(root))
  .add('inspect', () => void inspect(facts))
  .add('plan', () => void plan(model, facts, { testFolder: 'test' }))
  .add('render', async () => void (await render(cases, facts)));
await bench.run();

const median = (name) => bench.getTask(name)?.result?.latency?.p50 ?? Number.NaN;
const base = median('bare parse');
for (const task of bench.tasks)
  console.log(
    `${task.name.padEnd(12)} ${median(task.name).toFixed(1).padStart(8)} ms  ${(median(task.name) / base).toFixed(1).padStart(7)} x the bare parse`,
  );
console.log(`${model.operations.length} operations, ${cases.cases.length} cases, ${texts.length} files`);
