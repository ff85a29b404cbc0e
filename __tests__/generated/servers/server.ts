import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A server that a test has started for itself. */
export interface Server {
  /** What the variable of a suite is set to: names a database that is for tests. */
  url: string;
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
