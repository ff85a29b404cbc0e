import { existsSync } from 'node:fs';
import path from 'node:path';
import type { NeededServer, RenderedFile, Triage } from '../../model/index.js';
import { print } from '../handlebars.js';
import type { Guide } from '../language.js';
import { layersOf } from '../../model/layers.js';
import type { Ci } from './index.js';
import { isTested, type Place, placeOf } from './repository.js';

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
  const place = placeOf(triage.root);
  const kind = wanted ?? (existsSync(path.join(place.repository, '.gitlab-ci.yml')) ? 'none' : 'github');
  if (kind === 'none' || (wanted === undefined && isTested(place))) return undefined;
  return kind === 'github' ? githubJob(guide, triage, servers, place) : gitlabJob(guide, triage, servers, place);
}

/** `api`, of a service that is a part of its repository. */
const nameIn = ({ folder }: Place): string => path.posix.basename(folder);

const sharded = ({ ci }: Guide, triage: Triage): boolean =>
  ci.shard !== undefined && triage.existingTests.value.length >= manyFiles;

function githubJob(guide: Guide, triage: Triage, servers: NeededServer[], place: Place): RenderedFile {
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
    setup: [...ci.setup, ...ownLock(guide, place)],
    run,
    folder: place.folder,
    name: nameIn(place),
  });
  const file = place.folder ? `${layersOf(triage).top}/github-workflow.yml` : '.github/workflows/tests.yml';
  return { path: file, text, ownership: 'seeded', cases: [] };
}

/** The lock file that the cache goes by, where the repository's root has none. */
function ownLock({ ci }: Guide, { repository, folder }: Place): string[] {
  const lock = `${folder}/package-lock.json`;
  const isOwn = folder !== '' && !existsSync(path.join(repository, 'package-lock.json'));
  return isOwn && ci.setup.some((line) => line.includes('cache: npm'))
    ? [`          cache-dependency-path: ${lock}`]
    : [];
}

function gitlabJob(guide: Guide, triage: Triage, servers: NeededServer[], place: Place): RenderedFile {
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
    folder: place.folder,
    name: nameIn(place),
  });
  return { path: '.gitlab-ci.yml', text, ownership: 'seeded', cases: [] };
}
