import type { BuildExpr, Json, Reading, SecurityScheme, TestPlan, Triage } from '../../model/index.js';
import { databaseStore } from './database.js';
import { Uses } from './expressions.js';
import { dynamicImports, Imports, type ImportView, writesRequire } from './imports.js';
import { type Carrier, carrierOf, type KeyView, keyView } from './keys.js';
import { access, keyLiteral, literal, text } from './literals.js';
import {
  type HostView,
  hostViews,
  injected,
  deliveryViews,
  type DeliveryViews,
  hasDeliveries,
  recorderCode,
  type SpyView,
  spyViews,
} from './sinks.js';
import { type DatabaseLines, databaseLines, storeNames, type StoreView, storeView } from './stores.js';
import { callerViews } from './support.js';
import type { Client, Target } from './target.js';

export interface HarnessView {
  imports: ImportView[];
  stores: StoreView[];
  /** Deleting: those that refer to others first. */
  clears: string[];
  reads: { name: string; code: string }[];
  inserts: { name: string; code: string }[];
  alters: { name: string; code: string }[];
  removes: { name: string; code: string }[];
  guards: { variable: string }[];
  appCode: string;
  listens: boolean;
  fakes: { name: string; code: string }[];
  hosts: HostView[];
  /** The service listens by itself: its server is caught. */
  captures: boolean;
  fastify: boolean;
  /** Callers keep the cookies that answers set. */
  cookies: boolean;
  /** Absent: no package of this service delivers anything. */
  deliveries?: DeliveryViews;
  sqlHelpers: boolean;
  numbered: boolean;
  spies: SpyView[];
  /** Methods of what the app is decorated with: replaced when it is there. */
  appSpies: SpyView[];
  jwt?: JwtView;
  session: boolean;
  apiKey?: KeyView;
  uses: {
    patterns: boolean;
    nullOr: boolean;
    failing: boolean;
    fromNow: boolean;
    succeeded: boolean;
    insert: boolean;
    alter: boolean;
    remove: boolean;
    /** Conditions of SQL are put together. */
    places: boolean;
    answer: boolean;
    breakDown: boolean;
    presenting: boolean;
    visitor: boolean;
    made: boolean;
    added: boolean;
  };
  typescript: boolean;
  /** Each test has a service of its own, from modules loaded again. */
  reloads: boolean;
  /** `reset` makes the app anew, with the same stores. */
  remakes: boolean;
  /** What loads the service, inside `startService`. */
  loads: string[];
  /** `reset` has something to put back. */
  resets: boolean;
  /** Tests have a connection of their own to the database, in a file of its own. */
  database?: DatabaseLines;
}

interface JwtView extends Carrier {
  key: string;
  algorithm: string;
  options: string;
  others: { name: string; key: string; claims: string }[];
  /** Claims of a caller who is gone, to stand in an object. */
  gone?: string;
}

