import type { Catalog, StoreEntry } from '../../catalog.js';
import { sourceRef, type Span } from '../../core/language.js';
import type { Interpreter } from '../../interpreter/interpreter.js';
import { promised } from '../../interpreter/promises.js';
import { isCallable, type Symbolic, textOf, undefinedValue, unknown, type Value } from '../../interpreter/values.js';
import { symbolsIn } from '../../terms.js';
import { chainOf } from '../chain.js';
import { connectionOf, dialectOf, textsIn } from '../connection.js';
import { transaction } from '../record.js';
import { field } from '../table.js';

/** The data sources of a service, and the store behind them. */
export class DataSources {
  private readonly clients: Symbolic[] = [];
  private store: StoreEntry | undefined;

  constructor(private readonly catalog: Catalog) {}

  /** The service runs its migrations when it starts. */
  migrates(): void {
    if (this.store) this.store.tables = { by: 'start-up' };
  }

  opens(client: Symbolic | undefined, given: Value | undefined, interpreter: Interpreter, span: Span): void {
    const store = this.storeOf(client, given, span);
    if (interpreter.loading)
      this.catalog.connects.push({ store: store.id, source: sourceRef(span), file: interpreter.running });
  }

  /** `client`: undefined where the service has one, or any. */
  storeOf(client: Symbolic | undefined, given: Value | undefined, span: Span): StoreEntry {
    const known = this.store;
    if (known && (!client || this.clients.includes(client))) return known;
    const base = client ?? [...this.clients][0];
    const settings = base?.origin.kind === 'call' ? base.origin.args[0] : given;
    const texts = base
      ? textsIn(base)
      : given?.type === 'object'
        ? [...given.fields.values()].flatMap((one) => textOf(one) ?? [])
        : [];
    const dialect = (base && dialectOf(base)) ?? (texts.some((text) => /sqlite/.test(text)) ? 'sqlite' : 'postgres');
    const driver = texts.includes('better-sqlite3') ? 'better-sqlite3' : 'sqlite3';
    const connection = texts.some((text) => /pglite/i.test(text)) ? undefined : connectionOf(dialect, driver);
    const url = base && symbolsIn(base).find((symbol) => symbol.origin.kind === 'environment');
    const makes = ['synchronize', 'migrationsRun'].some((name) => {
      const flag = field(settings, name);
      return flag?.type === 'primitive' && flag.value === true;
    });
    const described = {
      client: 'typeorm' as const,
      driver: 'typeorm',
      dialect,
      ...(connection ? { connection } : {}),
      ...(url?.origin.kind === 'environment' ? { urlVariable: url.origin.name } : {}),
      tables: makes ? ({ by: 'start-up' } as const) : ({ by: 'sync' } as const),
      source: sourceRef(span),
    };
    if (known && client) {
      Object.assign(known, described, { value: client });
      this.clients.push(client);
      return known;
    }
    this.store = this.catalog.store(base ?? unknown('connection'), () => described);
    if (base) this.clients.push(base);
    return this.store;
  }
}

export const isOurs = (value: Value): boolean =>
  value.type === 'symbolic' && /^typeorm/.test(chainOf(value).module ?? '');

export const isManager = (value: Value): boolean => {
  if (value.type !== 'symbolic' || !isOurs(value)) return false;
  const { origin } = value;
  if (origin.kind === 'member') return origin.key === 'manager' || origin.key === 'EntityManager';
  return (
    origin.kind === 'call' &&
    origin.callee.origin.kind === 'external' &&
    origin.callee.origin.path.at(-1) === 'getManager'
  );
};

export function inTransaction(
  client: Symbolic,
  interpreter: Interpreter,
  args: Value[],
  span: Span,
): Value | undefined {
  const body = args.find(isCallable);
  if (!body) return undefined;
  const { origin } = client;
  const manager = origin.kind === 'member' && origin.key === 'manager' ? client : managerOf(client);
  return promised(interpreter, span, () =>
    transaction(interpreter, `${span.source.file}:${span.start}`, () =>
      interpreter.settle(interpreter.call(body, undefinedValue, [manager], span), span),
    ),
  );
}

const managerOf = (client: Symbolic): Value =>
  new (client.constructor as new (origin: Symbolic['origin']) => Symbolic)({
    kind: 'member',
    of: client,
    key: 'manager',
  });
