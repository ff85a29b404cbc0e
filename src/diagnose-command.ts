import path from 'node:path';
import type { Terminal } from './command.js';
import { diagnose } from './diagnose/index.js';
import type { Options } from './options.js';
import { diagnosisJson, diagnosisText } from './report/index.js';

/** Says what is wrong with the tests of a folder. Exit code 0: nothing was found. 1: something was. */
export function diagnoseSuite(options: Options, terminal: Terminal): number {
  const diagnosis = diagnose(path.resolve(options.dir));
  terminal.out(
    options.json
      ? `${JSON.stringify(diagnosisJson(diagnosis), null, 2)}\n`
      : diagnosisText(diagnosis, { colour: terminal.colour, width: terminal.width }),
  );
  return diagnosis.findings.length > 0 ? 1 : 0;
}