/** Everything the harness template prints, ready-made. */
export function harnessView(
  plan: TestPlan,
  triage: Triage,
  target: Target,
  folder: string,
  used: Set<string>,
  text_: string,
): HarnessView {
  const imports = new Imports(triage, folder);
  const { harness } = plan;
  const reloads = harness.fresh === 'process';
  /** Of the service: imported once, or in each test anew. */
  const service = reloads ? new Imports(triage, folder) : imports;
  const ownsApp = triage.framework.value === 'fastify' || harness.fresh === 'app';
  for (const one of new Set([imports, service])) one.reserve(...(ownsApp ? ['app'] : []), 'server', 'calls', 'answers');
  const names = storeNames(harness, imports);
  const inApp = JSON.stringify('build' in harness.app ? harness.app.build : {});
  const own = databaseStore(harness);
  const reachable = harness.stores.filter(
    (store) =>
      (store.handle || store === own) &&
      (harness.entities.some((entity) => entity.store === store.id) || inApp.includes(`"store":"${store.id}"`)),
  );
  const special = (expression: BuildExpr): string | undefined => {
    if (expression.kind === 'store') return names.get(expression.store);
    if (expression.kind === 'sink') return recorderCode(harness, expression.sink);
    return undefined;
  };
  const stores = reachable.map((store) =>
    storeView(
      store,
      harness.entities,
      names.get(store.id) ?? 'db',
      imports,
      special,
      inApp.includes(`"store":"${store.id}"`),
    ),
  );
  const jwt = harness.schemes.find((scheme) => scheme.jwt);
  const apiKey = harness.schemes.find((scheme) => scheme.type === 'api-key');
  const views = stores.flatMap((store) => store.entities);
  const database = own && reachable.includes(own) ? own : undefined;
  const app = harness.app;
  const captures = app.how === 'listen' || (app.how === 'export' && app.listens);
  const appCode = captures ? 'undefined' : appExpression(app, service, special);
  const remakes = harness.fresh === 'app';
  const typescript = triage.language.value === 'typescript';
  const commonjs = writesRequire(triage);
  const isFastify = triage.framework.value === 'fastify';
  const entry = text(imports.specifier(app.how === 'listen' ? app.file : entryOf(triage)));
  const reset = reloads ? [target.runner.forgetModules(imports, triage)] : [];
  const loads = [
    ...reset,
    ...(captures
      ? [
          isFastify
            ? `const app = await startedApp(() => ${commonjs ? `require(${entry})` : `import(${entry})`});`
            : `const server = await startedServer(() => ${commonjs ? `require(${entry})` : `import(${entry})`});`,
        ]
      : []),
  ];
  for (const store of stores)
    if (store.client === 'drizzle' && /\.(alter|remove)\(/.test(text_)) imports.named('drizzle-orm', 'eq');
  const hosts = hostViews(harness, imports, new Uses(target.client));
  if (hosts.length) imports.whole('nock', 'nock');
  target.client.imports(imports, { remakes, typescript });
  if (jwt?.jwt) imports.whole('jsonwebtoken', 'jwt');
  const deliveries = hasDeliveries(harness) ? deliveryViews(harness, new Imports(triage, folder)) : undefined;
  const spies = spyViews(harness, service, special);
  return {
    stores,
    clears: [
      ...(database ? ['await testDatabase.clear()'] : []),
      ...[...views].reverse().flatMap((view) => (view.clear ? [view.clear] : [])),
    ],
    ...(database ? { database: databaseLines(database, harness, imports) } : {}),
    reads: [
      ...views.map((view) => ({ name: view.name, code: view.read })),
      ...harness.readings.map((reading) => ({
        name: text(reading.entity),
        code: readingCode(plan, reading, typescript, target.client),
      })),
    ],
    inserts: views.map((view) => ({ name: view.name, code: view.insert })),
    alters: views.map((view) => ({ name: view.name, code: view.alter })),
    removes: views.map((view) => ({ name: view.name, code: view.remove })),
    guards: [...new Set(reachable.flatMap((store) => (store.connection ? [] : (store.urlVariable ?? []))))].map(
      (variable) => ({ variable }),
    ),
    appCode,
    listens: app.how === 'export' && app.listens,
    fakes: [],
    hosts,
    ...(deliveries ? { deliveries } : {}),
    captures,
    fastify: isFastify,
    cookies: harness.schemes.some((scheme) => scheme.type === 'session') || text_.includes('service.visitor('),
    sqlHelpers:
      /\.(alter|insert|remove)\(/.test(text_) &&
      reachable.some((store) => !store.connection && !['drizzle', 'knex'].includes(store.client)),
    numbered: reachable.some((store) => store.dialect === 'postgres'),
    spies: spies.filter((spy) => !isOfApp(spy)),
    appSpies: spies.filter(isOfApp),
    ...(jwt?.jwt ? { jwt: jwtView(jwt, imports, plan.harness.gone) } : {}),
    session: harness.schemes.some((scheme) => scheme.type === 'session'),
    ...(apiKey?.accepted ? { apiKey: keyView(apiKey, apiKey.accepted, imports) } : {}),
    uses: {
      patterns: used.has('patterns'),
      nullOr: used.has('nullOr'),
      failing: used.has('failing'),
      fromNow: used.has('fromNow'),
      succeeded: true,
      insert: text_.includes('service.insert('),
      alter: text_.includes('service.alter('),
      remove: text_.includes('service.remove('),
      places: /\bservice\.(alter|remove)\(/.test(text_),
      answer: text_.includes('service.answer('),
      breakDown: text_.includes('service.breakDown('),
      presenting: text_.includes('.presenting('),
      visitor: text_.includes('service.visitor('),
      made: text_.includes('service.made('),
      added: text_.includes('service.added('),
    },
    typescript,
    reloads,
    remakes,
    loads: reloads
      ? [
          ...loads.slice(0, reset.length),
          ...(deliveries?.replaced ? ['await replaceDeliveries();'] : []),
          ...dynamicImports(service.list(), commonjs),
          ...loads.slice(reset.length),
        ]
      : loads,
    resets:
      remakes ||
      hosts.length > 0 ||
      spies.length > 0 ||
      deliveries !== undefined ||
      views.length > 0 ||
      injected(harness).size > 0,
    imports: imports.list(),
  };
}

const isOfApp = (spy: SpyView): boolean => /^app\b/.test(spy.target);

/** All rows of an entity, by the request that lists them. */
function readingCode(plan: TestPlan, reading: Reading, typescript: boolean, client: Client): string {
  const caller = readerCode(plan, reading.as, client);
  const request = client.request({ caller, verb: 'get', path: text(reading.template), headers: [] });
  const body = `await succeeded(${request}, ${reading.status})`;
  const list = reading.at.length ? reading.at.reduce(access, `(${body})`) : body;
  return typescript ? `(${list}) as Row[]` : list;
}

function readerCode(plan: TestPlan, name: string | undefined, client: Client): string {
  if (name === undefined) return 'anonymous';
  const [caller] = callerViews(plan, new Set([name]), new Uses(client));
  return caller?.claims === undefined ? 'keyHolder()' : `callerWith(${caller.id}, ${caller.claims})`;
}

/** A loaded machine may take longer than Fastify's ten seconds to load a plugin. */
const pluginTimeout = 60_000;

/** The app, as a call or an import. A plugin is registered on an app that is made for it, and leaks what it decorates. */
function appExpression(
  app: TestPlan['harness']['app'],
  service: Imports,
  special: (expression: BuildExpr) => string | undefined,
): string {
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

const entryOf = (triage: Triage): string => triage.entry.value.split('#')[0] ?? triage.entry.value;

/** Fields of an object literal, to stand in another one. */
const spread = (fields: Record<string, Json>): string => literal(fields).replace(/^\{ | \}$/g, '');

function jwtView(scheme: SecurityScheme, imports: Imports, gone: Record<string, Json> | undefined): JwtView {
  const { jwt } = scheme;
  const options = [`algorithm: ${text(jwt?.algorithm ?? 'HS256')}`];
  if (typeof jwt?.issuer === 'string') options.push(`issuer: ${text(jwt.issuer)}`);
  if (typeof jwt?.audience === 'string') options.push(`audience: ${text(jwt.audience)}`);
  return {
    key: imports.code(jwt?.key ?? { kind: 'const', value: '' }),
    ...carrierOf(scheme),
    algorithm: text(jwt?.algorithm ?? 'HS256'),
    options: options.join(', '),
    ...(gone ? { gone: spread(gone) } : {}),
    others: scheme.otherTokens.map((other) => ({
      name: keyLiteral(other.name),
      key: imports.code(other.key),
      claims: spread(other.claims),
    })),
  };
}
