import { connect } from 'node:net';
import type { NeededServer } from '../model/index.js';

const patience = 2000;

/**
 * Whether what the suite needs can be reached from this machine, before anything runs.
 * @returns one sentence for each server that does not answer: which, where, what provides it
 */
export async function preflight(servers: NeededServer[]): Promise<string[]> {
  const reached = await Promise.all(servers.map(({ host, port }) => answers(host, port)));
  return servers
    .filter((_, index) => !reached[index])
    .map(
      (server) =>
        `${server.name} is not reachable on ${server.host}:${server.port} (${placeOf(server)}). Start it, for example: ${server.start}`,
    );
}

const placeOf = ({ variable }: NeededServer): string =>
  /^TEST_(DATABASE|REDIS)_URL$/.test(variable) ? `${variable} says where, if not there` : `${variable} in .env.test`;

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(patience, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
