import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A server that a test has started for itself. */
export interface Server {
  /** What the variable of a suite is set to: names a database that is for tests. */
  url: string;
  /** Databases and connections that are there now and were not there at its start. `packages`: a folder where its driver is installed. */
  left(packages: string): Promise<string[]>;
  /** Rows of a query as text, in `postgres` where no other database is named. SQL servers only. */
  query?(sql: string, database?: string): string[];
  stop(): void;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Runs a program until it accepts connections on the port. */
export async function startProgram(command: string, args: string[], port: number, cwd: string): Promise<ChildProcess> {
  const program = spawn(command, args, { cwd, stdio: 'ignore' });
  for (let waited = 0; waited < 20_000 && program.exitCode === null; waited += 100) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([once(socket, 'connect').then(() => true), setTimeout(1000, false)]).catch(
      () => false,
    );
    socket.destroy();
    if (isThere) return program;
    await setTimeout(100);
  }
  program.kill();
  throw new Error(`${command} does not answer on port ${port}`);
}

/** Connections to a port of this machine that are open, as Linux lists them. */
export function connections(port: number): string[] {
  const file = '/proc/net/tcp';
  if (!existsSync(file)) return [];
  const remote = new RegExp(`^ *\\d+: \\S+ \\S+:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => remote.test(line))
    .map(() => `a connection to port ${port}`);
}
