import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { whereTo } from '../services-below.js';
import type { Fact, PackageManager, Triage } from '../../model/index.js';
import type { Answers } from '../index.js';
import { foreignTests } from '../tests.js';
import { findEntry, resolved, sourceRootOf } from './entry.js';
import { type Environment, findEnvironment } from './environment.js';
import { testFolderOf } from './folder.js';
import { openProject, type Project, tableAt } from './project.js';
import { isTest, pythonFiles, sourceOf } from './sources.js';
import { styleOf } from './style.js';

const families: Record<'validators' | 'auth' | 'database' | 'queue' | 'mail' | 'http', string[]> = {
  validators: ['pydantic', 'pydantic-settings', 'marshmallow', 'attrs', 'msgspec'],
  auth: [
    'pyjwt',
    'python-jose',
    'authlib',
    'passlib',
    'bcrypt',
    'argon2-cffi',
    'pwdlib',
    'fastapi-users',
    'itsdangerous',
  ],
  database: [
    'sqlalchemy',
    'sqlmodel',
    'tortoise-orm',
    'aiosqlite',
    'asyncpg',
    'psycopg',
    'psycopg2',
    'psycopg2-binary',
    'pymysql',
    'aiomysql',
    'databases',
    'motor',
    'pymongo',
    'beanie',
    'peewee',
    'redis',
  ],
  queue: ['celery', 'arq', 'rq', 'dramatiq', 'taskiq', 'aio-pika', 'aiokafka'],
  mail: ['fastapi-mail', 'aiosmtplib', 'sendgrid', 'resend'],
  http: ['httpx', 'requests', 'aiohttp', 'urllib3'],
};

const detected = <T>(value: T, evidence: string): Fact<T> => ({ value, origin: 'detected', evidence });

/**
 * A folder of a Python service → facts with evidence. Reads files, runs nothing.
 * @throws UserError where it is no FastAPI service
 */
export function pythonTriage(root: string, answers: Answers): Triage {
  const project = openProject(root);
  const files = pythonFiles(root);
  refuseOthers(project, files);
  if (answers.runner !== undefined && answers.runner !== 'pytest')
    throw new UserError(
      'unknown-runner',
      `The runner ${answers.runner} does not run Python tests.`,
      'Leave --runner out: it is pytest.',
    );
  const environment = findEnvironment(root, answers.python);
  const declared = declaredVersions(project);
  const packages = environment && Object.keys(environment.packages).length ? environment.packages : declared;
  const entry = entryFact(project, files, answers);
  const tests = files.filter((file) => isTest(file) && !file.endsWith('conftest.py'));
  const sourceRoot = sourceRootOf(root, entry.value);
  const testFolder = testFolderFact(root, tests, sourceRoot, answers);
  const foreign = foreignTests(root, tests, testFolder.value);
  const { style, evidence } = styleOf(
    project,
    files.filter((file) => !isTest(file)),
  );
  const top = path.join(root, testFolder.value.split('/')[0] ?? '');
  const flat = foreign.length > 0 && existsSync(top) && !existsSync(path.join(top, '__init__.py'));
  const fact = (name: string): Fact<string | null> => {
    const source = placeOf(project, name);
    const known = detected(packages[name] ?? declared[name] ?? null, evidenceOf(project, environment, name));
    return source ? { ...known, source } : known;
  };
  return {
    root,
    language: detected('python', `entry ${entry.value}`),
    moduleSystem: detected(null, 'Python'),
    runtime: detected(
      `python ${environment?.version ?? '3'}`,
      environment?.evidence ?? 'no virtual environment was found',
    ),
    framework: { ...fact('fastapi'), value: 'fastapi' },
    frameworkVersion: fact('fastapi'),
    runner: detected('pytest', 'for Python'),
    runnerInstalled: detected('pytest' in packages, evidenceOf(project, environment, 'pytest')),
    client: detected('testclient', 'for FastAPI'),
    packageManager: managerFact(project, environment, answers),
    ...familyFacts(project, environment, packages),
    entry,
    testFolder,
    testPrefix: detected(
      flat ? 'test_api_' : 'test_',
      flat ? 'tests there are no packages: names must differ' : 'as pytest finds them',
    ),
    testSuffix: detected('.py', 'as pytest finds them'),
    existingTests: detected(foreign, `${foreign.length} files`),
    style: detected(style, evidence),
    python: detected(
      {
        interpreter: relativeTo(root, environment?.interpreter),
        installed: environment !== undefined && 'fastapi' in environment.packages,
        sourceRoot,
        version: environment?.version ?? null,
        packages,
      },
      environment?.evidence ?? 'no virtual environment was found',
    ),
  };
}

