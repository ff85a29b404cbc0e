import type { Uses } from './expressions.js';
import type { HarnessView } from './harness.js';
import type { Imports } from './imports.js';
import type { SqlView } from './stores.js';

interface PrintedHarness extends Omit<HarnessView, 'jwt' | 'apiKey' | 'bearer'> {
  jwt?: HarnessView['jwt'];
  apiKey?: HarnessView['apiKey'];
  bearer?: HarnessView['bearer'];
  rollsBack: boolean;
  typed: boolean;
  /** Pydantic 1. */
  parses: boolean;
  uses: { fromNow: boolean; caller: boolean; insert: boolean; alter: boolean; made: boolean };
}

/** What harness.py imports, part by part as its template prints them. */
export function harnessImports(view: PrintedHarness, imports: Imports): void {
  const { uses, sql } = view;
  imports.from('typing', 'Any');
  imports.from('copy', 'deepcopy');
  if (uses.caller) imports.from('dataclasses', 'dataclass', 'field');
  if (uses.fromNow) imports.from('datetime', 'datetime', 'timedelta', 'timezone');
  if (view.jwt) {
    imports.module('json');
    imports.module('time');
    imports.from('base64', 'urlsafe_b64encode');
    if (view.jwt.library === 'jose') imports.from('jose', 'jwt');
    else imports.module('jwt');
  }
  if (view.session || view.readings.length) imports.from('fastapi.testclient', 'TestClient');
  if (uses.made || (sql ?? (view.hosts.length || view.spies.length))) imports.from('collections.abc', 'Callable');
  if (sql) {
    imports.from('functools', 'partial');
    imports.from('fastapi.encoders', 'jsonable_encoder');
    imports.from('sqlalchemy', 'MetaData', 'Table');
    imports.from(sql.engineModule, 'Connection');
    if (sql.server) serverHarness(sql, imports);
    else if (view.rollsBack) {
      imports.from('sqlalchemy', 'event');
      imports.from(sql.engineModule, 'Engine');
    }
    if (view.typed) imports.from('pydantic', view.parses ? 'parse_obj_as' : 'TypeAdapter');
  }
  if (view.hosts.length) {
    imports.module('json');
    imports.module('httpx');
  }
  if (view.spies.length) {
    imports.module('pytest');
    imports.from('email.message', 'EmailMessage');
    imports.from('inspect', 'iscoroutinefunction');
    imports.from('fastapi.encoders', 'jsonable_encoder');
  }
}

/** What makes a database on a server needs. */
function serverHarness({ isAsync, engineModule }: SqlView, imports: Imports): void {
  imports.module('os');
  imports.module('re');
  imports.from('sqlalchemy', 'event', ...(isAsync ? [] : ['create_engine']));
  imports.from('sqlalchemy.engine', 'URL', 'make_url');
  imports.from(engineModule, 'Engine');
  if (!isAsync) return;
  imports.module('asyncio');
  imports.from('sqlalchemy.ext.asyncio', 'create_async_engine');
}

interface Conftest {
  view: HarnessView;
  code: string;
  stateIterates: boolean;
  /** Names of the modules. */
  harness: string;
  factories: string;
  uses: Uses;
}

/** What conftest.py imports, likewise. */
export function conftestImports({ view, stateIterates, harness, factories, uses }: Conftest, imports: Imports): void {
  const { sql } = view;
  imports.module('os');
  imports.from('pathlib', 'Path');
  imports.from('collections.abc', 'Iterator');
  imports.module('pytest');
  imports.from('dotenv', 'dotenv_values');
  imports.from('fastapi.testclient', 'TestClient');
  if (view.reloads) {
    imports.module('sys');
    imports.from('typing', 'Any');
  } else imports.from('fastapi', 'FastAPI');
  if (view.temporary) imports.from('tempfile', 'TemporaryDirectory');
  if (view.hosts.length) imports.module('respx');
  void stateIterates;
  if (sql?.rollsBack) rollback(sql, imports);
  if (sql?.server) server(sql, imports);
  if (sql && view.clears) {
    if (!sql.server) imports.module('re');
    imports.from('collections.abc', 'Callable');
    imports.from('typing', 'Any');
    imports.from(sql.engineModule, 'Connection');
  }
  if (sql?.isAsync) imports.from('functools', 'partial');
  const inFixtures = view.callers.flatMap((caller) => [...caller.steps, caller.value]).join('\n');
  const own = [...uses.harness].filter((name) => new RegExp(`\\b${name}\\(`).test(inFixtures));
  imports.from(
    harness,
    'State',
    ...own,
    ...(view.callers.length ? ['Caller'] : []),
    ...(sql?.rollsBack && !sql.server ? ['use_savepoints'] : []),
    ...(sql?.server ? ['own_database', 'drop_database', 'create_tables'] : []),
    ...(view.spies.length ? ['watch'] : []),
    ...(view.spies.some((spy) => spy.made) ? ['silence'] : []),
  );
  imports.from(factories, ...[...uses.factories].filter((name) => new RegExp(`\\b${name}\\(`).test(inFixtures)));
}

function rollback(sql: SqlView, imports: Imports): void {
  if (!sql.server) imports.from('sqlalchemy.pool', 'StaticPool');
  if (sql.isAsync) {
    imports.from('collections.abc', 'AsyncIterator');
    imports.from('contextlib', 'asynccontextmanager');
    if (!sql.server) imports.from('sqlalchemy', 'MetaData');
    imports.from('sqlalchemy.ext.asyncio', 'AsyncConnection', 'create_async_engine');
    if (sql.factory === undefined) imports.from('sqlalchemy.ext.asyncio', 'AsyncSession');
    return;
  }
  imports.from('sqlalchemy', 'create_engine');
  imports.from(sql.engineModule, 'Connection', 'Engine');
  if (sql.factory === undefined) imports.from(sql.usesSqlmodel ? 'sqlmodel' : 'sqlalchemy.orm', 'Session');
}

function server({ isAsync, engineModule }: SqlView, imports: Imports): void {
  if (isAsync) {
    imports.module('asyncio');
    imports.from('functools', 'partial');
    imports.from('sqlalchemy', 'MetaData');
    imports.from('sqlalchemy.pool', 'NullPool');
    imports.from('sqlalchemy.ext.asyncio', 'create_async_engine');
    return;
  }
  imports.from('sqlalchemy', 'create_engine');
  imports.from(engineModule, 'Engine');
}
