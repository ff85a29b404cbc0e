import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UserError } from './errors.js';

/** What a command line asks for. */
export interface Options {
  command:
    | 'generate'
    | 'test-environment'
    | 'inspect'
    | 'layer'
    | 'unit'
    | 'regression'
    | 'diagnose'
    | 'explain'
    | 'init'
    | 'help'
    | 'version';
  dir: string;
  /** The command line names it by itself, not by --dir. */
  isNamed: boolean;
  yes: boolean;
  json: boolean;
  /** inspect: as an OpenAPI document. */
  openapi: boolean;
  dryRun: boolean;
  /** The plan alone: advice, nothing written and no diff. */
  planOnly: boolean;
  install: boolean;
  verify: boolean;
  only?: string;
  out?: string;
  entry?: string;
  runner?: string;
  packageManager?: string;
  /** Interpreter of a Python service's virtual environment. */
  python?: string;
  /** Seconds for each run of the suite. */
  timeout: number;
  /** 0: the usual samples. */
  seed: number;
  /** regression: the request that went wrong, one of these. */
  curl?: string;
  har?: string;
  log?: string;
  operation?: string;
  body?: string;
  /** regression: the user's words, the status that should have been answered, the one that was, and the bug's name. */
  says?: string;
  expect?: number;
  happened?: number;
  issue?: string;
  /** regression: the bug is mended, its test becomes a plain one. */
  release: boolean;
  /** diagnose: run the suite too, for at most so many seconds in all. */
  run: boolean;
  budget: number;
  /** diagnose: apply the safe repairs. */
  fix: boolean;
  /** test-environment: the CI job; absent: GitHub's where the repository has none. */
  ci?: 'github' | 'gitlab' | 'none';
}

const flags = {
  yes: { type: 'boolean', short: 'y' },
  json: { type: 'boolean' },
  openapi: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'plan-only': { type: 'boolean' },
  'no-install': { type: 'boolean' },
  'no-verify': { type: 'boolean' },
  only: { type: 'string' },
  out: { type: 'string' },
  entry: { type: 'string' },
  app: { type: 'string' },
  runner: { type: 'string' },
  'package-manager': { type: 'string' },
  python: { type: 'string' },
  timeout: { type: 'string' },
  seed: { type: 'string' },
  curl: { type: 'string' },
  har: { type: 'string' },
  log: { type: 'string' },
  operation: { type: 'string' },
  body: { type: 'string' },
  says: { type: 'string' },
  expect: { type: 'string' },
  happened: { type: 'string' },
  issue: { type: 'string' },
  release: { type: 'boolean' },
  run: { type: 'boolean' },
  budget: { type: 'string' },
  fix: { type: 'boolean' },
  ci: { type: 'string' },
  dir: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} satisfies NonNullable<ParseArgsConfig['options']>;

const commands = [
  'test-environment',
  'init',
  'inspect',
  'layer',
  'unit',
  'regression',
  'diagnose',
  'explain',
  'help',
] as const;

/**
 * Reads a command line, without the program's own name.
 * @throws UserError on an unknown flag, a missing value, or too many folders
 */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const [first] = positionals;
  const command =
    values.help || first === 'help' ? 'help' : values.version ? 'version' : commands.find((name) => name === first);
  const rest = command !== undefined && first === command ? positionals.slice(1) : positionals;
  if (rest.length > 1)
    throw new UserError(
      'too-many-folders',
      `More than one folder was given: ${rest.join(', ')}.`,
      'Give one service at a time.',
    );
  const entry = values.app ?? values.entry;
  return {
    command: command ?? 'generate',
    dir: rest[0] ?? values.dir ?? '.',
    isNamed: rest[0] !== undefined,
    yes: values.yes ?? false,
    json: values.json ?? false,
    openapi: values.openapi ?? false,
    dryRun: values['dry-run'] ?? false,
    planOnly: values['plan-only'] ?? false,
    install: !values['no-install'],
    verify: !values['no-verify'],
    timeout: seconds(values.timeout),
    seed: seedOf(values.seed),
    run: values.run ?? false,
    budget: duration(values.budget),
    fix: values.fix ?? false,
    ...(values.ci === undefined ? {} : { ci: ciOf(values.ci) }),
    release: values.release ?? false,
    ...given('curl', values.curl),
    ...given('har', values.har),
    ...given('log', values.log),
    ...given('operation', values.operation),
    ...given('body', values.body),
    ...given('says', values.says),
    ...given('issue', values.issue),
    ...given('expect', status('expect', values.expect)),
    ...given('happened', status('happened', values.happened)),
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.out === undefined ? {} : { out: values.out }),
    ...(entry === undefined ? {} : { entry }),
    ...(values.runner === undefined ? {} : { runner: values.runner }),
    ...(values.python === undefined ? {} : { python: values.python }),
    ...(values['package-manager'] === undefined ? {} : { packageManager: values['package-manager'] }),
  };
}

