import path from 'node:path';
import type { Terminal } from './command.js';
import { diagnose, diagnoseByRunning } from './diagnose/index.js';
import type { Diagnosis } from './model/index.js';
import type { Options } from './options.js';
import { diagnosisJson, diagnosisText } from './report/index.js';

/** Says what is wrong with the tests of a folder. Exit code 0: nothing was found. 1: something was. */
export async function diagnoseSuite(
  options: Options,
  terminal: Terminal,
  progress: (text: string) => void,
): Promise<number> {
  const diagnosis = await diagnosed(options, terminal, progress);
  progress('');
  terminal.out(
    options.json
      ? `${JSON.stringify(diagnosisJson(diagnosis), null, 2)}\n`
      : diagnosisText(diagnosis, { colour: terminal.colour, width: terminal.width }),
  );
  return diagnosis.findings.length > 0 ? 1 : 0;
}

async function diagnosed(options: Options, terminal: Terminal, progress: (text: string) => void): Promise<Diagnosis> {
  const root = path.resolve(options.dir);
  if (!options.run) return diagnose(root);
  return diagnoseByRunning(root, {
    budget: options.budget,
    progress,
    ...(terminal.signal ? { signal: terminal.signal } : {}),
  });
}
