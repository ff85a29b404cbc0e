import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import type { Fact, PackageManager, Runner, Triage } from '../model/index.js';
import { readAliases } from './aliases.js';
import { compiledFact } from './compiled.js';
import { findEntries } from './entry.js';
import { type Framework, frameworkOf, isPython } from './framework.js';
import { pythonTriage } from './python/index.js';
import { openService, placeOf, type ServiceFolder, versionOf } from './manifest.js';
import { finds, foundPlace, runnerConfig } from './runner-config.js';
import { existingTests, foreignTests, styleOf, testFolderOf } from './tests.js';

/** What the user said, by flag or at the prompt. */
export interface Answers {
  runner?: string;
  entry?: string;
  testFolder?: string;
  packageManager?: string;
  /** Python services: the interpreter. */
  python?: string;
  /** The answers were given at the prompt, not by flag. */
  asked?: boolean;
}

export const families: Record<'validators' | 'auth' | 'database' | 'queue' | 'mail' | 'http', string[]> = {
  validators: [
    'zod',
    'joi',
    'express-validator',
    'celebrate',
    'ajv',
    'yup',
    'class-validator',
    'valibot',
    'superstruct',
    'express-openapi-validator',
  ],
  auth: [
    'jsonwebtoken',
    'jose',
    'express-jwt',
    'passport',
    'passport-jwt',
    'express-session',
    'cookie-session',
    'bcrypt',
    'bcryptjs',
    'argon2',
  ],
  database: [
    'drizzle-orm',
    '@prisma/client',
    'mongoose',
    'mongodb',
    'sequelize',
    'typeorm',
    'knex',
    'kysely',
    '@mikro-orm/core',
    'pg',
    'mysql2',
    'better-sqlite3',
    'libsql',
    '@libsql/client',
    'sqlite3',
    'node-sqlite3-wasm',
    '@electric-sql/pglite',
    'redis',
    'ioredis',
  ],
  queue: ['bullmq', 'bull', 'bee-queue', 'pg-boss', 'agenda', 'amqplib', 'kafkajs', '@aws-sdk/client-sqs', 'nats'],
  mail: ['nodemailer', '@sendgrid/mail', 'postmark', 'resend', 'mailgun.js', '@aws-sdk/client-ses'],
  http: ['axios', 'got', 'node-fetch', 'undici', 'ky', 'superagent', 'needle'],
};

/**
 * A folder → facts with evidence. Reads files, runs nothing.
 * @throws UserError where it is no service that this version reads
 */
export function triage(root: string, answers: Answers = {}): Triage {
  if (isPython(root)) return pythonTriage(root, answers);
  const folder = openService(root);
  const framework = frameworkOf(folder);
  const entries = findEntries(folder);
  const entry = entryFact(folder, entries, answers);
  const typed =
    /\.[cm]?tsx?$/.test(entry.value) ||
    (existsSync(path.join(root, 'tsconfig.json')) && !/\.[cm]?jsx?$/.test(entry.value));
  const esm = folder.manifest.type === 'module' || /\.m[jt]s$/.test(entry.value);
  const compiled = compiledFact(folder, entry.value);
  const aliases = readAliases(root);
  const runner = runnerFact(folder, framework, answers);
  const wantedFolder = testFolderFact(folder, answers);
  const tests = foreignTests(root, existingTests(root), wantedFolder.value);
  const { testFolder, testSuffix } = testPlace(folder, runner.value, wantedFolder, suffixFact(tests, typed));
  const foreign = foreignTests(root, tests, testFolder.value);
  return {
    root,
    language: detected(typed ? 'typescript' : 'javascript', `entry ${entry.value}`),
    moduleSystem: detected(
      esm ? 'esm' : 'commonjs',
      folder.manifest.type
        ? `"type": "${folder.manifest.type}": package.json:${placeOf(folder, 'type')?.line ?? 1}`
        : 'no "type" in package.json',
    ),
    ...(compiled ? { compiled } : {}),
    ...(aliases.length ? { aliases: detected(aliases, aliases.map(({ pattern }) => pattern).join(', ')) } : {}),
    runtime: detected(
      `node ${folder.manifest.engines?.['node'] ?? process.versions.node}`,
      folder.manifest.engines?.['node']
        ? `engines: package.json:${placeOf(folder, 'engines')?.line ?? 1}`
        : 'the running one',
    ),
    framework: dependencyFact(folder, framework, framework),
    frameworkVersion: dependencyFact(folder, framework, versionOf(folder, framework) ?? ''),
    runner,
    runnerInstalled: detected(runner.origin === 'detected', runner.evidence),
    client: clientFact(folder, framework),
    packageManager: packageManagerFact(folder, answers),
    ...dependencyFacts(folder),
    entry,
    testFolder,
    testSuffix,
    existingTests: detected(foreign, `${foreign.length} files`),
    style: detected(
      styleOf(root, [entry.value, ...sourceSample(root, entry.value)], tests),
      'as the sources are written',
    ),
  };
}

