import type { EnvironmentVariable, ServiceModel } from '../model/index.js';
import { sample } from './sample.js';
import { serverUrl } from './servers.js';

/** Test values for the variables that the code reads; secrets are plainly test secrets, hosts end in `.test`. */
export function environmentFor(model: Pick<ServiceModel, 'stores' | 'sinks' | 'environment'>): Record<string, string> {
  const own = model.environment.find((variable) => variable.name === 'NODE_ENV')?.assumed;
  const environment: Record<string, string> = { NODE_ENV: own ?? 'test' };
  const database = new Set(model.stores.flatMap((store) => store.urlVariable ?? []));
  const servers = new Map(model.stores.map((store) => [store.urlVariable, serverUrl(store)]));
  const hosts = new Set(model.sinks.flatMap((sink) => (sink.origin?.kind === 'env' ? [sink.origin.name] : [])));
  for (const variable of model.environment) {
    const value = database.has(variable.name)
      ? (servers.get(variable.name) ?? databaseUrl(variable))
      : hosts.has(variable.name)
        ? `https://${slug(variable.name)}.test${pathOf(variable.fallback)}`
        : valueOf(variable);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/_?(url|uri|host|base|endpoint|api)$/g, '')
    .replace(/_/g, '-') || 'upstream';

/** What stands behind the host in the code's own value: requests are sent below it. */
const pathOf = (fallback: EnvironmentVariable['fallback']): string =>
  typeof fallback === 'string' ? (/^https?:\/\/[^/]+(\/.*?)\/?$/.exec(fallback)?.[1] ?? '').replace(/\/$/, '') : '';

/** In memory where the code's own default is, so that no real database is ever named. */
function databaseUrl(variable: EnvironmentVariable): string {
  const fallback = typeof variable.fallback === 'string' ? variable.fallback : '';
  const part = databasePart(variable.name);
  if (part !== undefined) return part;
  if (/^mongodb/.test(fallback) || /mongo/i.test(variable.name)) return 'mongodb://127.0.0.1:27017/service_test';
  if (/^rediss?:/.test(fallback) || /redis/i.test(variable.name)) return 'redis://127.0.0.1:6379/1';
  if (/memory/i.test(fallback)) return fallback;
  // SQLAlchemy's kind of URL names a dialect and a driver too: both stay.
  const sqlite = /^(sqlite(?:\+\w+)?:\/\/)/.exec(fallback)?.[1];
  if (sqlite !== undefined) return `${sqlite}/test.db`;
  if (/^postgres/.test(fallback) || /postgres|pg/i.test(variable.name)) return 'postgres://localhost:5432/service_test';
  return ':memory:';
}

/** Where a database's place is told in several variables: its host, its port, its user, its name. */
function databasePart(name: string): string | undefined {
  if (!/(^|_)(DB|DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MONGO|MONGODB|SQL|TYPEORM)/i.test(name))
    return undefined;
  if (/(HOST(NAME)?|SERVER|ADDR(ESS)?)$/i.test(name)) return '127.0.0.1';
  if (/PORT$/i.test(name)) return /mysql|maria/i.test(name) ? '3306' : /mongo/i.test(name) ? '27017' : '5432';
  if (/USER(NAME)?$/i.test(name)) return 'test';
  if (/(^|_)(DB|DATABASE|NAME)$/i.test(name)) return 'service_test';
  return undefined;
}

function valueOf(variable: EnvironmentVariable): string | undefined {
  const { name } = variable;
  if (name === 'NODE_ENV') return variable.assumed;
  if (name === 'PORT') return variable.required ? '3000' : undefined;
  if (variable.assumed !== undefined && !/secret|password|private/i.test(name)) return variable.assumed;
  const part = variable.required ? databasePart(name) : undefined;
  if (part !== undefined) return part;
  if (/secret|password|private|signing|pepper|salt/i.test(name) && !/rounds|expir|ttl/i.test(name))
    return `test-only-${name.toLowerCase().replace(/_/g, '-')}-0123456789`;
  if (/(api_?)?key$|token$/i.test(name)) return `test-only-${name.toLowerCase().replace(/_/g, '-')}`;
  if (variable.required && /(^|_)ALG(O|ORITHM)?$/i.test(name)) return 'HS256';
  if (typeof variable.fallback === 'number' && /(bcrypt|salt|hash)\w*rounds|rounds$/i.test(name)) return '4';
  if (variable.fallback !== undefined && !(variable.required && variable.fallback === null)) return undefined;
  if (/url|uri|origin|endpoint/i.test(name)) return `https://${slug(name)}.test`;
  if (/(^|_)(FROM|SENDER)(_|$)/i.test(name) && /mail|smtp/i.test(name)) return 'service@example.com';
  if (!variable.required) return undefined;
  const value = variable.schema ? sample(variable.schema, name.toLowerCase()) : 'test';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
