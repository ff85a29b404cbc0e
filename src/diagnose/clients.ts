/** A package whose clients hold a socket open. Data, one line each. */
export interface ClientKind {
  module: RegExp;
  /** The exported names that make one, with what is taken from the default export. */
  made: RegExp;
  label: string;
  /** The method that closes it. */
  close: string;
  /** It connects only when one of these is called on it. */
  opensWith?: RegExp;
  /** It speaks to several databases: it has a socket only with one of these packages. */
  needsDriver?: string[];
  /** Connections a client may hold, where nothing limits it; the option that does. */
  pool?: { size: number; option: RegExp };
}

const servers = ['pg', 'mysql', 'mysql2', 'mariadb', 'tedious', 'oracledb'];
const anyUse = /./;

export const clients: ClientKind[] = [
  {
    module: /^pg(-pool)?$/,
    made: /(^|\.)(Pool|default)$/,
    label: 'a Postgres pool',
    close: 'end',
    opensWith: anyUse,
    pool: { size: 10, option: /^max$/ },
  },
  { module: /^pg$/, made: /(^|\.)Client$/, label: 'a Postgres client', close: 'end', opensWith: /^connect$/ },
  {
    module: /^postgres$/,
    made: /^(default|\*)$/,
    label: 'a Postgres client',
    close: 'end',
    opensWith: anyUse,
    pool: { size: 10, option: /^max$/ },
  },
  {
    module: /^(mysql2?(\/promise)?|mariadb)$/,
    made: /(^|\.)createPool$/,
    label: 'a MySQL pool',
    close: 'end',
    opensWith: anyUse,
    pool: { size: 10, option: /^connectionLimit$/ },
  },
  {
    module: /^(mysql2?(\/promise)?|mariadb)$/,
    made: /(^|\.)createConnection$/,
    label: 'a MySQL connection',
    close: 'end',
  },
  { module: /^ioredis$/, made: /(^|\.)(default|Redis|Cluster|\*)$/, label: 'a Redis client', close: 'quit' },
  {
    module: /^(redis|@redis\/client)$/,
    made: /(^|\.)create(Client|Cluster|Sentinel)$/,
    label: 'a Redis client',
    close: 'quit',
    opensWith: /^connect$/,
  },
  {
    module: /^mongodb$/,
    made: /(^|\.)MongoClient(\.connect)?$/,
    label: 'a MongoDB client',
    close: 'close',
    opensWith: /^connect$/,
  },
  {
    module: /^mongoose$/,
    made: /(^|\.)(connect|createConnection)$/,
    label: 'a MongoDB connection',
    close: 'disconnect',
  },
  {
    module: /^knex$/,
    made: /^(default|\*|knex|(default|\*)\.(knex|default))$/,
    label: 'a knex pool',
    close: 'destroy',
    needsDriver: servers,
    pool: { size: 10, option: /^pool$/ },
  },
  {
    module: /^sequelize(-typescript)?$/,
    made: /(^|\.)Sequelize$/,
    label: 'a Sequelize pool',
    close: 'close',
    needsDriver: servers,
    opensWith: anyUse,
    pool: { size: 5, option: /^pool$/ },
  },
  {
    module: /^typeorm$/,
    made: /(^|\.)DataSource$/,
    label: 'a TypeORM data source',
    close: 'destroy',
    needsDriver: servers,
    opensWith: /^initialize$/,
    pool: { size: 10, option: /^(extra|poolSize)$/ },
  },
  { module: /^amqplib(\/callback_api)?$/, made: /(^|\.)connect$/, label: 'a RabbitMQ connection', close: 'close' },
  {
    module: /^bull(mq)?$/,
    made: /(^|\.)(default|Queue|Worker|QueueEvents|\*)$/,
    label: 'a queue on Redis',
    close: 'close',
  },
  { module: /^(net|tls)$/, made: /(^|\.)(connect|createConnection)$/, label: 'a socket', close: 'destroy' },
  { module: /^ws$/, made: /(^|\.)(default|WebSocket|\*)$/, label: 'a web socket', close: 'close' },
  {
    module: /^socket\.io-client$/,
    made: /(^|\.)(default|io|connect|\*)$/,
    label: 'a socket.io client',
    close: 'disconnect',
  },
  { module: /^nats$/, made: /(^|\.)connect$/, label: 'a NATS connection', close: 'drain' },
];

/** Prisma's engine does not hold the process, but its pools hold the database. */
export const prisma: ClientKind = {
  module: /prisma/,
  made: /(^|\.)PrismaClient$/,
  label: 'a Prisma client',
  close: '$disconnect',
  pool: { size: 9, option: /^(datasources|datasourceUrl|adapter)$/ },
};
