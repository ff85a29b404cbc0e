import { spawnSync } from 'node:child_process';
import { temporaryFolder } from '../../temporary-folder.js';
import { freePort, type Server, startProgram } from './server.js';

async function start(): Promise<Server> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const program = await startProgram('redis-server', args, port, temporaryFolder('redis'));
  return { url: `redis://127.0.0.1:${port}`, stop: () => void program.kill() };
}

/** Redis of Debian, with nothing kept on disk. Undefined: it is not installed. */
export const redis = (): (() => Promise<Server>) | undefined =>
  spawnSync('redis-server', ['--version']).status === 0 ? start : undefined;
