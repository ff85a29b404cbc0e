import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../temporary-folder.js';
import { connections, freePort, type Server } from './server.js';

const home = '/usr/lib/postgresql';

/** Folder of PostgreSQL's programs, as Debian's package puts them. Undefined: it is not installed. */
const installed = (): string | undefined =>
  existsSync(home)
    ? readdirSync(home)
        .map((version) => path.join(home, version, 'bin'))
        .find((folder) => existsSync(path.join(folder, 'initdb')))
    : undefined;

/** A server of our own, on a free port, in a temporary folder. Never runs as root: PostgreSQL refuses that. */
async function start(programs: string): Promise<Server> {
  const folder = temporaryFolder('postgres');
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: 65534, gid: 65534 } : {};
  if (isRoot) chownSync(folder, 65534, 65534);
  const data = path.join(folder, 'data');
  const run = (name: string, ...args: string[]): void =>
    void execFileSync(path.join(programs, name), args, { ...user, cwd: folder, stdio: 'ignore' });
  const port = await freePort();
  run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync');
  const options = `-p ${port} -k ${folder} -c fsync=off -c listen_addresses=127.0.0.1`;
  run('pg_ctl', '-D', data, '-o', options, '-l', path.join(folder, 'log'), '-w', 'start');
  const query = (sql: string, database = 'postgres'): string[] =>
    execFileSync(path.join(programs, 'psql'), [`postgres://postgres@127.0.0.1:${port}/${database}`, '-Atc', sql], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter(Boolean);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/parts_test`,
    left: async () => [
      ...connections(port),
      ...query("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"),
    ],
    query,
    stop: () => run('pg_ctl', '-D', data, '-m', 'immediate', 'stop'),
  };
}

/** PostgreSQL of Debian. Undefined: it is not installed. */
export function postgres(): (() => Promise<Server>) | undefined {
  const programs = installed();
  return programs === undefined ? undefined : () => start(programs);
}