/** Supertest where the service has it; what Fastify itself injects needs neither a port nor a package. */
function clientFact(folder: ServiceFolder, framework: Framework): Fact<Triage['client']['value']> {
  const { dependencies, devDependencies } = folder.manifest;
  if ('supertest' in { ...dependencies, ...devDependencies })
    return dependencyFact<Triage['client']['value']>(folder, 'supertest', 'supertest');
  return framework === 'fastify' ? detected('inject', "Fastify's own") : detected('supertest', 'for Express');
}

const detected = <T>(value: T, evidence: string): Fact<T> => ({ value, origin: 'detected', evidence });

function dependencyFact<T>(folder: ServiceFolder, name: string, value: T): Fact<T> {
  const place = placeOf(folder, name);
  return {
    value,
    origin: 'detected',
    evidence: `${name} ${versionOf(folder, name) ?? ''}: package.json:${place?.line ?? 1}`,
    ...(place ? { source: place } : {}),
  };
}

function dependencyFacts(folder: ServiceFolder): Pick<Triage, keyof typeof families> {
  const names = new Set(Object.keys({ ...folder.manifest.dependencies, ...folder.manifest.devDependencies }));
  const fact = (family: keyof typeof families): Fact<string[]> => {
    const found = families[family].filter((name) => names.has(name));
    const evidence = found
      .map((name) => `${name} ${versionOf(folder, name) ?? ''}: package.json:${placeOf(folder, name)?.line ?? 1}`)
      .join(', ');
    return detected(found, evidence || 'none among the dependencies');
  };
  return {
    validators: fact('validators'),
    auth: fact('auth'),
    database: fact('database'),
    queue: fact('queue'),
    mail: fact('mail'),
    http: fact('http'),
  };
}

function entryFact(
  folder: ServiceFolder,
  entries: { file: string; evidence: string }[],
  answers: Answers,
): Fact<string> {
  if (answers.entry !== undefined) {
    const [file = ''] = answers.entry.split('#');
    if (!existsSync(path.join(folder.root, file)))
      throw new UserError(
        'no-entry',
        `The entry ${file} does not exist in ${folder.root}.`,
        'Give a file of the service, relative to it: --entry src/server.ts.',
      );
    return {
      value: answers.entry,
      origin: answers.asked ? 'answered' : 'flag',
      evidence: answers.asked ? 'answered' : '--entry',
    };
  }
  const [best] = entries;
  if (!best)
    throw new UserError(
      'no-entry',
      'No file was found that starts the service.',
      'Say which it is: --entry src/server.ts.',
    );
  return detected(best.file, best.evidence);
}

