import type { BuildExpr, HarnessPlan, Store, Triage } from '../../model/index.js';
import { Imports } from './imports.js';
import { text } from './literals.js';

/** How tests reach the rows that the service keeps with SQLAlchemy or SQLModel. */
export interface SqlView {
  isAsync: boolean;
  /**
   * All sessions are made where tests can bind them to a connection of their own, so what a test wrote is rolled back.
   * Otherwise the service's own engine is used, and tables are emptied.
   */
  rollsBack: boolean;
  engine: string;
  metadata: string;
  /** Expressions, absent where the service has none. */
  factory?: string;
  dependency?: string;
  /** URL of a database in memory, as a literal; with `server`, the database of this process on it. */
  database: string;
  /** The tests have a server, where each process makes a database of its own. Literals. */
  server?: { url: string; driver: string };
  /** Tables stand in schemas of their own. */
  schemas: boolean;
  /** Where SQLAlchemy has its `Connection` and `Engine`. */
  engineModule: string;
  /** The service's own engine, whose connections end with the event loop of each test. */
  pooled?: string;
  pooledImports: string[];
  imports: string[];
  metadataImports: string[];
  sessionImports: string[];
  stateImports: string[];
  usesSqlmodel: boolean;
}

export const sqlStore = (harness: HarnessPlan): Store | undefined =>
  harness.stores.find(
    (store) =>
      ['sqlalchemy', 'sqlmodel'].includes(store.client) &&
      store.metadata !== undefined &&
      (store.handle ?? store.sessions?.factory ?? store.sessions?.dependency ?? harness.server) !== undefined,
  );

export function sqlView(store: Store, triage: Triage, harness: HarnessPlan): SqlView {
  const { sessions, metadata, handle } = store;
  const isAsync = sessions?.isAsync ?? false;
  const rollsBack = canRollBack(store, triage);
  const session = new Imports(triage);
  const factory = sessions?.factory && session.code(sessions.factory);
  const dependency = factory === undefined && sessions?.dependency ? session.code(sessions.dependency) : undefined;
  const both = new Imports(triage);
  if (sessions?.factory) both.code(sessions.factory);
  else if (sessions?.dependency) both.code(sessions.dependency);
  const onlyMetadata = new Imports(triage);
  const metadataCode = metadata ? onlyMetadata.code(metadata) : 'None';
  if (metadata) both.code(metadata);
  const state = new Imports(triage);
  if (metadata) state.code(metadata);
  const { server } = harness;
  const engine = handle && !rollsBack && server === undefined ? state.code(handle) : 'None';
  const pool = new Imports(triage);
  const pooled = handle && isAsync && server !== undefined && isEngine(handle, store) ? pool.code(handle) : undefined;
  return {
    isAsync,
    rollsBack,
    engine,
    metadata: metadataCode,
    ...(factory === undefined ? {} : { factory }),
    ...(dependency === undefined ? {} : { dependency }),
    ...databaseView(server, isAsync),
    schemas: harness.entities.some((entity) => entity.store === store.id && entity.name.includes('.')),
    engineModule: isOld(triage) ? 'sqlalchemy.engine' : 'sqlalchemy',
    ...(pooled === undefined ? {} : { pooled }),
    pooledImports: pooled === undefined ? [] : pool.lines(),
    imports: both.lines(),
    metadataImports: onlyMetadata.lines(),
    sessionImports: session.lines(),
    stateImports: state.lines(),
    usesSqlmodel: store.client === 'sqlmodel',
  };
}

const databaseView = (server: string | undefined, isAsync: boolean): Pick<SqlView, 'database' | 'server'> =>
  server === undefined
    ? { database: text(isAsync ? 'sqlite+aiosqlite://' : 'sqlite://') }
    : { database: 'DATABASE', server: { url: text(server), driver: text(server.split(':')[0] ?? '') } };

/** Where no engine could be written down, what makes the sessions stands for the store. */
const isEngine = (handle: BuildExpr, { sessions }: Store): boolean =>
  handle.kind === 'import' && JSON.stringify(handle) !== JSON.stringify(sessions?.factory);

function isOld(triage: Triage): boolean {
  const version = triage.python?.value.packages['sqlalchemy'];
  return version !== undefined && /^[^\d]*[01]\./.test(version);
}

/** `join_transaction_mode` came with SQLAlchemy 2. */
const canRollBack = (store: Store, triage: Triage): boolean =>
  !isOld(triage) &&
  (store.dialect === 'sqlite' || serves(store)) &&
  (store.sessions?.factory ?? store.sessions?.dependency) !== undefined;

const serves = ({ dialect, driver }: Store): boolean => dialect === 'postgres' && driver !== undefined;
