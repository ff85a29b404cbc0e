import path from 'node:path';
import { ask, type Prompter } from './ask.js';
import { askIncident, askUnit, noUnitNamed } from './ask-what.js';
import { diagnoseSuite, sickness } from './diagnose-command.js';
import { describeError, Interrupted, UserError } from './errors.js';
import { explain } from './explain.js';
import { init } from './init.js';
import { inspect, prepare } from './inspect/index.js';
import { layers, prepareTarget, targetOf } from './layers.js';
import type { Report } from './model/index.js';
import { help, isUntold, type Options, parseOptions } from './options.js';
import { inspectJson, inspectText, json, openapi, layerJson, layerText, text } from './report/index.js';
import { lockBug } from './regressions.js';
import { exitCode, run, type World } from './run.js';
import { triage } from './triage/index.js';
import { testEnvironment } from './test-environment.js';
import { testUnits } from './units.js';
import { unifiedDiff } from './write/index.js';

/** Streams and terminal of the process, so that tests can stand in for them. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Somebody sits there: stdin is a TTY and this is no CI. */
  interactive: boolean;
  /** Standard error is a TTY. */
  showsProgress: boolean;
  colour: boolean;
  width: number;
  prompter(): Promise<Prompter>;
  signal?: AbortSignal;
  version: string;
}

/** Runs a command line; gives the exit code. Never throws. */
export async function command(args: string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(parseOptions(args), terminal);
  } catch (error) {
    const known = isPromptExit(error) ? new Interrupted() : error;
    clearProgress(terminal);
    terminal.err(describeError(known));
    return known instanceof UserError || known instanceof Interrupted ? known.exitCode : 1;
  }
}

/** Ctrl-C in a prompt. */
const isPromptExit = (error: unknown): boolean => error instanceof Error && error.name === 'ExitPromptError';

async function dispatch(options: Options, terminal: Terminal): Promise<number> {
  switch (options.command) {
    case 'help':
      terminal.out(help);
      return 0;
    case 'version':
      terminal.out(`${terminal.version}\n`);
      return 0;
    case 'init':
      terminal.out(init(options.dir));
      return 0;
    case 'inspect':
      return inspectOnly(options, terminal);
    case 'layer':
      return layerOnly(options, terminal);
    case 'diagnose':
      return diagnoseSuite(options, terminal, progressLine(terminal));
    case 'explain':
      terminal.out(explain(options.dir));
      return 0;
    case 'unit':
      return reported(await withUnit(options, terminal), terminal, testUnits);
    case 'regression':
      return reported(await withIncident(options, terminal), terminal, lockBug);
    case 'generate':
      return reported(options, terminal, run);
    case 'test-environment':
      return reported(options, terminal, testEnvironment);
  }
}

/** @throws UserError where none is named and nobody can be asked */
async function withUnit(options: Options, terminal: Terminal): Promise<Options> {
  if (options.isNamed) return options;
  if (!terminal.interactive || options.yes || options.json) throw await noUnitNamed(options.dir);
  return askUnit(await terminal.prompter(), options);
}

async function withIncident(options: Options, terminal: Terminal): Promise<Options> {
  if (!isUntold(options) || !terminal.interactive || options.yes || options.json) return options;
  return askIncident(await terminal.prompter(), options);
}

async function inspectOnly(options: Options, terminal: Terminal): Promise<number> {
  const facts = triage(path.resolve(options.dir), options.entry === undefined ? {} : { entry: options.entry });
  await prepare(facts);
  const model = inspect(facts, ({ stage, done, label }) => progressLine(terminal)(`${stage} ${done} ${label}`));
  clearProgress(terminal);
  if (options.openapi) {
    const info = { title: path.basename(path.resolve(options.dir)), version: '0.0.0' };
    terminal.out(`${JSON.stringify(openapi(model, info), null, 2)}\n`);
    return 0;
  }
  terminal.out(
    options.json
      ? `${JSON.stringify(inspectJson(model), null, 2)}\n`
      : inspectText(model, { colour: terminal.colour, width: terminal.width }),
  );
  return 0;
}

async function layerOnly(options: Options, terminal: Terminal): Promise<number> {
  const { lead, choices } = layers(await prepareTarget(targetOf(options.dir)));
  terminal.out(
    options.json
      ? `${JSON.stringify(layerJson(lead, choices), null, 2)}\n`
      : layerText(choices, { colour: terminal.colour, width: terminal.width }),
  );
  return 0;
}

/** Runs a command that ends in a testing outcome, and prints it. */
async function reported(
  options: Options,
  terminal: Terminal,
  doing: (options: Options, world: World) => Promise<Report>,
): Promise<number> {
  const world: World = {
    progress: progressLine(terminal),
    ...(terminal.signal ? { signal: terminal.signal } : {}),
    ...(terminal.interactive ? { ask: async (facts) => ask(await terminal.prompter(), facts, terminal.err) } : {}),
  };
  let missing: UserError | undefined;
  const proven = await doing(options, world).catch((error: unknown) => {
    if (!isUnrunnable(error) || terminal.interactive || options.planOnly || options.dryRun) throw error;
    missing = error;
    return doing({ ...options, planOnly: true }, world).catch(() => Promise.reject(error));
  });
  const outcome = { ...proven, diagnostics: [...proven.diagnostics, ...(await sickness(proven.triage))] };
  clearProgress(terminal);
  if (options.json) terminal.out(`${JSON.stringify(json(outcome), null, 2)}\n`);
  else {
    if (options.dryRun) terminal.out(unifiedDiff(outcome.changes));
    terminal.out(text(outcome, { colour: terminal.colour, width: terminal.width }));
  }
  if (missing) throw missing;
  return exitCode(outcome);
}

/** What a run needs is not there: without anybody to ask, the plan alone is given before that is said. */
const isUnrunnable = (error: unknown): error is UserError =>
  error instanceof UserError && ['no-venv', 'not-installed', 'nobody-to-ask'].includes(error.code);

/** One line on stderr, written over; nothing where nobody watches. */
function progressLine(terminal: Terminal): (text: string) => void {
  return (line) => {
    if (terminal.showsProgress) terminal.err(`\r\x1b[2K${line.slice(0, terminal.width - 1)}`);
  };
}

const clearProgress = (terminal: Terminal): void => {
  if (terminal.showsProgress) terminal.err('\r\x1b[2K');
};