function parse(args: string[]) {
  const unknown = args.find((arg) => arg.startsWith('--') && arg.length > 2 && !(nameOf(arg) in flags));
  if (unknown !== undefined)
    throw new UserError(
      'unknown-flag',
      `${unknown.split('=')[0] ?? unknown} is not a flag of backend-test.`,
      `${nearest(nameOf(unknown))}See backend-test --help.`,
    );
  try {
    return parseArgs({ args, options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error);
    throw new UserError('bad-flag', `${message}.`, 'See backend-test --help.');
  }
}

const given = <Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };

function status(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-5]\d\d$/.test(text)) return Number(text);
  throw new UserError('bad-flag', `--${flag} takes a status, not ${text}.`, `For example --${flag} 422.`);
}

const nameOf = (arg: string): string => arg.slice(2).split('=')[0] ?? '';

function seconds(text: string | undefined): number {
  if (text === undefined) return 300;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new UserError('bad-flag', `--timeout takes a number of seconds, not ${text}.`, 'For example --timeout 120.');
  return value;
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > 9999)
    throw new UserError(
      'bad-flag',
      `--seed takes a whole number from 0 to 9999, not ${text}.`,
      'For example --seed 7.',
    );
  return value;
}

function ciOf(text: string): 'github' | 'gitlab' | 'none' {
  if (text === 'github' || text === 'gitlab' || text === 'none') return text;
  throw new UserError('bad-flag', `--ci takes github, gitlab or none, not ${text}.`, 'For example --ci gitlab.');
}

/** `90`, `90s` or `5m`, in seconds. */
function duration(text: string | undefined): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|min)?$/.exec(text ?? '5m') ?? [];
  const value = Number(amount) * (unit?.startsWith('m') ? 60 : 1);
  if (!(value > 0))
    throw new UserError(
      'bad-flag',
      `--budget takes a time, not ${text ?? ''}.`,
      'For example --budget 5m or --budget 90s.',
    );
  return value;
}

/** The known flag that needs the fewest edits. */
function nearest(name: string): string {
  const scored = Object.keys(flags).map((flag): [string, number] => [flag, distance(name, flag)]);
  const [best] = scored.sort((left, right) => left[1] - right[1]);
  return best && best[1] <= 3 ? `Did you mean --${best[0]}? ` : '';
}

function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, a] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, b] of [...right].entries())
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (a === b ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}

export const help = `backend-test: writes a test suite for an Express, Fastify or FastAPI service from its own code

  npx backend-test [dir]            asks, with what was detected filled in; writes, runs, reports
  npx backend-test [dir] --yes      asks nothing
  npx backend-test test-environment [dir]  a whole test folder for a new service: harness, configuration, CI, a page
  npx backend-test inspect [dir]    what the service does, read from its code; runs nothing of it
  npx backend-test unit TARGET      writes the test of a function, method or file at the layer that proves it
  npx backend-test regression [dir] locks a bug: --curl 'curl …' --expect 422 --issue 12; once it is mended, --release --issue 12
  npx backend-test layer TARGET     which layer proves a function, method, class, file or folder: src/pricing.ts#priceOf
  npx backend-test diagnose [dir]   what is wrong with the tests that are there: leaks, order, mocks, network, …
  npx backend-test explain ANCHOR   a page section: what a finding means, its cause and its fix
  npx backend-test init [dir]       adds a plopfile, so that "npx plop backend-test" works

  --yes, -y              take what was detected
  --json                 one JSON document on stdout, nothing else there
  --openapi              inspect: as an OpenAPI 3.1 document
  --dry-run              show the plan and the diff, write nothing
  --plan-only            what would be tested and why; write nothing
  --only 'POST /orders*' only these operations
  --dir DIR              the service, in place of [dir]
  --out DIR              folder for the tests, relative to the service
  --entry FILE           file that starts the service
  --app MODULE:NAME      the FastAPI app, as uvicorn takes it
  --python PATH          interpreter of the service's virtual environment
  --runner NAME          jest, vitest, node:test, tap or mocha
  --package-manager NAME npm, pnpm, yarn, pip, uv, poetry, pdm or pipenv
  --no-install           do not install missing development dependencies
  --no-verify            do not run the suite
  --timeout SECONDS      for each run of the suite, 300 by default
  --seed NUMBER          other sample values than the usual ones, the same each time
  --run                  diagnose: run the suite too, alone, shuffled, in parallel, offline, on another day
  --budget TIME          diagnose --run: at most so long in all, 5m by default
  --fix                  diagnose: apply the safe repairs (with --dry-run: show them)
  --ci NAME              test-environment: github, gitlab or none
  --curl, --har, --log, --operation, --body  regression: the request that went wrong
  --expect, --happened, --says, --issue      regression: what should have come of it, what did, the bug's name
  --help, --version

Exit codes: 0 the suite is green · 1 it is not, or a bug is suspected · 2 usage or environment, nothing written
`;

/** The command line says nothing of what went wrong. */
export const isUntold = ({ release, curl, har, log, operation, says }: Options): boolean =>
  !release && [curl, har, log, operation, says].every((one) => one === undefined);
