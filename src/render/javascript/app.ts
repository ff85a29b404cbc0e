import type { BuildExpr, TestPlan, Triage } from '../../model/index.js';
import { dynamicImports, type Imports, writesRequire } from './imports.js';
import { text } from './literals.js';
import type { Target } from './target.js';

type App = TestPlan['harness']['app'];

/** The service listens by itself when it is loaded: its server is caught. */
export const isCaught = (app: App): boolean => app.how === 'listen' || (app.how === 'export' && app.listens);

/** `app` is a variable of the harness's own. */
export const keepsApp = (triage: Triage, { fresh, app }: TestPlan['harness']): boolean =>
  triage.framework.value === 'fastify' || (fresh === 'app' && !isCaught(app));

/**
 * The service is loaded by statements inside `startService`, not by imports of the harness: each test loads it anew, or its ES modules take
 * functions of Node by name, which they must not do before those are replaced.
 */
export const loadsLate = (triage: Triage, { fresh, stores }: TestPlan['harness']): boolean =>
  fresh === 'process' || (!writesRequire(triage) && stores.some(({ connection }) => connection?.kind === 'files'));

/** Statements that load the service inside `startService`, where an expression does not: it is caught, or loaded anew. */
export function loadLines(
  { harness }: TestPlan,
  triage: Triage,
  target: Target,
  /** `own`: the harness's; `service`: what each test loads anew. Both as they are when everything else is written. */
  { own, service }: { own: Imports; service: Imports },
  replacesDeliveries: boolean,
): string[] {
  const caught = isCaught(harness.app) ? [startLine(harness.app, triage, own)] : [];
  if (!loadsLate(triage, harness)) return caught;
  const forgets = (): string[] => [
    target.runner.forgetModules(own, triage),
    ...(replacesDeliveries ? ['await replaceDeliveries();'] : []),
  ];
  return [
    ...(harness.fresh === 'process' ? forgets() : []),
    ...dynamicImports(service.list(), writesRequire(triage)),
    ...caught,
  ];
}

function startLine(app: App, triage: Triage, own: Imports): string {
  const file = app.how === 'listen' ? app.file : (triage.entry.value.split('#')[0] ?? triage.entry.value);
  const entry = text(own.specifier(file));
  const load = writesRequire(triage) ? `require(${entry})` : `import(${entry})`;
  return triage.framework.value === 'fastify'
    ? `const app = await startedApp(() => ${load});`
    : `const server = await startedServer(() => ${load});`;
}

/** A loaded machine may take longer than Fastify's ten seconds to load a plugin. */
const pluginTimeout = 60_000;

/** The app, as a call or an import. A plugin is registered on an app that is made for it, and leaks what it decorates. */
export function appExpression(
  app: App,
  service: Imports,
  special: (expression: BuildExpr) => string | undefined,
): string {
  if (isCaught(app)) return 'undefined';
  if (app.how === 'export' || app.how === 'factory') return service.code(app.build, special);
  if (app.how !== 'plugin') return 'undefined';
  if (app.build.kind === 'import' && app.build.file !== undefined && app.build.name === 'default')
    service.whole(service.specifier(app.build.file), 'serviceApp');
  const make = service.whole('fastify', 'Fastify');
  const wrap = service.whole('fastify-plugin', 'fp');
  const own = app.options?.kind === 'object' ? app.options.fields : {};
  const options = service.code(
    { kind: 'object', fields: { ...own, pluginTimeout: { kind: 'const', value: pluginTimeout } } },
    special,
  );
  const given = app.given ? `, ${service.code(app.given, special)}` : '';
  return `${make}(${options}).register(${wrap}(${service.code(app.build, special)})${given})`;
}
