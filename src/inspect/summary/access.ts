import type { AppAccess, BuildExpr } from '../../model/index.js';
import type { FrameworkAdapter } from '../adapter.js';
import type { Catalog } from '../catalog.js';
import { sourceRef } from '../core/language.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import type { FunctionValue, Value } from '../interpreter/values.js';
import { type Builder, known } from './build.js';

/** How test code gets at the app: imported, made by the service's own factory, or caught when it listens. */
export function accessOf(
  adapter: FrameworkAdapter,
  catalog: Catalog,
  builder: Builder,
  interpreter: Interpreter,
  entry: string,
): AppAccess {
  const apps = adapter.apps();
  const listening = catalog.listens.map((listen) => listen.value);
  const app =
    apps.find((one) => listening.includes(one.value)) ?? apps.find((one) => builder.exportOf(one.value)) ?? apps[0];
  if (!app) return { how: 'none', reason: 'No app was made by the code that could be read.' };
  const place = builder.exportOf(app.value);
  const starts = startedBy(catalog, interpreter, place?.file);
  if (starts) return { how: 'listen', file: entry.split('#')[0] ?? starts.file, source: starts.source };
  if (place) {
    const listens = catalog.listens.some((listen) => listen.file === place.file && listen.value === app.value);
    return { how: 'export', build: { kind: 'import', ...place }, listens, source: app.source };
  }
  const plugin = pluginOf(adapter, builder);
  const made = interpreter.made.get(app.value);
  const build = builder.build(app.value);
  if (made && build.kind === 'call') {
    const unknownArgs = made.args.filter((arg) => !known(builder.build(arg)));
    if (!unknownArgs.length) return { how: 'factory', build, source: sourceOf(made.callee) ?? app.source };
  }
  if (plugin) return plugin;
  const holder = heldBy(app.value, builder, interpreter);
  if (holder) return { how: 'export', build: holder, listens: catalog.listens.length > 0, source: app.source };
  const listen = catalog.listens.find((one) => one.value === app.value) ?? catalog.listens[0];
  if (listen) return { how: 'listen', file: entry.split('#')[0] ?? listen.file, source: listen.source };
  return {
    how: 'none',
    reason: 'The app is neither exported, nor returned by an exported function, nor does it listen.',
  };
}

/** The service is one exported plugin: the app around it is made by the harness. What is not known of its options is left out. */
function pluginOf(adapter: FrameworkAdapter, builder: Builder): AppAccess | undefined {
  const found = adapter.plugin?.();
  const place = found && builder.exportOf(found.plugin);
  if (!found || !place) return undefined;
  const [options, given] = [found.options, found.given].map((value) => value && knownPart(builder.build(value)));
  return {
    how: 'plugin',
    build: { kind: 'import', ...place },
    ...(options ? { options } : {}),
    ...(given ? { given } : {}),
    source: found.source,
  };
}

/** Options without what only a running service needs (its logger), and what can't be written down. */
function knownPart(expression: BuildExpr): BuildExpr | undefined {
  if (expression.kind !== 'object') return known(expression) ? expression : undefined;
  const fields = Object.entries(expression.fields).filter(
    ([name, field]) => !['logger', 'loggerInstance'].includes(name) && known(field),
  );
  return fields.length ? { kind: 'object', fields: Object.fromEntries(fields) } : undefined;
}

/** Whoever imports the app alone has no open store: the file that opens it, and listens, must be loaded too. */
function startedBy(
  catalog: Catalog,
  interpreter: Interpreter,
  appFile: string | undefined,
): { file: string; source: ReturnType<typeof sourceRef> } | undefined {
  const [listen] = catalog.listens;
  if (!listen || appFile === undefined) return undefined;
  const outside = catalog.connects.some(
    (one) => one.file !== undefined && !interpreter.modules.loads(appFile, one.file),
  );
  return outside ? listen : undefined;
}

const sourceOf = (value: Value): ReturnType<typeof sourceRef> | undefined =>
  value.type === 'function' ? sourceRef((value as FunctionValue).node.span) : undefined;

/** The app is a field of an exported object or of an instance that can be made: `server.app`. */
function heldBy(app: Value, builder: Builder, interpreter: Interpreter): BuildExpr | undefined {
  for (const [value] of interpreter.made) {
    if (value.type !== 'object') continue;
    for (const [name, field] of value.fields) {
      if (field !== app) continue;
      const of = builder.build(value);
      if (known(of)) return { kind: 'member', of, name };
    }
  }
  return undefined;
}
