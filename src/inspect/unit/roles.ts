import type { Role } from '../../model/index.js';
import { isDataMethod } from './infer.js';
import type { Origin, Origins } from './origins.js';

/** Packages by what stands behind them, as triage knows them: `{ database: ['pg', …], … }`. */
export type PackageFamilies = Record<'database' | 'queue' | 'mail' | 'http' | 'auth', string[]>;

const others: [Role, string[]][] = [
  ['http', ['http', 'https', 'net', 'http2', 'requests', 'httpx', 'aiohttp', 'urllib']],
  ['file', ['fs', 'fs/promises', 'fs-extra', 'pathlib', 'shutil']],
  ['process', ['child_process', 'worker_threads', 'cluster', 'execa', 'subprocess']],
  [
    'schedule',
    [
      'node-cron',
      'cron',
      'croner',
      'node-schedule',
      'toad-scheduler',
      'bree',
      '@nestjs/schedule',
      'apscheduler',
      'schedule',
    ],
  ],
  ['event', ['events', 'eventemitter3', 'emittery', 'event-dispatch', 'mitt']],
  ['queue', ['celery', 'rq', 'dramatiq', 'arq', 'huey', 'pika', 'aio_pika', 'kombu']],
  ['mail', ['smtplib', 'fastapi_mail', 'aiosmtplib', 'emails']],
  ['framework', ['express', 'fastify', 'koa', '@hapi/hapi', 'hono', 'express-promise-router', 'fastapi', 'starlette']],
  [
    'log',
    [
      'winston',
      'pino',
      'debug',
      'morgan',
      'pino-http',
      'bunyan',
      'log4js',
      'loglevel',
      'logging',
      'structlog',
      'loguru',
    ],
  ],
  [
    'database',
    [
      'sqlalchemy',
      'sqlmodel',
      'psycopg',
      'psycopg2',
      'asyncpg',
      'pymongo',
      'motor',
      'beanie',
      'tortoise',
      'peewee',
      'sqlite3',
      'aiosqlite',
      'redis',
      'databases',
      'aiosql',
    ],
  ],
];

/** What a name says, where nothing else does: parameters and fields without a type that can be read. */
const byName: [RegExp, Role][] = [
  [/log(ger)?$/i, 'log'],
  [/mail|smtp/i, 'mail'],
  [/queue|jobs?$|worker|agenda|scheduler|tasks?$/i, 'queue'],
  [/event|bus$|publisher|pubsub|emitter|dispatcher/i, 'event'],
  [
    /^(db|database|prisma|knex|orm|pool|conn(ection)?|redis|cache|mongo|session|tx|trx|transaction|em|entityManager)$/i,
    'database',
  ],
  [/(model|repo|repository|collection|dao|store|table|client)$/i, 'database'],
  [/http|fetch|axios/i, 'http'],
];

const globals: [RegExp, Role][] = [
  [/^fetch$|^XMLHttpRequest$/, 'http'],
  [/^console$/, 'log'],
];

/** Says what stands behind a value. */
export class Roles {
  private readonly packages = new Map<string, Role>();

  constructor(
    private readonly origins: Origins,
    families: PackageFamilies,
  ) {
    const { database, queue, mail, http, auth } = families;
    for (const [role, names] of [...others, ...Object.entries({ database, queue, mail, http, auth })])
      for (const name of names) this.packages.set(name, role as Role);
  }

  ofPackage(module: string): Role {
    const known = this.packages.get(module);
    if (known) return known;
    const root = module.startsWith('@') ? module.split('/').slice(0, 2).join('/') : (module.split(/[/.]/)[0] ?? module);
    return this.packages.get(root) ?? 'library';
  }

  of(origin: Origin): { role: Role; from: string } | undefined {
    switch (origin.kind) {
      case 'package':
        return { role: this.ofPackage(origin.module), from: origin.module };
      case 'global': {
        const found = globals.find(([name]) => name.test(origin.name));
        return found && { role: found[1], from: origin.name };
      }
      case 'parameter':
        return this.ofParameter(origin);
      default:
        return undefined;
    }
  }

  /** By its declared type: a class of the service can be replaced; a type of a package is that package. Else by its name. */
  private ofParameter(origin: Extract<Origin, { kind: 'parameter' }>): { role: Role; from: string } | undefined {
    const typed = origin.type === undefined ? undefined : this.ofType(origin.type, origin.file);
    // A method of a field (`user.scopes.split()`) is a method of data.
    if (typed?.role === 'collaborator' && origin.path.length > 1 && !origin.isField) return undefined;
    if (typed && typed.role !== 'library') return typed;
    const found = byName.find(([name]) => name.test(origin.name));
    if (isDataMethod((origin.path[0] ?? '').replace('()', ''))) return undefined;
    if (found) return { role: found[1], from: origin.name };
    // `Container.get('userModel')`: the last name on the way says it.
    const last = byName.find(([name]) => name.test(origin.path[0] ?? ''));
    return last && origin.path.length > 1 ? { role: last[1], from: origin.name } : typed;
  }

  private ofType(type: string, file: string): { role: Role; from: string } | undefined {
    for (const [name = ''] of type.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const table = this.origins.table(file);
      if (table.classes.has(name)) return { role: 'collaborator', from: name };
      const imported = table.imports.get(name);
      if (!imported) continue;
      const target = this.origins.host.resolve(imported.specifier, file);
      if (!target) continue;
      if ('module' in target) {
        const role = this.ofPackage(target.module);
        if (role === 'library') continue;
        return { role, from: target.module };
      }
      const origin = this.origins.exported(target.file, imported.imported);
      if (origin.kind === 'class') return { role: this.classRole(origin.file) ?? 'collaborator', from: name };
      const role = this.strongestImport(target.file);
      if (role) return { role, from: name };
    }
    return undefined;
  }

  /** A model class of an ORM is the database itself: it extends a class of the package, or is decorated by it. */
  private classRole(file: string): Role | undefined {
    for (const cls of this.origins.table(file).classes.values())
      for (const expression of [...(cls.parent ? [cls.parent] : []), ...cls.decorators]) {
        const origin = this.origins.resolve(expression, { file, locals: new Map() });
        if (origin.kind === 'package' && this.ofPackage(origin.module) === 'database') return 'database';
      }
    return undefined;
  }

  /** A type alias over what a package gives (`Awaited<ReturnType<typeof openDatabase>>`): what its file imports. */
  private strongestImport(file: string): Role | undefined {
    const roles = [...this.origins.table(file).imports.values()].flatMap(({ specifier }) => {
      const target = this.origins.host.resolve(specifier, file);
      return target && 'module' in target ? [this.ofPackage(target.module)] : [];
    });
    return (['database', 'queue', 'mail', 'http'] as const).find((role) => roles.includes(role));
  }
}

export const nameRole = (text: string): Role | undefined => byName.find(([name]) => name.test(text))?.[1];
