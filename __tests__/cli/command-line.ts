import { command, type Terminal } from '../../src/command.js';

/** Runs a command line in this process, with nobody at the terminal. */
export const run = (...args: string[]): Promise<{ code: number; out: string; err: string }> => runIn({}, ...args);

/** The same, with another terminal. */
export async function runIn(
  own: Partial<Terminal>,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const seen = { out: '', err: '' };
  const terminal: Terminal = {
    out: (text) => (seen.out += text),
    err: (text) => (seen.err += text),
    interactive: false,
    showsProgress: false,
    colour: false,
    width: 100,
    prompter: () => Promise.reject(new Error('nobody is there')),
    version: '0.0.0',
    ...own,
  };
  return { code: await command(args, terminal), ...seen };
}
