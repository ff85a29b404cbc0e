import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NeededServer, RenderedFile, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';
import type { Guide } from '../language.js';
import type { Ci } from './index.js';

/** From so many test files on, a job is split. */
const manyFiles = 60;
const shardCount = 4;

interface Container {
  image: string;
  port: number;
  variables?: Record<string, string>;
  health: string;
}

const containers: Record<NeededServer['id'], Container> = {
  postgres: {
    image: 'postgres:17',
    port: 5432,
    variables: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
    health: 'pg_isready -U postgres',
  },
  mysql: {
    image: 'mysql:8',
    port: 3306,
    variables: { MYSQL_ALLOW_EMPTY_PASSWORD: "'yes'" },
    health: 'mysqladmin ping',
  },
  mongodb: { image: 'mongo:8', port: 27017, health: 'mongosh --quiet --eval 1' },
  redis: { image: 'redis:7', port: 6379, health: 'redis-cli ping' },
  rabbitmq: { image: 'rabbitmq:4', port: 5672, health: 'rabbitmq-diagnostics -q ping' },
};

/** A job that runs the tests on each change; undefined: the repository has one, or wants none. */
export function ciFile(
  guide: Guide,
  triage: Triage,
  servers: NeededServer[],
  wanted: Ci | undefined,
): RenderedFile | undefined {
  const kind = wanted ?? (existsSync(path.join(triage.root, '.gitlab-ci.yml')) ? 'none' : 'github');
  if (kind === 'none' || (wanted === undefined && hasJob(triage.root))) return undefined;
  return kind === 'github' ? githubJob(guide, triage, servers) : gitlabJob(guide, triage, servers);
}

function hasJob(root: string): boolean {
  const folder = path.join(root, '.github/workflows');
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) =>
    /\btest|jest|vitest|pytest/.test(readFileSync(path.join(folder, name), 'utf8')),
  );
}

const sharded = ({ ci }: Guide, triage: Triage): boolean =>
  ci.shard !== undefined && triage.existingTests.value.length >= manyFiles;

function githubJob(guide: Guide, triage: Triage, servers: NeededServer[]): RenderedFile {
  const { ci } = guide;
  const split = sharded(guide, triage);
  const run = split
    ? ci.run.map((command, index) =>
        index === ci.run.length - 1 && ci.shard
          ? ci.shard(command, '${{ matrix.shard }}', String(shardCount))
          : command,
      )
    : ci.run;
  const text = print('scaffold', 'github', {
    matrix: ci.versions.length > 1 || split,
    versions: ci.versions.length > 1 ? ci.versions.join(', ') : undefined,
    shards: split ? Array.from({ length: shardCount }, (_, index) => index + 1).join(', ') : undefined,
    services: servers.map(({ id }) => ({ id, ...containers[id] })),
    setup: ci.setup,
    run,
  });
  return { path: '.github/workflows/tests.yml', text, ownership: 'seeded', cases: [] };
}

function gitlabJob(guide: Guide, triage: Triage, servers: NeededServer[]): RenderedFile {
  const { ci } = guide;
  const split = sharded(guide, triage);
  const run = ci.run.map((command, index) =>
    split && index === ci.run.length - 1 && ci.shard ? ci.shard(command, '$CI_NODE_INDEX', '$CI_NODE_TOTAL') : command,
  );
  const text = print('scaffold', 'gitlab', {
    image: ci.image,
    shards: split,
    count: shardCount,
    services: servers.map(({ id, variable, url, host }) => ({
      id,
      ...containers[id],
      variable,
      url: url.replace(host, id),
    })),
    run,
  });
  return { path: '.gitlab-ci.yml', text, ownership: 'seeded', cases: [] };
}
