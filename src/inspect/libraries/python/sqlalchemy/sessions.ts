import type { Catalog, StoreEntry } from '../../../catalog.js';
import { sourceRef, type Span } from '../../../core/language.js';
import type { Interpreter } from '../../../interpreter/interpreter.js';
import type { RecordedEffect } from '../../../interpreter/path.js';
import { type ObjectValue, type Symbolic, textOf, type Value } from '../../../interpreter/values.js';
import { symbolsIn } from '../../../terms.js';
import { chainOf } from '../../chain.js';

const makers =
  /^(Session|AsyncSession|sessionmaker|async_sessionmaker|scoped_session|async_scoped_session|create_session|SessionLocal|session)$/;
/** What is still a session after it: what is asked of one is not. */
const opens = /^(\(\)|begin|begin_nested|connection|execution_options|session_factory|registry)$/;
const engines = /^(create_engine|create_async_engine|engine_from_config|async_engine_from_config)$/;

/** A session, a connection or what makes them, of SQLAlchemy or SQLModel. */
export function isSession(value: Value | undefined): value is Symbolic {
  if (
    value?.type !== 'symbolic' ||
    (value.origin.kind !== 'call' && value.origin.kind !== 'external' && value.origin.kind !== 'member')
  )
    return false;
  const { module, steps } = chainOf(value);
  if (!module || !/sqlalchemy|sqlmodel/i.test(module)) return false;
  const made = steps.findLastIndex((step) => makers.test(step.name));
  if (made >= 0) return steps.slice(made + 1).every((step) => opens.test(step.name));
  return steps.some((step) => engines.test(step.name)) && /^(connect|begin)$/.test(steps.at(-1)?.name ?? '');
}

/** The store behind a session: the engine that it was made for, else what makes the sessions. */
export function storeOf(
  catalog: Catalog,
  session: Symbolic,
  flavour: 'sqlalchemy' | 'sqlmodel',
  base: Value | undefined,
  span: Span,
): StoreEntry {
  const symbols = symbolsIn(session);
  const engine = symbols.find(
    (symbol) => symbol.origin.kind === 'call' && engines.test(chainOf(symbol).steps.at(-1)?.name ?? ''),
  );
  const factory = symbols.find(
    (symbol) =>
      symbol !== session &&
      symbol.origin.kind === 'call' &&
      /sessionmaker|scoped_session/.test(chainOf(symbol).steps.at(-1)?.name ?? ''),
  );
  const existing = engine ? undefined : [...catalog.stores.values()].find((store) => store.client !== 'memory');
  const url = engine?.origin.kind === 'call' ? engine.origin.args[0] : undefined;
  // Several variables: none of them is the URL.
  const variables = url ? symbolsIn(url).filter((symbol) => symbol.origin.kind === 'environment') : [];
  const variable = new Set(variables.map(({ key }) => key)).size === 1 ? variables[0] : undefined;
  const isAsync = symbols.some((symbol) => /async/i.test(chainOf(symbol).steps.at(-1)?.name ?? ''));
  const store =
    existing ??
    catalog.store(engine ?? factory ?? session, () => {
      const dialect = dialectOf(url);
      return {
        client: flavour,
        ...(dialect ? { dialect } : {}),
        ...(variable?.origin.kind === 'environment' ? { urlVariable: variable.origin.name } : {}),
        sessionValues: { isAsync },
        source: engine?.origin.kind === 'call' ? sourceRef(engine.origin.span) : sourceRef(span),
      };
    });
  const dependency = catalog.providers.get(session.key);
  const sessions = (store.sessionValues ??= { isAsync });
  if (factory) sessions.factory ??= factory;
  if (dependency) sessions.dependency ??= dependency;
  if (base) store.baseValue ??= base;
  return store;
}

/** Which database: the first text of its URL's that says so, be it whole, a part of it, or what a variable is without a value. */
function dialectOf(url: Value | undefined): StoreEntry['dialect'] {
  const text = (url ? textsIn(url) : []).find((one) => /^(sqlite|postgres|cockroach|mysql|mariadb)/.test(one)) ?? '';
  if (/^sqlite/.test(text)) return 'sqlite';
  if (/^(postgres|cockroach)/.test(text)) return 'postgres';
  return text ? 'mysql' : undefined;
}

const textsIn = (value: Value): string[] =>
  symbolsIn(value).reduce<string[]>(
    (texts, { origin }) => {
      if (origin.kind === 'environment') return [...texts, String(origin.fallback ?? '')];
      const parts =
        origin.kind === 'op'
          ? origin.args
          : origin.kind === 'call'
            ? [...origin.args, ...(origin.keywords?.values() ?? [])]
            : [];
      return [...texts, ...parts.flatMap((part) => textOf(part) ?? [])];
    },
    [textOf(value) ?? ''],
  );

/** What a session has been told and not committed yet. */
export class Pending {
  readonly effects: RecordedEffect[] = [];
  readonly added = new Map<ObjectValue, RecordedEffect>();
  wasCommitted = false;
}

export function pendingOf(interpreter: Interpreter): Pending {
  const notes = interpreter.path?.notes;
  const known = notes?.get('sqlalchemy') as Pending | undefined;
  const pending = known ?? new Pending();
  notes?.set('sqlalchemy', pending);
  return pending;
}

/** Takes back what was told and not committed. */
export function discard(interpreter: Interpreter): void {
  const { path } = interpreter;
  const pending = pendingOf(interpreter);
  if (!path) return;
  for (const effect of pending.effects.splice(0)) {
    const index = path.effects.indexOf(effect);
    if (index >= 0) path.effects.splice(index, 1);
  }
}