const runners: [string, Runner][] = [
  ['vitest', 'vitest'],
  ['jest', 'jest'],
  ['tap', 'tap'],
  ['mocha', 'mocha'],
];
const runnerNames: Runner[] = ['jest', 'vitest', 'node:test', 'tap', 'mocha'];
/** `node --test`, `tsx --test`, `borp`: the runner that Node has itself. */
const runsNodeTest = /(^|[\s"'])(node|tsx)\s[^&|]*--test\b|--import[= ]\S+\s[^&|]*--test\b|\b(borp|c8 node --test)\b/;

function runnerFact(folder: ServiceFolder, framework: Framework, answers: Answers): Fact<Runner> {
  if (answers.runner !== undefined) {
    const named = runnerNames.find((name) => name === answers.runner);
    if (!named)
      throw new UserError(
        'unknown-runner',
        `The runner ${answers.runner} is not one that this version writes for.`,
        `Give one of these: ${runnerNames.map((name) => `--runner ${name}`).join(', ')}.`,
      );
    const installed = folder.manifest.devDependencies[answers.runner] ?? folder.manifest.dependencies[answers.runner];
    return { value: named, origin: installed || named === 'node:test' ? 'detected' : 'flag', evidence: '--runner' };
  }
  for (const [name, runner] of runners)
    if (name in folder.manifest.devDependencies || name in folder.manifest.dependencies)
      return dependencyFact<Runner>(folder, name, runner);
  const script = Object.entries(folder.manifest.scripts).find(([, text]) => runsNodeTest.test(text));
  if (script) return detected<Runner>('node:test', `script ${script[0]}: ${script[1]}`);
  return {
    // Jest's CommonJS loader cannot load what `inject` needs on Node before 24.9.
    value: framework === 'fastify' ? 'vitest' : 'jest',
    origin: 'default',
    evidence: 'no runner that this version writes for is among the dependencies',
  };
}

function packageManagerFact(folder: ServiceFolder, answers: Answers): Fact<PackageManager> {
  const known = (name: string | undefined): PackageManager | undefined =>
    name === 'npm' || name === 'pnpm' || name === 'yarn' ? name : undefined;
  if (answers.packageManager !== undefined) {
    const given = known(answers.packageManager);
    if (!given)
      throw new UserError(
        'unknown-package-manager',
        `${answers.packageManager} is not a package manager that is known here.`,
        'Give npm, pnpm or yarn.',
      );
    return { value: given, origin: 'flag', evidence: '--package-manager' };
  }
  const declared = known(folder.manifest.packageManager?.split('@')[0]);
  if (declared)
    return detected(declared, `packageManager: package.json:${placeOf(folder, 'packageManager')?.line ?? 1}`);
  const locks: [string, PackageManager][] = [
    ['pnpm-lock.yaml', 'pnpm'],
    ['yarn.lock', 'yarn'],
    ['package-lock.json', 'npm'],
  ];
  const lock = locks.find(([file]) => existsSync(path.join(folder.root, file)));
  return lock ? detected(lock[1], lock[0]) : { value: 'npm', origin: 'default', evidence: 'no lock file' };
}

function testFolderFact(folder: ServiceFolder, answers: Answers): Fact<string> {
  if (answers.testFolder !== undefined) {
    const clean = path.posix.normalize(answers.testFolder).replace(/\/$/, '');
    if (clean.startsWith('..') || path.isAbsolute(clean))
      throw new UserError(
        'outside',
        `The test folder ${answers.testFolder} lies outside the service.`,
        'Give a folder inside it, relative to it.',
      );
    return { value: clean, origin: 'flag', evidence: '--out' };
  }
  const own = ['test/api', 'tests/api', '__tests__/api', 'test', 'tests', '__tests__', 'src/__tests__'].find((name) =>
    existsSync(path.join(folder.root, name, '.backend-test.json')),
  );
  if (own !== undefined) return detected(own, `${own}/.backend-test.json`);
  const top = testFolderOf(existingTests(folder.root));
  if (top !== undefined) return detected(`${top}/api`, `tests stand in ${top}/`);
  return { value: 'test', origin: 'default', evidence: 'no test folder yet' };
}

function suffixFact(tests: string[], typed: boolean): Fact<string> {
  const spec = tests.filter((file) => /\.spec\./.test(file)).length * 2 > tests.length;
  const suffix = `.${spec ? 'spec' : 'test'}.${typed ? 'ts' : 'js'}`;
  return detected(suffix, tests[0] === undefined ? 'no tests yet' : `as ${tests[0]}`);
}

/** Where the repository's own runner finds tests; what the user said stays. */
function testPlace(
  folder: ServiceFolder,
  runner: string,
  testFolder: Fact<string>,
  testSuffix: Fact<string>,
): { testFolder: Fact<string>; testSuffix: Fact<string> } {
  const config = runnerConfig(folder, runner);
  const wanted = `${testFolder.value}/orders${testSuffix.value}`;
  if (!config || testFolder.origin === 'flag' || finds(config, wanted)) return { testFolder, testSuffix };
  const place = foundPlace(config, testFolder.value, testSuffix.value);
  if (!place) return { testFolder, testSuffix };
  const evidence = `where ${config.file} looks for tests`;
  return {
    testFolder: place.folder === testFolder.value ? testFolder : detected(place.folder, evidence),
    testSuffix: place.suffix === testSuffix.value ? testSuffix : detected(place.suffix, evidence),
  };
}

function sourceSample(root: string, entry: string): string[] {
  const folder = path.posix.dirname(entry);
  try {
    return readdirSync(path.join(root, folder))
      .filter((name) => /\.[cm]?[jt]s$/.test(name))
      .map((name) => path.posix.join(folder, name));
  } catch {
    return [];
  }
}
