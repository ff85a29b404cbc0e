import type { NeededServer, Store } from '../model/index.js';

const images: Record<NeededServer['id'], string> = {
  postgres: '-e POSTGRES_HOST_AUTH_METHOD=trust postgres:17',
  mysql: '-e MYSQL_ALLOW_EMPTY_PASSWORD=yes mysql:8',
  mongodb: 'mongo:8',
  redis: 'redis:7',
  rabbitmq: 'rabbitmq:4',
};

const kinds: { scheme: RegExp; id: NeededServer['id']; name: string; port: number }[] = [
  { scheme: /^postgres(ql)?(\+\w+)?:$/, id: 'postgres', name: 'PostgreSQL', port: 5432 },
  { scheme: /^(mysql|mariadb)(\+\w+)?:$/, id: 'mysql', name: 'MySQL', port: 3306 },
  { scheme: /^mongodb(\+srv)?:$/, id: 'mongodb', name: 'MongoDB', port: 27017 },
  { scheme: /^rediss?:$/, id: 'redis', name: 'Redis', port: 6379 },
  { scheme: /^amqps?:$/, id: 'rabbitmq', name: 'RabbitMQ', port: 5672 },
];

/** Servers that a test environment names by URL, each once. */
export function neededServers(environment: Record<string, string>): NeededServer[] {
  const found = Object.entries(environment).flatMap(([variable, url]): NeededServer[] => {
    if (!URL.canParse(url)) return [];
    const { protocol, hostname, port } = new URL(url);
    const kind = kinds.find(({ scheme }) => scheme.test(protocol));
    if (!kind || !hostname) return [];
    const { id, name } = kind;
    const at = Number(port) || kind.port;
    const start = `docker run -d -p ${at}:${kind.port} ${images[id]}`;
    return [{ id, name, host: hostname, port: at, variable, url, start }];
  });
  return [...new Map(found.map((one) => [`${one.host}:${one.port}`, one])).values()];
}

/**
 * Where tests look for the server of a store that SQLAlchemy reaches, unless TEST_DATABASE_URL says another place. They make databases
 * of their own there. Undefined: the store has no server, or one that tests know no driver for.
 */
export const serverUrl = ({ client, dialect, driver }: Store): string | undefined =>
  (client === 'sqlalchemy' || client === 'sqlmodel') && dialect === 'postgres' && driver !== undefined
    ? `postgresql+${driver}://postgres@127.0.0.1:5432/service_test`
    : undefined;
