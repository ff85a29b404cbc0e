import type { Store } from '../../model/index.js';

interface Driver {
  /** Names of the packages, any one of which brings it. */
  packages: string[];
  dialect: NonNullable<Store['dialect']>;
  asyncio: boolean | 'both';
}

/** By the name that SQLAlchemy has for them: https://docs.sqlalchemy.org/en/20/dialects/ */
const drivers: Record<string, Driver> = {
  asyncpg: { packages: ['asyncpg'], dialect: 'postgres', asyncio: true },
  psycopg: { packages: ['psycopg', 'psycopg-binary'], dialect: 'postgres', asyncio: 'both' },
  psycopg2: { packages: ['psycopg2', 'psycopg2-binary'], dialect: 'postgres', asyncio: false },
  pg8000: { packages: ['pg8000'], dialect: 'postgres', asyncio: false },
  aiosqlite: { packages: ['aiosqlite'], dialect: 'sqlite', asyncio: true },
  aiomysql: { packages: ['aiomysql'], dialect: 'mysql', asyncio: true },
  asyncmy: { packages: ['asyncmy'], dialect: 'mysql', asyncio: true },
  pymysql: { packages: ['pymysql'], dialect: 'mysql', asyncio: false },
  mysqldb: { packages: ['mysqlclient'], dialect: 'mysql', asyncio: false },
};

/**
 * The driver of an SQLAlchemy engine among the service's packages, and what it connects to where no URL says so.
 * Several databases would do, and nothing chooses: no answer.
 */
export function driverOf(
  { dialect, sessions, client }: Pick<Store, 'dialect' | 'client'> & { sessions?: { isAsync: boolean } },
  packages: Record<string, string>,
): Pick<Store, 'dialect' | 'driver'> {
  if (client !== 'sqlalchemy' && client !== 'sqlmodel') return {};
  const isAsync = sessions?.isAsync ?? false;
  const found = Object.entries(drivers).filter(
    ([, driver]) =>
      driver.packages.some((name) => name in packages) &&
      (driver.asyncio === 'both' || driver.asyncio === isAsync) &&
      (dialect === undefined || driver.dialect === dialect),
  );
  const [first] = found;
  if (!first || new Set(found.map(([, driver]) => driver.dialect)).size > 1) return {};
  return { dialect: first[1].dialect, driver: first[0] };
}
