import type { NodePlopAPI } from 'plop';
import type { Prompter } from '../src/ask.js';
import { command } from '../src/command.js';
import { processTerminal } from '../src/terminal.js';

/** Plop's and turbo's own words, and the generator's name, are not for us. */
const flags = ['--plopfile', '--cwd', '--preload', '--dest', '--progress', '--no-progress', '--init'];
const valued = ['--plopfile', '--cwd', '--preload', '--dest', '--config', '-c', '--root', '-r'];
const theirs = new Set([...flags, ...valued]);

/**
 * `npx plop backend-test -- --yes`: everything after the generator's name, before and after `--`. `turbo gen` hands arguments on
 * that stand behind `--args`, flags as `--args=--yes`.
 */
export function ownArguments(argv: string[], name: string): string[] {
  const start = argv.indexOf(name);
  return (start < 0 ? [] : argv.slice(start + 1))
    .filter((arg, index, all) => !theirs.has(arg.split('=')[0] ?? '') && !valued.includes(all[index - 1] ?? ''))
    .filter((arg) => !['--', '--args', '-a'].includes(arg))
    .map((arg) => arg.replace(/^--args=/, ''));
}

/**
 * A generator that is a command of ours: one function as prompts, so that plop leaves the arguments alone, and one custom action.
 * @param words what the command is called on our own command line; empty: the main job
 */
export function generator(plop: NodePlopAPI, name: string, description: string, words: string[]): void {
  let prompter: Prompter | undefined;
  plop.setGenerator(name, {
    description,
    prompts: async (inquirer) => {
      prompter = inquirer as unknown as Prompter;
      return {};
    },
    actions: [
      async () => {
        const args = [...words, ...ownArguments(process.argv, name)];
        process.exitCode = await command(args, processTerminal(prompter));
        return '';
      },
    ],
  });
}
