import { execFileSync, spawnSync } from 'node:child_process';
import { temporaryFolder } from '../../temporary-folder.js';
import { connections, freePort, type Server, startProgram } from './server.js';

/** Redis of Debian, which keeps nothing on disk. Undefined: it is not installed. */
export function redis(): (() => Promise<Server>) | undefined {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  return async () => {
    const port = await freePort();
    const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const server = await startProgram('redis-server', flags, port, temporaryFolder('redis'));
    const keyspace = (): string =>
      execFileSync('redis-cli', ['-p', String(port), 'info', 'keyspace'], { encoding: 'utf8' });
    return {
      url: `redis://127.0.0.1:${port}/1`,
      left: () => Promise.resolve([...connections(port), ...(keyspace().match(/^db\d+:keys=\d+/gm) ?? [])]),
      stop: () => void server.kill(),
    };
  };
}
