import type { HarnessPlan, Store, Triage } from '../../model/index.js';
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
  /** URL of a database in memory, as a literal. */
  memory: string;
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
      (store.handle ?? store.sessions?.factory ?? store.sessions?.dependency) !== undefined,
  );

export function sqlView(store: Store, triage: Triage): SqlView {
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
  const engine = handle && !rollsBack ? state.code(handle) : 'None';
  return {
    isAsync,
    rollsBack,
    engine,
    metadata: metadataCode,
    ...(factory === undefined ? {} : { factory }),
    ...(dependency === undefined ? {} : { dependency }),
    memory: text(isAsync ? 'sqlite+aiosqlite://' : 'sqlite://'),
    imports: both.lines(),
    metadataImports: onlyMetadata.lines(),
    sessionImports: session.lines(),
    stateImports: state.lines(),
    usesSqlmodel: store.client === 'sqlmodel',
  };
}

/** `join_transaction_mode` came with SQLAlchemy 2. */
function canRollBack(store: Store, triage: Triage): boolean {
  const version = triage.python?.value.packages['sqlalchemy'];
  const isOld = version !== undefined && /^[^\d]*[01]\./.test(version);
  return !isOld && store.dialect === 'sqlite' && (store.sessions?.factory ?? store.sessions?.dependency) !== undefined;
}
