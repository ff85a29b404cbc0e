import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Prompter } from './ask.js';
import type { Terminal } from './command.js';

/** The real terminal of this process. SIGINT aborts what runs; a second one is left to the system. */
export function processTerminal(prompter?: Prompter): Terminal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stdin.isTTY && !process.env['CI'],
    showsProgress: process.stderr.isTTY && !process.env['CI'],
    colour: process.stdout.isTTY && !process.env['NO_COLOR'],
    width: Math.min(process.stdout.columns ?? 100, 100),
    prompter: async () => prompter ?? (await ownPrompter()),
    signal: controller.signal,
    version: packageVersion(),
  };
}

/** Our inquirer calls a choice `select`; plop's older one calls it `list`, as the questions do. */
async function ownPrompter(): Promise<Prompter> {
  const inquirer = (await import('inquirer')).default as unknown as Prompter;
  return {
    prompt: (questions) =>
      inquirer.prompt(
        (questions as { type: string }[]).map((one) => (one.type === 'list' ? { ...one, type: 'select' } : one)),
      ),
  };
}

function packageVersion(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (path.basename(folder) !== 'src') folder = path.dirname(folder);
  const up = path.dirname(folder);
  const root = path.basename(up) === 'dist' ? path.dirname(up) : up;
  return (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;
}