/** Flask and Django are out: one clear line. */
function refuseOthers(project: Project, files: string[]): void {
  const imports = (name: string): boolean =>
    files.some((file) => new RegExp(`^\\s*(from|import) ${name}\\b`, 'm').test(sourceOf(project.root, file)));
  if (project.asked.has('fastapi') || project.locked.has('fastapi') || imports('fastapi')) return;
  const others: [string, string][] = [
    ['flask', 'Flask'],
    ['django', 'Django'],
  ];
  for (const [name, title] of others)
    if (
      project.asked.has(name) ||
      imports(name) ||
      (name === 'django' && existsSync(path.join(project.root, 'manage.py')))
    )
      throw new UserError(
        'other-framework',
        `This is a ${title} project, which is out of scope.`,
        'Express, Fastify and FastAPI services are read.',
      );
  throw new UserError(
    'no-framework',
    `${project.root} is a Python project, but FastAPI is not among its dependencies or imports.`,
    whereTo(project.root),
  );
}

/** What a lock pins; else the range asked for. */
function declaredVersions(project: Project): Record<string, string> {
  const asked = [...project.asked].map(([name, { range }]): [string, string] => [
    name,
    range.replace(/^==\s*([\w.]+)$/, '$1'),
  ]);
  const locked = [...project.locked].map(([name, { version }]): [string, string] => [name, version]);
  return Object.fromEntries([...asked, ...locked]);
}

function placeOf(project: Project, name: string): { file: string; line: number } | undefined {
  const asked = project.asked.get(name);
  return asked && { file: asked.file, line: asked.line };
}

function evidenceOf(project: Project, environment: Environment | undefined, name: string): string {
  const place = placeOf(project, name);
  const where = place ? `${place.file}:${place.line}` : 'imported';
  const installed = environment?.packages[name];
  if (installed !== undefined) return `${name} ${installed}: ${where}`;
  const locked = project.locked.get(name);
  if (locked) return `${name} ${locked.version}: ${locked.file}`;
  return place ? `${name} ${project.asked.get(name)?.range ?? ''}: ${where}` : `no ${name} among the dependencies`;
}

function familyFacts(
  project: Project,
  environment: Environment | undefined,
  packages: Record<string, string>,
): Pick<Triage, keyof typeof families> {
  const fact = (family: keyof typeof families): Fact<string[]> => {
    // Installed because others need it is not used: what is asked for counts, where anything is.
    const found = families[family].filter((name) => (project.asked.size ? project.asked.has(name) : name in packages));
    const evidence = found.map((name) => evidenceOf(project, environment, name)).join(', ');
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

function entryFact(project: Project, files: string[], answers: Answers): Fact<string> {
  if (answers.entry === undefined) {
    const { value, evidence } = findEntry(project, files);
    return detected(value, evidence);
  }
  const origin = answers.asked ? 'answered' : 'flag';
  const evidence = answers.asked ? 'answered' : '--app';
  const [module = '', attribute = 'app'] = answers.entry.split(/[:#]/);
  const value = module.endsWith('.py')
    ? existsSync(path.join(project.root, module))
      ? `${module}#${attribute}`
      : undefined
    : resolved(project.root, module, attribute);
  if (value === undefined)
    throw new UserError(
      'no-entry',
      `The app ${answers.entry} was not found in ${project.root}.`,
      'Give its module and name, as uvicorn takes them: --app package.module:app.',
    );
  return { value, origin, evidence };
}

function testFolderFact(root: string, tests: string[], sourceRoot: string, answers: Answers): Fact<string> {
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
  const { value, evidence, found } = testFolderOf(root, tests, sourceRoot);
  return found ? detected(value, evidence) : { value, origin: 'default', evidence };
}

const managers: PackageManager[] = ['pip', 'uv', 'poetry', 'pdm', 'pipenv'];

function managerFact(project: Project, environment: Environment | undefined, answers: Answers): Fact<PackageManager> {
  if (answers.packageManager !== undefined) {
    const given = managers.find((name) => name === answers.packageManager);
    if (!given)
      throw new UserError(
        'unknown-package-manager',
        `${answers.packageManager} is not a package manager that is known here.`,
        `Give ${managers.join(', ')}.`,
      );
    return { value: given, origin: 'flag', evidence: '--package-manager' };
  }
  const locks: [string, PackageManager][] = [
    ['uv.lock', 'uv'],
    ['poetry.lock', 'poetry'],
    ['pdm.lock', 'pdm'],
    ['Pipfile', 'pipenv'],
  ];
  const lock = locks.find(([file]) => existsSync(path.join(project.root, file)));
  if (lock) return detected(lock[1], lock[0]);
  if (tableAt(project.pyproject, 'tool', 'poetry')) return detected('poetry', '[tool.poetry]: pyproject.toml');
  if (environment && !('pip' in environment.packages)) return detected('uv', 'no pip in the environment');
  return { value: 'pip', origin: 'default', evidence: 'no lock file' };
}

/** Inside the service: relative; elsewhere as it is. */
function relativeTo(root: string, file: string | undefined): string | null {
  if (file === undefined) return null;
  const relative = path.relative(root, file);
  return relative.startsWith('..') ? file : relative.split(path.sep).join('/');
}
