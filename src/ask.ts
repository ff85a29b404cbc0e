import type { Answers } from './run.js';
import type { Fact, Triage } from './model/index.js';

/** The part of inquirer that is used, so that plop's and our own both do. */
export interface Prompter {
  prompt(questions: unknown): Promise<Record<string, unknown>>;
}

const shown: [string, keyof Omit<Triage, 'root' | 'style' | 'python' | 'testPrefix'>][] = [
  ['Framework', 'framework'],
  ['Language', 'language'],
  ['Modules', 'moduleSystem'],
  ['Entry', 'entry'],
  ['Runner', 'runner'],
  ['Tests go to', 'testFolder'],
  ['Packages', 'packageManager'],
  ['Validators', 'validators'],
  ['Auth', 'auth'],
  ['Database', 'database'],
];

const valueText = (value: unknown): string =>
  Array.isArray(value) ? (value.length ? value.join(', ') : 'none') : String(value ?? 'none');

/** One screen of facts with their evidence. */
export function factSheet(triage: Triage): string {
  return shown
    .map(([label, key]) => {
      const fact = triage[key] as Fact<unknown>;
      return `  ${label.padEnd(12)} ${valueText(fact.value).padEnd(26)} ${fact.evidence}`;
    })
    .join('\n');
}

/** Shows the facts; the user says yes, or corrects one at a time. */
export async function ask(
  prompter: Prompter,
  triage: Triage,
  print: (text: string) => void,
): Promise<Answers | 'stop'> {
  print(`${factSheet(triage)}\n`);
  const answers: Answers = {};
  for (;;) {
    const { next } = await prompter.prompt([
      {
        type: 'list',
        name: 'next',
        message: 'Is this right?',
        choices: [
          { name: 'Yes, write the tests', value: 'yes' },
          { name: `No, the service starts elsewhere than ${answers.entry ?? triage.entry.value}`, value: 'entry' },
          { name: `No, use another runner than ${answers.runner ?? triage.runner.value}`, value: 'runner' },
          {
            name: `No, put the tests elsewhere than ${answers.testFolder ?? triage.testFolder.value}/`,
            value: 'testFolder',
          },
          { name: 'Stop, write nothing', value: 'stop' },
        ],
      },
    ]);
    if (next === 'yes') return answers;
    if (next === 'stop') return 'stop';
    await correct(prompter, triage, answers, String(next));
  }
}

async function correct(prompter: Prompter, triage: Triage, answers: Answers, what: string): Promise<void> {
  if (what === 'runner') {
    const { value } = await prompter.prompt([
      {
        type: 'list',
        name: 'value',
        message: 'Which runner?',
        choices: ['jest', 'vitest', 'node:test', 'tap', 'mocha'],
        default: triage.runner.value,
      },
    ]);
    answers.runner = String(value);
    return;
  }
  const key = what === 'entry' ? 'entry' : 'testFolder';
  const message = key === 'entry' ? 'Which file starts it?' : 'Which folder, relative to the service?';
  const { value } = await prompter.prompt([
    { type: 'input', name: 'value', message, default: answers[key] ?? triage[key].value },
  ]);
  answers[key] = String(value);
}
