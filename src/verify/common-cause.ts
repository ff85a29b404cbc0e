import type { AnyPlan, Verdict } from '../model/index.js';
import { FLAKY, isExpectation } from './verdicts.js';

/**
 * Why nothing at all went through, if it is one cause for every case: the app can't boot, the database isn't there.
 * Such a run says nothing about the service's behaviour.
 */
export function commonCause(plan: AnyPlan, verdicts: Verdict[]): string | undefined {
  const written = new Set(plan.cases.filter(({ state }) => state === 'active').map(({ id }) => id));
  const ran = verdicts.filter((verdict) => written.has(verdict.case));
  if (ran.length === 0 || ran.some(({ verdict }) => verdict === 'pass')) return undefined;
  const messages = ran.map(({ message }) => message ?? '');
  if (messages.length > 1 && messages.every((message) => /\b(received|got|expected):? *"?5\d\d\b/i.test(message))) {
    return 'Every request was answered with a 5xx. Something that the service needs is missing: see the first failure below.';
  }
  const causes = new Set(messages.map(causeOf));
  const [cause] = causes;
  if (causes.size !== 1 || cause === undefined || cause === '' || isExpectation(messages[0]) || cause.startsWith(FLAKY))
    return undefined;
  return `The suite could not start: ${cause}\n${adviceFor(messages.join('\n'))}`;
}

/** The line that names the error, not the runner's bullet or headline above it. */
export function causeOf(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('●') && !/^npm (warn|notice)/i.test(line));
  return (
    lines.find(
      (line) =>
        /error\b|cannot|could not|failed|refused|missing|no tests? (files? )?found/i.test(line) &&
        !/^Test suite failed to run/.test(line),
    ) ??
    lines[0] ??
    ''
  );
}

const ADVICE: [RegExp, string][] = [
  [/circular import/i, 'Two modules import each other: import one of them where it is used.'],
  [
    /ModuleNotFoundError|ImportError/,
    "Install what is missing into the service's environment, then run the command again.",
  ],
  [
    /validation errors? for \w*(Settings|Config)|KeyError: '[A-Z_]+'/,
    'The service needs an environment variable: set the one that it names in .env.test.',
  ],
  [
    /Cannot find (module|package)|Failed to (load|resolve)|ERR_MODULE_NOT_FOUND/i,
    'Install the dependencies, then run the command again.',
  ],
  [
    /ECONNREFUSED|ENOTFOUND/,
    'Start what the service connects to (database, queue), or point .env.test at one that runs.',
  ],
  [
    /EADDRINUSE/,
    'Another process holds the port: the app listens on import. Stop that process, or let PORT=0 choose one.',
  ],
  [
    /Must use import|Cannot use import statement|Unexpected token 'export'|ERR_REQUIRE_ESM/,
    "The runner's transform does not fit the module system: check its configuration.",
  ],
  [/environment|env var|process\.env/i, 'Set the variable that it names in .env.test.'],
  [/(Syntax|Indentation|Tab)Error/, 'Mend the syntax error that it names.'],
  [
    /^Error in setup: .*\(([\w./-]+\.py:\d+)\)$/m,
    'The service stops with that while it is imported or started: mend it there, or put what it needs into .env.test.',
  ],
];

function adviceFor(text: string): string {
  return ADVICE.find(([sign]) => sign.test(text))?.[1] ?? 'Run the command by hand to see the whole message.';
}
