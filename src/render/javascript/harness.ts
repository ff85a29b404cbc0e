import type { BuildExpr, Reading, TestPlan, Triage } from '../../model/index.js';
import { appExpression, isCaught, keepsApp, loadLines, loadsLate } from './app.js';
import { databaseObject, databaseStores } from './database.js';
import { Uses } from './expressions.js';
import { type HarnessUses, harnessUses, writesTo } from './harness-uses.js';
import { Imports, type ImportView } from './imports.js';
import { type KeyView, keyView } from './keys.js';
import { access, text } from './literals.js';
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
import { type JwtView, jwtView } from './tokens.js';

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
  uses: HarnessUses;
  typescript: boolean;
  /** Each test has a service of its own, from modules loaded again. */
  reloads: boolean;
  /** What the service is made of is imported inside `startService`. */
  late: boolean;
  /** `reset` makes the app anew, with the same stores. */
  remakes: boolean;
  /** What loads the service, inside `startService`. */
  loads: string[];
  /** `reset` has something to put back. */
  resets: boolean;
  /** Tests have connections of their own to these, each in a file of its own. */
  databases: DatabaseLines[];
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
  const late = loadsLate(triage, harness);
  /** Of the service: imported by the harness, or when it is started. */
  const service = late ? new Imports(triage, folder) : imports;
  for (const one of new Set([imports, service]))
    one.reserve(...(keepsApp(triage, harness) ? ['app'] : []), 'server', 'calls', 'answers');
  const names = storeNames(harness, imports);
  const inApp = JSON.stringify('build' in harness.app ? harness.app.build : {});
  const own = databaseStores(harness);
  const reachable = harness.stores.filter(
    (store) =>
      (store.handle || own.includes(store)) &&
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
  const databases = own.filter((store) => reachable.includes(store));
  const written = (member: 'insert' | 'alter' | 'remove'): { name: string; code: string }[] =>
    views.flatMap((view) => (writesTo(text_, member, view.name) ? [{ name: view.name, code: view[member] }] : []));
  const app = harness.app;
  const appCode = appExpression(app, service, special);
  const remakes = harness.fresh === 'app';
  const typescript = triage.language.value === 'typescript';
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
      ...databases.map((store) => `await ${databaseObject(store)}.clear()`),
      ...[...views].reverse().flatMap((view) => (view.clear ? [view.clear] : [])),
    ],
    databases: databases.map((store) => databaseLines(store, harness, imports)),
    reads: [
      ...views.map((view) => ({ name: view.name, code: view.read })),
      ...harness.readings.map((reading) => ({
        name: text(reading.entity),
        code: readingCode(plan, reading, typescript, target.client),
      })),
    ],
    inserts: written('insert'),
    alters: written('alter'),
    removes: written('remove'),
    guards: [...new Set(reachable.flatMap((store) => (store.connection ? [] : (store.urlVariable ?? []))))].map(
      (variable) => ({ variable }),
    ),
    appCode,
    listens: app.how === 'export' && app.listens,
    fakes: [],
    hosts,
    ...(deliveries ? { deliveries } : {}),
    captures: isCaught(app),
    fastify: triage.framework.value === 'fastify',
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
    uses: harnessUses(text_, used),
    typescript,
    reloads,
    late,
    remakes,
    loads: loadLines(plan, triage, target, { own: imports, service }, deliveries?.replaced ?? false),
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
