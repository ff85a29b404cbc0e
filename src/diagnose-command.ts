import path from 'node:path';
import type { Terminal } from './command.js';
import { diagnose, diagnoseByRunning, runAsItIs } from './diagnose/index.js';
import { repairs } from './diagnose/repairs.js';
import { UserError } from './errors.js';
import type { Diagnosis, Diagnostic, FileChange, Repair, Triage } from './model/index.js';
import type { Options } from './options.js';
import { diagnosisJson, diagnosisText } from './report/index.js';
import { applyChanges, unifiedDiff, WriteRefused } from './write/index.js';

/** Says what is wrong with the tests of a folder, and mends what is safe to mend. Exit code 0: nothing was found. 1: something was. */
export async function diagnoseSuite(
  options: Options,
  terminal: Terminal,
  progress: (text: string) => void,
): Promise<number> {
  const root = path.resolve(options.dir);
  const diagnosis = await diagnosed(root, options, terminal, progress);
  const repair = options.fix ? await mended(root, diagnosis, options, terminal, progress) : undefined;
  progress('');
  if (!options.json && repair) terminal.out(repair.diff);
  terminal.out(
    options.json
      ? `${JSON.stringify(diagnosisJson(diagnosis, repair), null, 2)}\n`
      : diagnosisText(diagnosis, { colour: terminal.colour, width: terminal.width }, repair),
  );
  return diagnosis.findings.length > 0 ? 1 : 0;
}

async function diagnosed(
  root: string,
  options: Options,
  terminal: Terminal,
  progress: (text: string) => void,
): Promise<Diagnosis> {
  if (!options.run) return diagnose(root);
  return diagnoseByRunning(root, bounds(options, terminal, progress));
}

const bounds = (options: Options, terminal: Terminal, progress: (text: string) => void) => ({
  budget: options.budget,
  progress,
  ...(terminal.signal ? { signal: terminal.signal } : {}),
});

/** Applies the safe repairs; runs the suite before and after; what turns another test red is taken back. */
async function mended(
  root: string,
  { findings }: Diagnosis,
  options: Options,
  terminal: Terminal,
  progress: (text: string) => void,
): Promise<Repair> {
  const changes = repairs(root, findings);
  const diff = unifiedDiff(changes);
  const files = changes.map((one) => one.path);
  if (options.dryRun || !changes.length)
    return {
      diff,
      files,
      state: changes.length ? 'shown' : 'nothing',
      text: changes.length ? 'Nothing was written: --dry-run.' : 'No finding has a repair that is safe to make.',
    };
  const before = options.verify ? await runAsItIs(root, bounds(options, terminal, progress)) : undefined;
  await written(changes, root, terminal.signal);
  const left = (await diagnose(root)).findings.length;
  const tally = `${String(findings.length)} findings before, ${String(left)} after, by reading.`;
  if (!before) return { diff, files, state: 'applied', text: `Applied; not run. ${tally}` };
  const after = await runAsItIs(root, bounds(options, terminal, progress));
  const victims = new Set(findings.flatMap(({ victim }) => victim ?? []));
  const broken = [...before.passed].filter((test) => !after.passed.has(test));
  const others = broken.filter((test) => !victims.has(test));
  if (others.length) {
    await written(
      changes.map((one) => ({ ...one, before: one.after, after: one.before ?? '' })),
      root,
      terminal.signal,
    );
    return {
      diff,
      files,
      state: 'taken-back',
      text: `Taken back: with it ${others.slice(0, 3).join(', ')} no longer passes.`,
    };
  }
  const shown = [...after.failed].filter((test) => victims.has(test) && !before.failed.has(test));
  const revealed = shown.length ? ` Now red, as it should have been: ${shown.slice(0, 3).join(', ')}.` : '';
  return {
    diff,
    files,
    state: 'applied',
    text: `Applied and run: ${String(before.passed.size)} tests passed before, ${String(after.passed.size)} after.${revealed} ${tally}`,
  };
}

async function written(changes: FileChange[], root: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await applyChanges(changes, root, signal);
  } catch (error) {
    if (error instanceof WriteRefused) throw new UserError(error.code, error.message, error.hint);
    throw error;
  }
}

/** Tests that are there already and depend on each other, or on the machine: that comes before more of them. */
export async function sickness({ root, existingTests }: Triage): Promise<Diagnostic[]> {
  if (!existingTests.value.length) return [];
  try {
    const { findings } = await diagnose(root);
    const [first] = findings;
    if (!first) return [];
    const message = `The tests that are there are not isolated (${String(findings.length)} found; ${first.file}:${String(first.line)}: ${first.title}) Mend that before you add more: backend-test diagnose.`;
    return [{ code: 'sick-suite', severity: 'info', message }];
  } catch {
    // No suite that we read: nothing to say about it.
    return [];
  }
}
