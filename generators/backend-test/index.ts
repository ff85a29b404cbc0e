import type { NodePlopAPI } from 'plop';
import type { Prompter } from '../../src/ask.js';
import { command } from '../../src/command.js';
import { processTerminal } from '../../src/terminal.js';

/** Plop's own words, and the generator's name, are not for us. */
const plopFlags = new Set(['--plopfile', '--cwd', '--preload', '--dest', '--progress', '--no-progress', '--init']);

/** `npx plop backend-test -- --yes`: everything after the generator's name, before and after `--`. */
export function ownArguments(argv: string[]): string[] {
  const start = argv.indexOf('backend-test');
  return (start < 0 ? [] : argv.slice(start + 1)).filter(
    (arg, index, all) => arg !== '--' && !isPlops(arg, all[index - 1]),
  );
}

const isPlops = (arg: string, before: string | undefined): boolean =>
  plopFlags.has(arg.split('=')[0] ?? '') ||
  (before !== undefined && ['--plopfile', '--cwd', '--preload', '--dest'].includes(before));

/** The main generator: one function as prompts, so that plop leaves the arguments alone, and one custom action. */
export function backendTest(plop: NodePlopAPI): void {
  let prompter: Prompter | undefined;
  plop.setGenerator('backend-test', {
    description: 'A test suite for this Express service, read from its own code',
    prompts: async (inquirer) => {
      prompter = inquirer as unknown as Prompter;
      return {};
    },
    actions: [
      async () => {
        const code = await command(ownArguments(process.argv), processTerminal(prompter));
        process.exitCode = code;
        return '';
      },
    ],
  });
}
