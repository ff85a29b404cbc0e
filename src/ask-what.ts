import path from 'node:path';
import type { Prompter } from './ask.js';
import { UserError } from './errors.js';
import { prepareTarget, someUnits, targetOf } from './layers.js';
import type { Options } from './options.js';

const isSaid = (text: string): true | string => text.trim() !== '' || 'Say it, or stop with Ctrl-C.';
const isStatus = (text: string): true | string => /^[1-5]\d\d$/.test(text.trim()) || 'A status: 422, for example.';

async function input(
  prompter: Prompter,
  message: string,
  more: { default?: string; validate?: (text: string) => true | string } = {},
): Promise<string> {
  const { value } = await prompter.prompt([{ type: 'input', name: 'value', message, validate: isSaid, ...more }]);
  return String(value).trim();
}

/** Asks what went wrong: the request or the call, what should have come of it, and the bug's name. */
export async function askIncident(prompter: Prompter, options: Options): Promise<Options> {
  const what = await input(
    prompter,
    'What went wrong? A curl command, a line of the log, or a call such as priceOf(0):',
  );
  const isCall = /^(?!curl\b)[\w.$]+\(.*\)$/.test(what);
  const should = isCall
    ? await input(prompter, 'What should come of it? A value, or: throw RangeError:')
    : await input(prompter, 'Which status should have been answered?', { validate: isStatus });
  const issue = await input(prompter, 'The name of the bug, as in your tracker:', { default: options.issue ?? 'bug' });
  if (isCall) {
    const says = `${what} should ${/^(throw|raise)\b/.test(should) ? should : `be ${should}`}`;
    return { ...options, says, issue };
  }
  return { ...options, ...(/^curl\b/.test(what) ? { curl: what } : { log: what }), expect: Number(should), issue };
}

/** Asks which function, method, class or file is to be tested. */
export async function askUnit(prompter: Prompter, options: Options): Promise<Options> {
  const known = await unitNames(options.dir);
  const message = `Which function, method or file?${known[0] === undefined ? '' : ` For example ${known[0]}:`}`;
  return { ...options, dir: path.resolve(options.dir, await input(prompter, message)) };
}

/** Nobody can be asked. */
export async function noUnitNamed(dir: string): Promise<UserError> {
  const known = await unitNames(dir);
  return new UserError(
    'no-target',
    'Which function is to be tested is not said.',
    `Name it: ${known.join(', ') || 'src/pricing.ts#priceOf'}; or a file, or a folder (. is all of it).`,
  );
}

async function unitNames(dir: string): Promise<string[]> {
  return someUnits(await prepareTarget(targetOf(dir)), 3).map(({ id }) => id);
}
