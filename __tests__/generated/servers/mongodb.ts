import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { temporaryFolder } from '../../temporary-folder.js';
import { connections, freePort, type Server, startProgram } from './server.js';

/** What mongo-java-server, which speaks MongoDB's wire protocol, consists of: group, name, version. */
const netty = [
  'buffer',
  'codec',
  'codec-base',
  'codec-compression',
  'common',
  'handler',
  'resolver',
  'transport',
  'transport-native-unix-common',
];
const libraries: [group: string, name: string, version: string][] = [
  ...['', '-core', '-memory-backend'].map((part): [string, string, string] => [
    'de.bwaldvogel',
    `mongo-java-server${part}`,
    '1.47.0',
  ]),
  ...netty.map((part): [string, string, string] => ['io.netty', `netty-${part}`, '4.2.2.Final']),
  ['org.slf4j', 'slf4j-api', '2.0.16'],
  ['org.slf4j', 'slf4j-nop', '2.0.16'],
];

const program = `import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
public class Main {
  public static void main(String[] args) throws Exception {
    new MongoServer(new MemoryBackend()).bind("127.0.0.1", Integer.parseInt(args[0]));
    Thread.currentThread().join();
  }
}
`;

/** Files of Maven's local repository, fetched from Maven Central where they are missing. */
async function jars(): Promise<string[]> {
  const folder = path.join(homedir(), '.m2/repository');
  return Promise.all(
    libraries.map(async ([group, name, version]) => {
      const place = [...group.split('.'), name, version, `${name}-${version}.jar`].join('/');
      const file = path.join(folder, place);
      if (existsSync(file)) return file;
      const answer = await fetch(`https://repo1.maven.org/maven2/${place}`);
      if (!answer.ok) throw new Error(`Maven Central answers ${answer.status} for ${place}`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(`${file}.part`, Buffer.from(await answer.arrayBuffer()));
      renameSync(`${file}.part`, file);
      return file;
    }),
  );
}

/** Written by the driver of the services themselves. */
const listing = (port: number): string => `
const client = new (require('mongodb').MongoClient)('mongodb://127.0.0.1:${port}');
client.db().admin().listDatabases().then(async ({ databases }) => {
  console.log(databases.map(({ name }) => name).join('\\n'));
  await client.close();
});`;

const databases = (packages: string, port: number): string[] =>
  execFileSync(process.execPath, ['-e', listing(port)], { cwd: packages, encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && !['admin', 'local', 'config'].includes(name));

/** Undefined: there is no Java on this machine, or its libraries cannot be fetched. */
export async function mongodb(): Promise<(() => Promise<Server>) | undefined> {
  if (spawnSync('java', ['-version']).status !== 0) return undefined;
  const files = await jars().catch(() => undefined);
  if (!files) return undefined;
  return async () => {
    const folder = temporaryFolder('mongodb');
    writeFileSync(path.join(folder, 'Main.java'), program);
    const port = await freePort();
    const server = await startProgram('java', ['-cp', files.join(':'), 'Main.java', String(port)], port, folder);
    return {
      url: `mongodb://127.0.0.1:${port}/parts_test`,
      left: async (packages) => [...connections(port), ...databases(packages, port)],
      stop: () => void server.kill(),
    };
  };
}
