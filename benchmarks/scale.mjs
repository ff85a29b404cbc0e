/**
 * What inspection costs as a service grows: generated services of 100 and 1,000 operations (`--large`: 10,000 too), each in a
 * process of its own: processor seconds of a bare parse of the same files, of inspection, their ratio, peak memory, and the
 * exponent of the growth (1: linear). `node benchmarks/scale.mjs [--large] [express|fastify|fastapi …]`, or
 * `node benchmarks/scale.mjs --service FOLDER [--entry ENTRY]` for one that is there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { ts } from 'ts-morph';
import { inspect, prepare } from '../dist/src/inspect/index.js';
import { parsed } from '../dist/src/inspect/python/parser.js';
import { triage } from '../dist/src/triage/index.js';
import { services } from './generated-services.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    service: { type: 'string' },
    entry: { type: 'string' },
    measure: { type: 'boolean', default: false },
  },
});

/** Seconds of the processor, in all threads. */
function cost(act) {
  const before = process.cpuUsage();
  const result = act();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

function parse(file, text) {
  if (file.endsWith('.py')) parsed(text, () => undefined);
  else ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
}

/** In a process of its own: one JSON line. The first inspection says which files there are; it is the one that is measured. */
async function measure(root) {
  const facts = triage(root, values.entry === undefined ? {} : { entry: values.entry });
  await prepare(facts);
  const { seconds, result: model } = cost(() => inspect(facts));
  const peak = process.resourceUsage().maxRSS / 1024;
  const texts = model.files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]);
  const bare = cost(() => texts.forEach(([file, text]) => parse(file, text)));
  const lines = texts.reduce((sum, [, text]) => sum + text.split('\n').length, 0);
  console.log(JSON.stringify({ operations: model.operations.length, lines, bare: bare.seconds, seconds, peak }));
}

function measured(root) {
  const entry = values.entry === undefined ? [] : ['--entry', values.entry];
  const args = [import.meta.filename ?? process.argv[1], '--measure', '--service', root, ...entry];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function generated(name, size) {
  const root = mkdtempSync(path.join(tmpdir(), `${name}-${size}-`));
  try {
    for (const [file, text] of Object.entries(services[name](size))) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return measured(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const row = (cells) =>
  console.log(cells.map((cell, index) => String(cell)[index ? 'padStart' : 'padEnd'](11)).join(' '));

function show(name, { operations, lines, bare, seconds, peak }, growth = '') {
  const ratio = `${(seconds / bare).toFixed(1)} x`;
  row([
    name,
    operations,
    lines,
    `${bare.toFixed(2)} s`,
    `${seconds.toFixed(2)} s`,
    ratio,
    `${peak.toFixed(0)} MB`,
    growth,
  ]);
}

if (values.measure) await measure(path.resolve(values.service));
else {
  row(['service', 'operations', 'lines', 'bare parse', 'inspect', 'ratio', 'peak', 'exponent']);
  if (values.service !== undefined) show(path.basename(values.service), measured(path.resolve(values.service)));
  else
    for (const name of positionals.length ? positionals : Object.keys(services)) {
      let before;
      for (const size of values.large ? [100, 1000, 10_000] : [100, 1000]) {
        const now = generated(name, size);
        const growth = before && Math.log10(now.seconds / before.seconds).toFixed(2);
        show(name, now, growth);
        before = now;
      }
    }
}
